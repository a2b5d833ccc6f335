using FhirOrchestrator.Fhir.Path.Ast;
using FhirOrchestrator.Fhir.Path.Values;

namespace FhirOrchestrator.Fhir.Path.Functions;

/// <summary><c>sum</c>, <c>min</c>, <c>max</c>, <c>avg</c> (FHIRPath 3.0, Aggregates, draft).</summary>
internal static class AggregateFunctions
{
    public static ImmutableArray<FunctionEntry> All { get; } =
    [
        new("sum", 0, 0, (call, _, input) => new Sequence(Sum(call, input))),
        new("avg", 0, 0, (call, _, input) => new Sequence(Average(call, input))),
        new("min", 0, 0, (call, scope, input) => Extreme(call, scope, input, sign: -1)),
        new("max", 0, 0, (call, scope, input) => Extreme(call, scope, input, sign: 1)),
    ];

    private static PathItem? Sum(CallExpr call, Sequence input)
    {
        PathItem? total = null;
        try
        {
            foreach (var item in input)
            {
                total = (total, item.Value) switch
                {
                    (null, IntegerItem or DecimalItem or QuantityItem) => item.Value,
                    (IntegerItem a, IntegerItem b) => new IntegerItem(checked(a.Number + b.Number)),
                    (DecimalItem a, DecimalItem b) => new DecimalItem(a.Number + b.Number),
                    (QuantityItem a, QuantityItem b) when Quantity.Add(a.Quantity, b.Quantity) is { } added =>
                        new QuantityItem(added),
                    _ => throw call.Fail($"expected numbers or quantities of one type for {call.Name}, "
                        + $"got {(total ?? item).FullTypeName} and {item.FullTypeName}"),
                };
            }
        }
        catch (OverflowException)
        {
            return null;
        }

        return total;
    }

    private static PathItem? Average(CallExpr call, Sequence input) => Sum(call, input) switch
    {
        IntegerItem total => new DecimalItem((decimal)total.Number / input.Count),
        DecimalItem total => new DecimalItem(total.Number / input.Count),
        QuantityItem { Quantity: var total } => new QuantityItem(total with { Value = total.Value / input.Count }),
        _ => null,
    };

    private static Sequence Extreme(CallExpr call, Scope scope, Sequence input, int sign)
    {
        PathItem? best = null;
        foreach (var item in input)
        {
            scope.Run.Step(call.Position);
            if (best is null)
            {
                best = item;
                continue;
            }

            if (!Equality.TryCompare(item, best, scope.Run, out var order))
            {
                throw call.Fail($"expected items of one ordered type for {call.Name}, "
                    + $"got {best.FullTypeName} and {item.FullTypeName}");
            }

            if (order is not { } known)
            {
                return default;
            }

            best = Math.Sign(known) == sign ? item : best;
        }

        return new Sequence(best?.Value);
    }
}
