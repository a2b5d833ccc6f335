using FhirOrchestrator.Chains;
using FhirOrchestrator.Fhir;
using FhirOrchestrator.Fhir.Path;

namespace FhirOrchestrator.Plans;

/// <summary>What the readers of one plan share.</summary>
/// <param name="File">The plan's file, for problems.</param>
/// <param name="Problems">Where problems go.</param>
/// <param name="Expressions">Compiles the plan's expressions.</param>
/// <param name="Lists">Code lists and CodeSystems of <c>profiles/</c>.</param>
internal sealed record PlanContext(string File, ProblemList Problems, ExpressionReader Expressions, CodeLists Lists)
{
    private readonly ImmutableDictionary<ExpressionKey, PathExpression>.Builder compiled =
        ImmutableDictionary.CreateBuilder<ExpressionKey, PathExpression>();

    public void Report(string path, string reason, string? nearest = null) =>
        Problems.Add(File, path, reason, nearest);

    /// <summary>Compiles an expression that the machine names by key.</summary>
    public ExpressionKey Keep(string key, Placed? expression, VariableScope scope)
    {
        var name = new ExpressionKey(key);
        if (expression is { } given && Expressions.Read(given.Node, given.Path, scope) is { } ready)
        {
            compiled[name] = ready;
        }

        return name;
    }

    /// <summary>Compiles an expression; null, and a problem reported, where it cannot be.</summary>
    public PathExpression? Read(Placed? expression, VariableScope scope) =>
        expression is { } given ? Expressions.Read(given.Node, given.Path, scope) : null;

    /// <summary>All expressions kept so far.</summary>
    public ImmutableDictionary<ExpressionKey, PathExpression> Kept => compiled.ToImmutable();

    /// <summary>
    /// The first coding of a CodeableConcept; a code of one of our CodeSystems must be in it. Null where there is none.
    /// </summary>
    public Code? ReadCode(Placed? concept, string? system = null)
    {
        if (concept is not { } given)
        {
            return null;
        }

        if (given.Children("coding") is not [var coding, ..])
        {
            Report(given.Path, "expected a coding, got none", system);
            return null;
        }

        var code = new Code(
            coding.Text("system"), coding.Text("code") ?? "", coding.Text("display") ?? given.Text("text"));
        if (system is not null && code.System != system)
        {
            Report($"{coding.Path}.system", $"expected {system}, got '{code.System}'", system);
            return null;
        }

        Check(code, coding.Path);
        return code;
    }

    /// <summary>Reports a code that is not in our CodeSystem; other systems are not ours to know.</summary>
    public void Check(Code code, string path)
    {
        if (code.System is { } system && system.StartsWith(OwnUrls.Root, StringComparison.Ordinal))
        {
            if (Lists.CodesOf(system) is not { } known)
            {
                Report($"{path}.system", $"expected a CodeSystem of profiles/, got '{system}'");
            }
            else if (!known.Contains(code.Value))
            {
                Report(
                    $"{path}.code", $"expected a code of {system}, got '{code.Value}'",
                    Nearest.Of(code.Value, known));
            }
        }
    }

    /// <summary>Reports a name that is no R4 resource type; true where it is one.</summary>
    public bool CheckType(string? type, string path)
    {
        if (type is null || Fhir.Definitions.FhirDefinitions.R4.IsResource(type))
        {
            return type is not null;
        }

        var near = Nearest.Of(type, Fhir.Definitions.FhirDefinitions.R4.ResourceTypes);
        Report(path, $"expected an R4 resource type, got '{type}'", near);
        return false;
    }
}
