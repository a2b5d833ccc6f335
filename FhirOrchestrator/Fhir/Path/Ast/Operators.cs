using System.Diagnostics;
using FhirOrchestrator.Fhir.Json;
using FhirOrchestrator.Fhir.Path.Syntax;

namespace FhirOrchestrator.Fhir.Path.Ast;

/// <summary>A node of two operands.</summary>
internal abstract class BinaryExpr : Expr
{
    private protected BinaryExpr(Expr left, Expr right, string sign, int position)
        : base(position)
    {
        (Left, Right, Sign) = (left, right, sign);
        Role = "operand of " + sign;
        Depth = DepthOf(left, right);
    }

    protected Expr Left { get; }

    protected Expr Right { get; }

    /// <summary>The operator as written, for messages.</summary>
    protected string Sign { get; }

    /// <summary>What an operand is, for messages.</summary>
    protected string Role { get; }

    /// <summary>A variable that an operand defines is not seen by the other one.</summary>
    protected static Sequence EvaluateApart(Expr operand, Scope scope)
    {
        var defined = scope.Defined;
        var value = operand.Evaluate(scope);
        scope.Defined = defined;
        return value;
    }
}

/// <summary>Builds the nodes of operators from their signs.</summary>
internal static class Operators
{
    public static Expr Build(Token sign, Expr left, Expr right) => sign.Text switch
    {
        "implies" or "or" or "xor" or "and" => new LogicExpr(left, right, sign.Text, sign.Position),
        "in" => new MembershipExpr(left, right, sign.Text, sign.Position),
        "contains" => new MembershipExpr(right, left, sign.Text, sign.Position),
        "=" or "!=" or "~" or "!~" => new EqualityExpr(left, right, sign.Text, sign.Position),
        "<" or ">" or "<=" or ">=" => new OrderExpr(left, right, sign.Text, sign.Position),
        "+" or "-" or "*" or "/" or "div" or "mod" => new ArithmeticExpr(left, right, sign.Text, sign.Position),
        "&" => new ConcatenationExpr(left, right, sign.Text, sign.Position),
        _ => throw new UnreachableException(),
    };
}

/// <summary><c>and</c>, <c>or</c>, <c>xor</c>, <c>implies</c> with three values (N1, 6.5).</summary>
internal sealed class LogicExpr : BinaryExpr
{
    private readonly Connective _connective;

    public LogicExpr(Expr left, Expr right, string sign, int position)
        : base(left, right, sign, position) => _connective = sign switch
        {
            "and" => Connective.And,
            "or" => Connective.Or,
            "xor" => Connective.Xor,
            _ => Connective.Implies,
        };

    private enum Connective
    {
        And,
        Or,
        Xor,
        Implies,
    }

    protected override Sequence Run(Scope scope)
    {
        var left = Truth(EvaluateApart(Left, scope), Role);
        switch (_connective)
        {
            case Connective.And when left == false:
                return Sequence.False;
            case Connective.Or when left == true:
            case Connective.Implies when left == false:
                return Sequence.True;
        }

        var right = Truth(EvaluateApart(Right, scope), Role);
        return Sequence.Of(_connective switch
        {
            Connective.And => left & right,
            Connective.Or => left | right,
            Connective.Xor => left ^ right,
            Connective.Implies => right == true ? true : left == true ? right : null,
        });
    }
}

/// <summary><c>in</c>; <c>contains</c> is the same with its operands swapped.</summary>
internal sealed class MembershipExpr(Expr first, Expr second, string sign, int position)
    : BinaryExpr(first, second, sign, position)
{
    protected override Sequence Run(Scope scope)
    {
        var item = One(EvaluateApart(Left, scope), "member");
        var collection = EvaluateApart(Right, scope);
        return item is null ? default : Sequence.Of(Equality.Contains(collection, item, scope.Run));
    }
}

/// <summary><c>=</c>, <c>!=</c>, <c>~</c>, <c>!~</c> (N1, 6.1).</summary>
internal sealed class EqualityExpr : BinaryExpr
{
    private readonly bool _isEquivalence;
    private readonly bool _isNegated;

    // A string or boolean literal on the right: what conditions mostly compare with.
    private readonly PathItem? _literal;

