using FhirOrchestrator.Fhir.Path.Ast;

namespace FhirOrchestrator.Fhir.Path.Functions;

/// <summary>FHIRPath N1, 5.7 Math. What has no real result, or does not fit 28 digits, is empty.</summary>
internal static class MathFunctions
{
    public static ImmutableArray<FunctionEntry> All { get; } =
    [
        new("abs", 0, 0, Abs),
        new("ceiling", 0, 0, (call, _, input) => Whole(call, input, decimal.Ceiling)),
        new("floor", 0, 0, (call, _, input) => Whole(call, input, decimal.Floor)),
        new("truncate", 0, 0, (call, _, input) => Whole(call, input, decimal.Truncate)),
        new("round", 0, 1, Round),
        new("exp", 0, 0, (call, _, input) => Real(Number(call, input), Math.Exp)),
        new("ln", 0, 0, (call, _, input) => Real(Number(call, input), Math.Log)),
        new("sqrt", 0, 0, (call, _, input) => Real(Number(call, input), Math.Sqrt)),
        new("log", 1, 1, (call, scope, input) => Number(call, call.Argument(0, scope)) is { } @base
            ? Real(Number(call, input), number => Math.Log(number) / Math.Log((double)@base))
            : default),
        new("power", 1, 1, Power),
    ];

    private static decimal? Number(CallExpr call, Sequence input) => call.ValueInput(input) switch
    {
        null => null,
        { } value => Equality.NumberOf(value)
            ?? throw call.Fail($"expected a number for {call.Name}, got {value.FullTypeName}"),
    };

    private static Sequence Abs(CallExpr call, Scope scope, Sequence input) => call.ValueInput(input) switch
    {
        null or IntegerItem { Number: int.MinValue } => default,
        IntegerItem whole => Sequence.Of(Math.Abs(whole.Number)),
        DecimalItem number => new Sequence(new DecimalItem(Math.Abs(number.Number))),
        QuantityItem { Quantity: var amount } =>
            new Sequence(new QuantityItem(amount with { Value = Math.Abs(amount.Value) })),
        var other => throw call.Fail($"expected a number or quantity for abs, got {other.FullTypeName}"),
    };

    private static Sequence Whole(CallExpr call, Sequence input, Func<decimal, decimal> round)
    {
        if (call.ValueInput(input) is QuantityItem { Quantity: var amount })
        {
            return new Sequence(new QuantityItem(amount with { Value = round(amount.Value) }));
        }

        return Number(call, input) is { } number && round(number) is >= int.MinValue and <= int.MaxValue and var whole
            ? Sequence.Of((int)whole)
            : default;
    }

    private static Sequence Round(CallExpr call, Scope scope, Sequence input)
    {
        var places = call.Arguments.IsEmpty ? 0 : call.IntegerArgument(0, scope) ?? 0;
        if (places is < 0 or > 28)
        {
            throw call.Fail("expected 0 to 28 places for round, got another number");
        }

        decimal Rounded(decimal value) => decimal.Round(value, places, MidpointRounding.AwayFromZero);
        if (call.ValueInput(input) is QuantityItem { Quantity: var amount })
        {
            return new Sequence(new QuantityItem(amount with { Value = Rounded(amount.Value) }));
        }

        return Number(call, input) is { } number ? new Sequence(new DecimalItem(Rounded(number))) : default;
    }

    private static Sequence Real(decimal? number, Func<double, double> compute)
    {
        if (number is not { } known)
        {
            return default;
        }

        var result = compute((double)known);
        return double.IsFinite(result) && Math.Abs(result) < 7.9e28
            ? new Sequence(new DecimalItem((decimal)result))
            : default;
    }

    // Whole powers of whole numbers stay exact and whole.
    private static Sequence Power(CallExpr call, Scope scope, Sequence input)
    {
        var @base = call.ValueInput(input);
        var exponent = call.OneValue(call.Argument(0, scope), "exponent");
        if (@base is null || exponent is null)
        {
            return default;
        }

        if (Equality.NumberOf(@base) is not { } number || Equality.NumberOf(exponent) is not { } raised)
        {
            throw call.Fail($"expected numbers for power, got {@base.FullTypeName} and {exponent.FullTypeName}");
        }

        if (exponent is not IntegerItem { Number: >= 0 and <= 1024 and var times })
        {
            return Real(number, value => Math.Pow(value, (double)raised));
        }

        try
        {
            var exact = 1m;
            for (var count = 0; count < times; count++)
            {
                exact *= number;
            }

            return @base is IntegerItem && Math.Abs(exact) <= int.MaxValue
                ? Sequence.Of((int)exact)
                : new Sequence(new DecimalItem(exact));
        }
        catch (OverflowException)
        {
            return default;
        }
    }
}
