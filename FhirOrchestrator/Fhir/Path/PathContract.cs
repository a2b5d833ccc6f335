using FhirOrchestrator.Fhir.Json;

namespace FhirOrchestrator.Fhir.Path;

// Declarations only, until the branch with the evaluator is merged over this file.
internal enum PathDialect
{
    Lenient,
    Strict,
}

internal sealed class PathExpression
{
    private PathExpression(string text) => Text = text;

    public string Text { get; }

    public IReadOnlyCollection<string> Variables => throw new NotSupportedException();

    public static PathExpression Compile(string text, PathDialect dialect = PathDialect.Lenient) => new(text);

    public IReadOnlyList<PathItem> Evaluate(Resource focus, PathContext context) => throw new NotSupportedException();

    public IReadOnlyList<PathItem> Evaluate(PathItem? focus, PathContext context) => throw new NotSupportedException();

    public bool IsTrue(PathItem? focus, PathContext context) => throw new NotSupportedException();
}

internal sealed record PathContext
{
    public DateTimeOffset Now { get; init; }

    public ImmutableDictionary<string, ImmutableArray<PathItem>> Variables { get; init; } =
        ImmutableDictionary<string, ImmutableArray<PathItem>>.Empty;

    public Func<string, Resource?>? Resolve { get; init; }
}

internal abstract class PathItem
{
    public abstract string TypeName { get; }

    public abstract Node? Node { get; }

    public static PathItem Of(Resource resource) => throw new NotSupportedException();

    public static PathItem Of(Node node, string fhirType) => throw new NotSupportedException();

    public abstract string AsText();
}

internal sealed class FhirPathException(string message, int position) : Exception(message)
{
    public int Position { get; } = position;
}
