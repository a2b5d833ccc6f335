using FhirOrchestrator.Fhir;
using FhirOrchestrator.Fhir.Json;
using FhirOrchestrator.Fhir.Path;

namespace FhirOrchestrator.Plans;

/// <summary>The variables that an expression may use where it stands.</summary>
/// <param name="Where">For messages, such as "a start condition".</param>
/// <param name="Names">The variables, without %.</param>
internal sealed record VariableScope(string Where, ImmutableHashSet<string> Names)
{
    /// <summary>Steps that need not have ended when this is evaluated: what they said may not be there yet.</summary>
    public ImmutableHashSet<string> Later { get; init; } = [];

    public VariableScope With(string where, params ReadOnlySpan<string> more) =>
        this with { Where = where, Names = Names.Union(more.ToArray()) };
}

/// <summary>
/// Compiles the expressions of one package. Variables that the plan defines itself (extension <c>variable</c>) and code
/// lists are put into the text before it is compiled, so that a chain's conditions need nothing but the dossier.
/// </summary>
internal sealed class ExpressionReader
{
    // FHIR's own constants; %resource and %context would be the focus, which has a name here: %trigger.
    private static readonly ImmutableHashSet<string> Constants = ["ucum", "sct", "loinc"];

    private readonly string file;
    private readonly ProblemList problems;
    private readonly Dictionary<string, string> definitions;

    public ExpressionReader(string file, ProblemList problems)
        : this(file, problems, new Dictionary<string, string>(StringComparer.Ordinal))
    {
    }

    private ExpressionReader(string file, ProblemList problems, Dictionary<string, string> definitions)
    {
        this.file = file;
        this.problems = problems;
        this.definitions = definitions;
    }

    /// <summary>The same reader for expressions that stand in another file of the package.</summary>
    public ExpressionReader For(string otherFile) => new(otherFile, problems, definitions);

    /// <summary>Names that are taken by the plan's own variables and code lists.</summary>
    public IReadOnlyCollection<string> Defined => definitions.Keys;

    /// <summary>Defines a variable by text that needs no compilation: a code list.</summary>
    public void Define(string name, string text) => definitions[name] = text;

    /// <summary>Defines a variable by an expression, which may use those defined before it.</summary>
    public void Define(ObjectNode expression, string path, VariableScope everything)
    {
        var name = expression.Text("name") ?? "";
        if (!IsVariableName(name))
        {
            problems.Add(file, $"{path}.name", $"expected letters, digits and _ for a variable's name, got '{name}'");
        }
        else if (definitions.ContainsKey(name) || everything.Names.Contains(name))
        {
            problems.Add(file, $"{path}.name", $"expected a name that is free, got '{name}', which is taken");
        }
        else if (Read(expression, path, everything) is { } compiled)
        {
            definitions[name] = compiled.Text;
        }
    }

    /// <summary>Compiles an Expression element; null, and a problem reported, where it cannot be.</summary>
    public PathExpression? Read(ObjectNode? expression, string path, VariableScope scope)
    {
        if (expression?.Text("expression") is not { } text)
        {
            return null;
        }

        path = $"{path}.expression";
        if (Compile(text, path) is null)
        {
            return null;
        }

        var whole = VariableText.Replace(text, definitions);
        var before = problems.Count;
        CheckVariables(text, whole, path, scope);
        return problems.Count > before ? null : Compile(whole, path);
    }

    /// <summary>True for what can stand behind a % without quotes.</summary>
    public static bool IsVariableName(string name) =>
        name.Length is > 0 and <= 64 && char.IsAsciiLetter(name[0])
        && name.All(each => char.IsAsciiLetterOrDigit(each) || each == '_');

    private PathExpression? Compile(string text, string path)
    {
        try
        {
            return PathExpression.Compile(text);
        }
        catch (FhirPathException broken)
        {
            problems.Add(file, path, $"expected FHIRPath that is understood: {broken.Message}");
            return null;
        }
    }

    private void CheckVariables(string written, string whole, string path, VariableScope scope)
    {
        var reported = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (name, _) in VariableText.Find(whole))
        {
            if (scope.Names.Contains(name) || Constants.Contains(name) || !reported.Add(name))
            {
                continue;
            }

            var own = VariableText.Find(written).FirstOrDefault(each => each.Name == name);
            var position = own.Name is not null
                ? $"at character {own.Position + 1}"
                : "through a variable of the plan";
            if (scope.Later.Contains(name))
            {
                problems.Add(
                    file, path,
                    $"expected a step that has ended before, got %`{name}` {position}: this step is not after it",
                    $"relatedAction after-end {name}");
                continue;
            }

            problems.Add(
                file, path, $"expected a variable that is there in {scope.Where}, got %{name} {position}",
                Nearest.Of(name, scope.Names.Concat(definitions.Keys)) is { } near ? $"%{near}" : null);
        }
    }
}
