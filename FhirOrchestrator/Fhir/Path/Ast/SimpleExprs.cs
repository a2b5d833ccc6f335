using FhirOrchestrator.Fhir.Definitions;

namespace FhirOrchestrator.Fhir.Path.Ast;

/// <summary>A literal, or <c>{}</c> where it has no item.</summary>
internal sealed class LiteralExpr(PathItem? item, int position) : Expr(position)
{
    private readonly Sequence _value = new(item);

    public PathItem? Item => item;

    protected override Sequence Run(Scope scope) => _value;
}

/// <summary><c>$this</c>, <c>$index</c> or <c>$total</c>.</summary>
internal sealed class LoopExpr : Expr
{
    private enum Part
    {
        This,
        Index,
        Total,
    }

    private readonly Part _part;

    private LoopExpr(Part part, int position)
        : base(position) => _part = part;

    public static LoopExpr Of(string name, ImmutableArray<TypeDefinition> thisTypes, int position) => name switch
    {
        "this" => new LoopExpr(Part.This, position) { Types = thisTypes },
        "index" => new LoopExpr(Part.Index, position),
        "total" => new LoopExpr(Part.Total, position),
        _ => throw new FhirPathException($"expected $this, $index or $total, got ${name}", position),
    };

    public override Place Locate(Scope scope)
    {
        scope.Run.Step(Position);
        return _part == Part.This ? Place.Of(scope.This) : Place.Elsewhere;
    }

    protected override Sequence Run(Scope scope) => _part switch
    {
        Part.This => scope.This,
        Part.Index => scope.Index < 0 ? default : Sequence.Of(scope.Index),
        Part.Total => scope.Total,
    };
}

/// <summary>A variable, <c>%name</c>.</summary>
internal sealed class VariableExpr(string name, int position) : Expr(position)
{
    protected override Sequence Run(Scope scope) =>
        scope.Defined.TryGetValue(name, out var defined) ? defined : scope.Run.Variable(name, Position);
}

/// <summary><c>target[index]</c>.</summary>
internal sealed class IndexExpr : Expr
{
    private readonly Expr _target;
    private readonly Expr _index;

    public IndexExpr(Expr target, Expr index, int position)
        : base(position)
    {
        (_target, _index) = (target, index);
        Types = target.Types;
        Depth = DepthOf(target, index);
    }

    protected override Sequence Run(Scope scope)
    {
        var items = _target.Evaluate(scope);
        return OneValue(_index.Evaluate(scope), "index") switch
        {
            null => default,
            IntegerItem { Number: var at } => at >= 0 && at < items.Count ? new Sequence(items[at]) : default,
            var other => throw Fail($"expected an integer as index, got {other.FullTypeName}"),
        };
    }
}

/// <summary>A key of <c>sort()</c> with its direction, <c>family desc</c>.</summary>
internal sealed class SortKeyExpr : Expr
{
    public SortKeyExpr(Expr key, bool isDown, int position)
        : base(position)
    {
        (Key, IsDown) = (key, isDown);
        Depth = DepthOf(key);
    }

    public Expr Key { get; }

    public bool IsDown { get; }

    protected override Sequence Run(Scope scope) => Key.Evaluate(scope);
}

/// <summary><c>-x</c> or <c>+x</c>.</summary>
internal sealed class SignExpr : Expr
{
    public SignExpr(Expr operand, bool isNegative, int position)
        : base(position)
    {
        (Operand, IsNegative) = (operand, isNegative);
        Depth = DepthOf(operand);
    }

    public Expr Operand { get; }

    public bool IsNegative { get; }

    protected override Sequence Run(Scope scope)
    {
        var value = OneValue(Operand.Evaluate(scope), "operand");
        PathItem? signed = value switch
        {
            null => null,
            IntegerItem or DecimalItem or QuantityItem when !IsNegative => value,
            IntegerItem { Number: int.MinValue } => null,
            IntegerItem whole => new IntegerItem(-whole.Number),
            DecimalItem number => new DecimalItem(-number.Number),
            QuantityItem { Quantity: var amount } => new QuantityItem(amount with { Value = -amount.Value }),
            _ => throw Fail($"expected a number or quantity after the sign, got {value.FullTypeName}"),
        };
        return new Sequence(signed);
    }
}