    public EqualityExpr(Expr left, Expr right, string sign, int position)
        : base(left, right, sign, position)
    {
        _isEquivalence = sign is "~" or "!~";
        _isNegated = sign is "!=" or "!~";
        _literal = right is LiteralExpr { Item: StringItem or BooleanItem } literal ? literal.Item : null;
    }

    protected override Sequence Run(Scope scope)
    {
        if (_literal is not null && !_isEquivalence && Left.Locate(scope) is { IsKnown: true } place)
        {
            if (place.Node is null)
            {
                return default;
            }

            if (IsLiteral(place) is { } same)
            {
                scope.Run.Charge(2);
                return Sequence.Of(same != _isNegated);
            }
        }

        var left = EvaluateApart(Left, scope);
        var right = EvaluateApart(Right, scope);
        var equal = _isEquivalence
            ? Equality.AreEquivalent(left, right, scope.Run)
            : Equality.AreEqual(left, right, scope.Run);
        return Sequence.Of(_isNegated ? !equal : equal);
    }

    // Null where value and literal are not plainly of one kind.
    private bool? IsLiteral(Place place) => (place.Node, _literal) switch
    {
        (TextNode text, StringItem literal) when place.Definition is { IsPrimitive: true, IsTemporal: false } =>
            string.Equals(text.Value, literal.Text, StringComparison.Ordinal),
        (BooleanNode boolean, BooleanItem literal) => boolean.Value == literal.IsTrue,
        _ => null,
    };
}

/// <summary><c>&lt;</c>, <c>&gt;</c>, <c>&lt;=</c>, <c>&gt;=</c> (N1, 6.2).</summary>
internal sealed class OrderExpr(Expr first, Expr second, string sign, int position)
    : BinaryExpr(first, second, sign, position)
{
    protected override Sequence Run(Scope scope)
    {
        var left = One(EvaluateApart(Left, scope), Role);
        var right = One(EvaluateApart(Right, scope), Role);
        if (left is null || right is null)
        {
            return default;
        }

        if (!Equality.TryCompare(left, right, scope.Run, out var order))
        {
            throw Fail(
                $"expected operands of one ordered type for {Sign}, "
                + $"got {left.FullTypeName} and {right.FullTypeName}");
        }

        return order is not { } known ? default : Sequence.Of(Sign switch
        {
            "<" => known < 0,
            ">" => known > 0,
            "<=" => known <= 0,
            _ => known >= 0,
        });
    }
}

/// <summary><c>&amp;</c>: text, where nothing counts as the empty text (N1, 6.6.8).</summary>
internal sealed class ConcatenationExpr(Expr first, Expr second, string sign, int position)
    : BinaryExpr(first, second, sign, position)
{
    protected override Sequence Run(Scope scope)
    {
        var left = Text(EvaluateApart(Left, scope));
        var right = Text(EvaluateApart(Right, scope));
        scope.Run.CheckText((long)left.Length + right.Length, Position);
        return Sequence.Of(left + right);
    }

    private string Text(Sequence items) => OneValue(items, "operand of &") switch
    {
        null when items.IsEmpty || items[0].Node is null => "",
        StringItem text => text.Text,
        var other => throw Fail($"expected a string, got {(other ?? items[0]).FullTypeName}"),
    };
}

/// <summary>The union of any number of operands: a chain of <c>|</c> is one node.</summary>
internal sealed class UnionExpr : Expr
{
    private readonly ImmutableArray<Expr> _parts;

    private UnionExpr(ImmutableArray<Expr> parts, int position)
        : base(position)
    {
        _parts = parts;
        foreach (var part in parts)
        {
            Depth = Math.Max(Depth, part.Depth + 1);
        }

        IsUnordered = parts.Any(part => part.IsUnordered);
        Types = parts.Any(part => part.Types.IsDefaultOrEmpty) ? default : [.. parts.SelectMany(part => part.Types)];
    }

    public static UnionExpr Of(Expr left, Expr right, int position) => new(
        left is UnionExpr chain ? chain._parts.Add(right) : [left, right], position);

    protected override Sequence Run(Scope scope)
    {
        var all = new SequenceBuilder(scope.Run);
        foreach (var part in _parts)
        {
            var defined = scope.Defined;
            all.Add(part.Evaluate(scope));
            scope.Defined = defined;
        }

        return Equality.Distinct(all.Build(), scope.Run);
    }
}
