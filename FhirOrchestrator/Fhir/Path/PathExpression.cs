using FhirOrchestrator.Fhir.Definitions;
using FhirOrchestrator.Fhir.Json;
using FhirOrchestrator.Fhir.Path.Ast;
using FhirOrchestrator.Fhir.Path.Syntax;

namespace FhirOrchestrator.Fhir.Path;

/// <summary>
/// A compiled FHIRPath expression (FHIRPath N1 with the additions of FHIR R4). Immutable; serves all threads.
/// </summary>
internal sealed class PathExpression
{
    /// <summary>The longest expression, in characters.</summary>
    public const int LengthMax = 16 * 1024;

    private readonly Expr _root;
    private readonly PathDialect _dialect;

    private PathExpression(string text, PathDialect dialect, TypeDefinition? focus)
    {
        Text = text;
        _dialect = dialect;
        var parser = new Parser(text, dialect, focus is null ? default : [focus]);
        _root = parser.ParseAll();
        Variables = [.. parser.Variables.Order(StringComparer.Ordinal)];
    }

    /// <summary>The expression as given.</summary>
    public string Text { get; }

    /// <summary>
    /// The names of the <c>%variables</c> that the caller must supply, without <c>%</c>. The built-in ones
    /// (<c>context</c>, <c>resource</c>, <c>rootResource</c>, <c>ucum</c>, <c>sct</c>, <c>loinc</c>, <c>vs-…</c>,
    /// <c>ext-…</c>) and those of <c>defineVariable</c> are not among them.
    /// </summary>
    public IReadOnlyCollection<string> Variables { get; }

    /// <summary>
    /// Compiles an expression. Fails with the position for wrong syntax, for a function that does not exist or is not
    /// implemented, for a name that is no element of R4, for a path that can never have a value, and for a type that
    /// does not exist.
    /// </summary>
    /// <param name="text">The expression, at most <see cref="LengthMax"/> characters.</param>
    /// <param name="dialect">How strictly it is held to the specification.</param>
    /// <param name="focusType">
    /// The type of what it will be evaluated on, where the caller knows it (<c>Encounter</c>): names that this type
    /// does not have fail too, instead of being empty for ever. Not for search parameters: one expression of theirs
    /// names several types.
    /// </param>
    /// <exception cref="FhirPathException">The text is no expression that this product can run.</exception>
    public static PathExpression Compile(
        string text, PathDialect dialect = PathDialect.Lenient, string? focusType = null)
    {
        if (text.Length > LengthMax)
        {
            throw FhirPathException.Budget($"expected at most {LengthMax} characters, got {text.Length}");
        }

        var definitions = FhirDefinitions.R4;
        var focus = focusType is null ? null : definitions.Type(focusType)
            ?? throw new FhirPathException(
                $"expected a type of R4 as focus, got '{focusType}'"
                + PathVocabulary.Nearest(focusType, definitions.TypeNames));
        return new PathExpression(text, dialect, focus is { IsAbstract: true } ? null : focus);
    }

    /// <summary>Evaluates on a resource, which is <c>%resource</c> and <c>%context</c>.</summary>
    /// <exception cref="FhirPathException">A value does not fit its use, or a budget is spent.</exception>
    public IReadOnlyList<PathItem> Evaluate(Resource focus, PathContext context) =>
        Evaluate(PathItem.Of(focus), context);

    /// <summary>Evaluates on an item, or on nothing for null.</summary>
    /// <exception cref="FhirPathException">A value does not fit its use, or a budget is spent.</exception>
    public IReadOnlyList<PathItem> Evaluate(PathItem? focus, PathContext context) =>
        Run(focus, context, out _).ToItems();

    /// <summary>
    /// Evaluates as a criterion: the boolean of a single item; nothing counts as false, a single item that is no
    /// boolean as true (an error in the strict dialect), several items are an error (N1, 4.5).
    /// </summary>
    /// <exception cref="FhirPathException">The result is no criterion, or the evaluation failed.</exception>
    public bool IsTrue(PathItem? focus, PathContext context)
    {
        var result = Run(focus, context, out var run);
        return _root.IsTrue(result, run);
    }

    public override string ToString() => Text;

    private Sequence Run(PathItem? focus, PathContext context, out Evaluation run)
    {
        run = new Evaluation(context, _dialect, focus);
        return _root.Evaluate(new Scope(run, new Sequence(focus)));
    }
}
