using FhirOrchestrator.Fhir.Definitions;
using FhirOrchestrator.Fhir.Path.Functions;

namespace FhirOrchestrator.Fhir.Path.Ast;

/// <summary>A function call: the target's items, or <c>$this</c>, go through the function.</summary>
internal sealed class CallExpr : Expr
{
    private readonly Expr? _target;
    private readonly PathFunction _function;
    private readonly string _role;

    public CallExpr(string name, Expr? target, ImmutableArray<Expr> arguments, PathFunction function, int position)
        : base(position)
    {
        Name = name;
        _role = "input of " + name;
        Arguments = arguments;
        _target = target;
        _function = function;
        Types = name switch
        {
            "where" or "first" or "last" or "tail" or "skip" or "take" or "single" or "distinct" or "trace"
                or "exclude" or "intersect" or "sort" or "slice" or "checkModifiers" when target is not null =>
                target.Types,
            "select" => arguments[0].Types,
            "extension" => FhirDefinitions.R4.Type("Extension") is { } extension ? [extension] : default,
            "elementDefinition" => FhirDefinitions.R4.Type("ElementDefinition") is { } definition
                ? [definition]
                : default,
            _ => default,
        };
        IsUnordered = name is "children" or "descendants"
            || (target is { IsUnordered: true } && name is not ("sort" or "aggregate" or "count"))
            || (name is "union" or "combine" && arguments[0].IsUnordered);
        Depth = DepthOf(target);
        foreach (var argument in arguments)
        {
            Depth = Math.Max(Depth, argument.Depth + 1);
        }
    }

    public string Name { get; }

    public ImmutableArray<Expr> Arguments { get; }

    /// <summary>What the function prepared from literal arguments when the expression was compiled.</summary>
    public object? Prepared { get; init; }

    public Sequence Input(Scope scope) => _target is null ? scope.This : _target.Evaluate(scope);

    /// <summary>An argument's value in the scope around the call; empty where it was not given.</summary>
    public Sequence Argument(int at, Scope scope)
    {
        if (at >= Arguments.Length)
        {
            return default;
        }

        var defined = scope.Defined;
        var value = Arguments[at].Evaluate(scope);
        scope.Defined = defined;
        return value;
    }

    /// <summary>An argument as a string, null where it is empty.</summary>
    public string? TextArgument(int at, Scope scope) => OneValue(Argument(at, scope), "argument") switch
    {
        null => null,
        StringItem text => text.Text,
        var other => throw Fail($"expected a string as argument {at + 1} of {Name}, got {other.FullTypeName}"),
    };

    /// <summary>An argument as an integer, null where it is empty.</summary>
    public int? IntegerArgument(int at, Scope scope) => OneValue(Argument(at, scope), "argument") switch
    {
        null => null,
        IntegerItem whole => whole.Number,
        var other => throw Fail($"expected an integer as argument {at + 1} of {Name}, got {other.FullTypeName}"),
    };

    /// <summary>The input as a string, null where it is empty.</summary>
    public string? TextInput(Sequence input) => One(input, _role) switch
    {
        null => null,
        { Value: StringItem text } => text.Text,
        ElementItem { Node: null } => null,
        var other => throw Fail($"expected a string as input of {Name}, got {other.FullTypeName}"),
    };

    /// <summary>The System value of the input, null where it is empty.</summary>
    public PathItem? ValueInput(Sequence input) => OneValue(input, _role);

    protected override Sequence Run(Scope scope) => _function(this, scope, Input(scope));
}
