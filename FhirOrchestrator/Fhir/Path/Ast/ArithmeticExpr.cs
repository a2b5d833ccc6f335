using FhirOrchestrator.Fhir.Path.Values;

namespace FhirOrchestrator.Fhir.Path.Ast;

/// <summary><c>+ - * / div mod</c> (N1, 6.6). Overflow and division by zero are empty.</summary>
internal sealed class ArithmeticExpr(Expr first, Expr second, string sign, int position)
    : BinaryExpr(first, second, sign, position)
{
    protected override Sequence Run(Scope scope)
    {
        var leftItems = EvaluateApart(Left, scope);
        var rightItems = EvaluateApart(Right, scope);
        var left = Operand(leftItems);
        var right = Operand(rightItems);
        if (left is null || right is null)
        {
            return default;
        }

        try
        {
            return new Sequence(Compute(left, right, scope.Run));
        }
        catch (OverflowException)
        {
            return default;
        }
    }

    private PathItem? Operand(Sequence items)
    {
        var item = One(items, Role);
        return item is ElementItem { Node: not null, Value: null }
            ? throw Fail($"expected a value for {Sign}, got {item.FullTypeName}")
            : item?.Value;
    }

    private PathItem? Compute(PathItem left, PathItem right, Evaluation run) => (left, right) switch
    {
        (IntegerItem a, IntegerItem b) => Integers(a.Number, b.Number),
        (IntegerItem or DecimalItem, IntegerItem or DecimalItem) => Numbers(NumberOf(left), NumberOf(right)),
        (StringItem a, StringItem b) when Sign == "+" => Joined(a.Text, b.Text, run),
        (TemporalItem a, QuantityItem b) when Sign is "+" or "-" => Moved(a.Moment, b.Quantity),
        (QuantityItem or IntegerItem or DecimalItem, QuantityItem or IntegerItem or DecimalItem) =>
            Quantities(QuantityOf(left), QuantityOf(right), left, right),
        _ => throw Unfit(left, right),
    };

    private StringItem Joined(string a, string b, Evaluation run)
    {
        run.CheckText((long)a.Length + b.Length, Position);
        return new StringItem(a + b);
    }

    private PathItem? Integers(int a, int b) => Sign switch
    {
        "+" => new IntegerItem(checked(a + b)),
        "-" => new IntegerItem(checked(a - b)),
        "*" => new IntegerItem(checked(a * b)),
        "/" => b == 0 ? null : new DecimalItem((decimal)a / b),
        "div" => b == 0 ? null : new IntegerItem(checked(a / b)),
        _ => b == 0 ? null : new IntegerItem(b == -1 ? 0 : a % b),
    };

    private PathItem? Numbers(decimal a, decimal b) => Sign switch
    {
        "+" => new DecimalItem(a + b),
        "-" => new DecimalItem(a - b),
        "*" => new DecimalItem(a * b),
        "/" => b == 0 ? null : new DecimalItem(a / b),
        "div" => b == 0 ? null : Whole(decimal.Truncate(a / b)),
        _ => b == 0 ? null : new DecimalItem(a % b),
    };

    private static PathItem Whole(decimal number) => number is >= int.MinValue and <= int.MaxValue
        ? new IntegerItem((int)number)
        : new DecimalItem(number);

    private TemporalItem? Moved(Temporal moment, Quantity amount)
    {
        if (CalendarUnits.FromUnit(amount.Unit) is not { } unit
            || (moment.Kind == TemporalKind.Time && unit < CalendarUnit.Hour))
        {
            throw Fail($"expected a unit of time that a {moment.Kind} can be moved by, got '{amount.Unit}'");
        }

        // A UCUM unit is a definite duration and moves a calendar by whole units (the official suite's testPlusDate19);
        // of the calendar's own words second and millisecond keep their decimals (N1, 6.7).
        var count = CalendarUnits.FromWord(amount.Unit) is null ? decimal.Truncate(amount.Value) : amount.Value;
        return moment.Add(Sign == "-" ? -count : count, unit) is { } moved
            ? new TemporalItem(moved)
            : null;
    }

    private QuantityItem? Quantities(Quantity a, Quantity b, PathItem left, PathItem right)
    {
        var result = Sign switch
        {
            "+" => Quantity.Add(a, b),
            "-" => Quantity.Add(a, b with { Value = -b.Value }),
            "*" => Quantity.Multiply(a, b),
            "/" => Quantity.Divide(a, b),
            _ => throw Unfit(left, right),
        };
        return result is { } known ? new QuantityItem(known) : null;
    }

    private FhirPathException Unfit(PathItem left, PathItem right) =>
        Fail($"expected operands that {Sign} takes, got {left.FullTypeName} and {right.FullTypeName}");

    private static decimal NumberOf(PathItem item) =>
        item is IntegerItem whole ? whole.Number : ((DecimalItem)item).Number;

    private static Quantity QuantityOf(PathItem item) =>
        item is QuantityItem amount ? amount.Quantity : Quantity.Of(NumberOf(item));
}
