using System.Collections.Frozen;
using FhirOrchestrator.Fhir.Definitions;
using FhirOrchestrator.Fhir.Path.Ast;

namespace FhirOrchestrator.Fhir.Path.Functions;

/// <summary>A function: what it makes of its input.</summary>
internal delegate Sequence PathFunction(CallExpr call, Scope scope, Sequence input);

/// <summary>A function's name, how many arguments it takes, and what it prepares from them at compile time.</summary>
internal sealed record FunctionEntry(
    string Name, int ArgumentsMin, int ArgumentsMax, PathFunction Run,
    Func<ImmutableArray<Expr>, object?>? Prepare = null);

/// <summary>
/// All functions that are implemented. Any other name fails when the expression is compiled, so that nothing
/// half-understood ever runs.
/// </summary>
internal static class FunctionTable
{
    private static readonly FrozenDictionary<string, FunctionEntry> Entries =
        ((IEnumerable<FunctionEntry>)[
            .. ExistenceFunctions.All, .. FilterFunctions.All, .. SubsetFunctions.All, .. ConversionFunctions.All,
            .. StringFunctions.All, .. PatternFunctions.All, .. TextCodingFunctions.All, .. MathFunctions.All,
            .. BoundaryFunctions.All, .. EnvironmentFunctions.All, .. FhirFunctions.All, .. ProfileFunctions.All,
            .. TerminologyFunctions.All, .. AggregateFunctions.All, .. ComponentFunctions.All])
        .ToFrozenDictionary(each => each.Name, StringComparer.Ordinal);

    // Known to a later FHIRPath, and refused: there is no Long in N1.
    private static readonly FrozenSet<string> Refused =
        FrozenSet.Create(StringComparer.Ordinal, "toLong", "convertsToLong");

    /// <summary>The names of all functions.</summary>
    public static IEnumerable<string> Names => Entries.Keys.Concat(["is", "as", "ofType"]);

    /// <summary>
    /// What <c>$this</c> can be in the arguments of a function: those of a loop see the target's items.
    /// </summary>
    public static ImmutableArray<TypeDefinition> ThisOf(
        string name, Expr? target, ImmutableArray<TypeDefinition> outer) => name switch
    {
        "where" or "select" or "all" or "exists" or "sort" or "trace" or "iif" => target is null ? outer : target.Types,
        "repeat" or "repeatAll" or "aggregate" or "defineVariable" => default,
        _ => outer,
    };

    public static CallExpr Build(
        string name, Expr? target, ImmutableArray<Expr> arguments, PathDialect dialect, int position)
    {
        if (!Entries.TryGetValue(name, out var entry))
        {
            throw new FhirPathException(
                Refused.Contains(name)
                    ? $"expected a function that is implemented, got {name}()"
                    : $"expected a function, got {name}()" + PathVocabulary.Nearest(name, Names),
                position);
        }

        if (arguments.Length < entry.ArgumentsMin || arguments.Length > entry.ArgumentsMax)
        {
            var expected = entry.ArgumentsMin == entry.ArgumentsMax
                ? $"{entry.ArgumentsMin}"
                : $"{entry.ArgumentsMin} to {entry.ArgumentsMax}";
            throw new FhirPathException(
                $"expected {expected} arguments for {name}(), got {arguments.Length}", position);
        }

        if (dialect == PathDialect.Strict && name == "iif"
            && arguments[0] is LiteralExpr { Item: not (null or BooleanItem) })
        {
            throw new FhirPathException("expected a boolean criterion for iif()", position);
        }

        if (dialect == PathDialect.Strict && target is { IsUnordered: true }
            && name is "first" or "last" or "tail" or "skip" or "take")
        {
            throw new FhirPathException(
                $"expected items in an order for {name}(), got children or descendants", position);
        }

        try
        {
            var prepared = entry.Prepare?.Invoke(arguments);
            return new CallExpr(name, target, arguments, entry.Run, position) { Prepared = prepared };
        }
        catch (FhirPathException broken) when (broken.Position < 0)
        {
            throw new FhirPathException(broken.Message, position, broken);
        }
    }
}
