using FhirOrchestrator.Fhir.Definitions;

namespace FhirOrchestrator.Fhir.Path.Ast;

/// <summary>A node of a compiled expression. Immutable, so that one expression serves all threads.</summary>
internal abstract class Expr(int position)
{
    /// <summary>The character that the node starts at, from 0.</summary>
    public int Position { get; } = position;

    /// <summary>Levels of nodes below and including this one.</summary>
    public int Depth { get; protected init; } = 1;

    /// <summary>
    /// The only types that the node's items can have, where the text alone tells; default where it does not. Lets a
    /// path that cannot have a value fail when it is compiled.
    /// </summary>
    public ImmutableArray<TypeDefinition> Types { get; protected init; }

    /// <summary>
    /// True where the node's items come in no order that means anything: children, descendants and what is reached
    /// through them (N1, 5.8).
    /// </summary>
    public bool IsUnordered { get; protected init; }

    /// <summary>The node's value, for one step of the budget.</summary>
    public Sequence Evaluate(Scope scope)
    {
        scope.Run.Step(Position);
        return Run(scope);
    }

    protected abstract Sequence Run(Scope scope);

    /// <summary>
    /// The one JSON value that the node stands for, without making items of it; <see cref="Place.Elsewhere"/> where
    /// only <see cref="Evaluate"/> can tell.
    /// </summary>
    public virtual Place Locate(Scope scope) => Place.Elsewhere;

    /// <summary>An error at this node.</summary>
    public FhirPathException Fail(string message) => new(message, Position);

    /// <summary>The only item, null where there is none; more is an error (N1, 4.5 Singleton evaluation).</summary>
    public PathItem? One(Sequence items, string role) => items.Count switch
    {
        0 => null,
        1 => items[0],
        _ => throw Fail($"expected one item as {role}, got {items.Count}"),
    };

    /// <summary>The System value of the only item; null where there is none.</summary>
    public PathItem? OneValue(Sequence items, string role) => One(items, role)?.Value;

    /// <summary>
    /// A collection as a boolean: empty is unknown, one item that is no boolean is true, more is an error (N1, 4.5).
    /// </summary>
    public bool? Truth(Sequence items, string role) => One(items, role) switch
    {
        null => null,
        { Value: BooleanItem boolean } => boolean.IsTrue,

        // A primitive with nothing but extensions (data-absent-reason) is not known to be true.
        ElementItem { IsUnknown: true } => null,
        ElementItem { TypeName: "boolean" } => throw Fail($"expected a boolean as {role}, got other JSON"),
        _ => true,
    };

    /// <summary>
    /// The boolean of a criterion; empty counts as false. In the strict dialect only a boolean will do.
    /// </summary>
    public bool IsTrue(Sequence items, Evaluation run)
    {
        if (items.Count == 1 && run.IsStrict && items[0].Value is not BooleanItem)
        {
            throw Fail($"expected a boolean criterion, got {items[0].FullTypeName}");
        }

        return Truth(items, "criterion") ?? false;
    }

    protected static int DepthOf(Expr? first, Expr? second = null) =>
        1 + Math.Max(first?.Depth ?? 0, second?.Depth ?? 0);
}
