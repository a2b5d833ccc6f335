using FhirOrchestrator.Fhir.Path.Ast;
using FhirOrchestrator.Fhir.Path.Values;

namespace FhirOrchestrator.Fhir.Path.Functions;

/// <summary>
/// <c>lowBoundary</c>, <c>highBoundary</c>, <c>precision</c>, <c>comparable</c>: the least and greatest value that a
/// value of limited precision may mean (FHIRPath, additional functions, draft).
/// </summary>
internal static class BoundaryFunctions
{
    private const int DecimalPlaces = 8;
    private const int DecimalPlacesMax = 27;
    private const int OffsetEast = 14 * 60;
    private const int OffsetWest = -12 * 60;

    public static ImmutableArray<FunctionEntry> All { get; } =
    [
        new("lowBoundary", 0, 1, (call, scope, input) => Boundary(call, scope, input, isLow: true)),
        new("highBoundary", 0, 1, (call, scope, input) => Boundary(call, scope, input, isLow: false)),
        new("precision", 0, 0, Precision),
        new("comparable", 1, 1, Comparable),
    ];

    private static Sequence Boundary(CallExpr call, Scope scope, Sequence input, bool isLow)
    {
        var digits = call.IntegerArgument(0, scope);
        return new Sequence(call.ValueInput(input) switch
        {
            null => null,
            IntegerItem whole => Number(whole.Number, digits, isLow),
            DecimalItem number => Number(number.Number, digits, isLow),
            QuantityItem { Quantity: var amount } => Number(amount.Value, digits, isLow) is { } number
                ? new QuantityItem(amount with { Value = number.Number })
                : null,
            TemporalItem { Moment: var moment } =>
                Moment(moment, digits, isLow) is { } bound ? new TemporalItem(bound) : null,
            var other => throw call.Fail(
                $"expected a number, quantity, date or time for {call.Name}, got {other.FullTypeName}"),
        });
    }

    private static DecimalItem? Number(decimal value, int? places, bool isLow)
    {
        var wanted = places ?? DecimalPlaces;
        if (wanted is < 0 or > DecimalPlacesMax)
        {
            return null;
        }

        try
        {
            // A value of 28 places has no further place for its half.
            var half = value.Scale < 28 ? new decimal(5, 0, 0, isNegative: false, (byte)(value.Scale + 1)) : 0;
            var scale = 1m;
            for (var count = 0; count < wanted; count++)
            {
                scale *= 10;
            }

            var bound = isLow ? decimal.Floor((value - half) * scale) : decimal.Ceiling((value + half) * scale);
            return new DecimalItem((bound / scale) + new decimal(0, 0, 0, isNegative: false, (byte)wanted));
        }
        catch (OverflowException)
        {
            return null;
        }
    }

    private static Temporal? Moment(Temporal value, int? digits, bool isLow)
    {
        TemporalPrecision? wanted = (value.Kind, digits) switch
        {
            (TemporalKind.Date, null) => TemporalPrecision.Day,
            (_, null) => TemporalPrecision.Fraction,
            (TemporalKind.Time, 2) => TemporalPrecision.Hour,
            (TemporalKind.Time, 4) => TemporalPrecision.Minute,
            (TemporalKind.Time, 6) => TemporalPrecision.Second,
            (TemporalKind.Time, 9) => TemporalPrecision.Fraction,
            (TemporalKind.Date or TemporalKind.DateTime, 4) => TemporalPrecision.Year,
            (TemporalKind.Date or TemporalKind.DateTime, 6) => TemporalPrecision.Month,
            (TemporalKind.Date or TemporalKind.DateTime, 8) => TemporalPrecision.Day,
            (TemporalKind.DateTime, 10) => TemporalPrecision.Hour,
            (TemporalKind.DateTime, 12) => TemporalPrecision.Minute,
            (TemporalKind.DateTime, 14) => TemporalPrecision.Second,
            (TemporalKind.DateTime, 17) => TemporalPrecision.Fraction,
            _ => null,
        };
        if (wanted is not { } precision)
        {
            return null;
        }

        var ticks = isLow ? value.Ticks : End(value);
        var hasClock = value.Kind == TemporalKind.DateTime && precision > TemporalPrecision.Day;
        var offset = hasClock ? value.OffsetMinutes ?? (isLow ? OffsetEast : OffsetWest) : (int?)null;
        return new Temporal(value.Kind, ticks, precision, offset, precision == TemporalPrecision.Fraction ? 3 : 0);
    }

    // The last millisecond that a partial value may mean.
    private static long End(Temporal value)
    {
        if (value.Precision == TemporalPrecision.Fraction)
        {
            return value.Ticks;
        }

        if (value.Precision <= TemporalPrecision.Month)
        {
            var start = new DateTime(value.Ticks, DateTimeKind.Unspecified);
            var month = value.Precision == TemporalPrecision.Year ? 12 : start.Month;
            var last = new DateTime(
                start.Year, month, DateTime.DaysInMonth(start.Year, month), 0, 0, 0, DateTimeKind.Unspecified);
            return last.Ticks + TimeSpan.TicksPerDay - TimeSpan.TicksPerMillisecond;
        }

        var span = value.Precision switch
        {
            TemporalPrecision.Day => TimeSpan.TicksPerDay,
            TemporalPrecision.Hour => TimeSpan.TicksPerHour,
            TemporalPrecision.Minute => TimeSpan.TicksPerMinute,
            _ => TimeSpan.TicksPerSecond,
        };
        return value.Ticks + span - TimeSpan.TicksPerMillisecond;
    }

    private static Sequence Precision(CallExpr call, Scope scope, Sequence input) => call.ValueInput(input) switch
    {
        null => default,
        IntegerItem => Sequence.Of(0),
        DecimalItem number => Sequence.Of((int)number.Number.Scale),
        TemporalItem { Moment: { Kind: TemporalKind.Time } moment } => Sequence.Of(moment.Precision switch
        {
            TemporalPrecision.Hour => 2,
            TemporalPrecision.Minute => 4,
            TemporalPrecision.Second => 6,
            _ => 9,
        }),
        TemporalItem { Moment: var moment } => Sequence.Of(moment.Precision switch
        {
            TemporalPrecision.Year => 4,
            TemporalPrecision.Month => 6,
            TemporalPrecision.Day => 8,
            TemporalPrecision.Hour => 10,
            TemporalPrecision.Minute => 12,
            TemporalPrecision.Second => 14,
            _ => 17,
        }),
        var other => throw call.Fail($"expected a decimal, date or time for precision, got {other.FullTypeName}"),
    };

    private static Sequence Comparable(CallExpr call, Scope scope, Sequence input)
    {
        var left = call.ValueInput(input);
        var right = call.OneValue(call.Argument(0, scope), "argument");
        return left is not null && right is not null
            && Equality.QuantityOf(left) is { } first && Equality.QuantityOf(right) is { } second
            ? Sequence.Of(Quantity.Compare(first, second) is not null)
            : default;
    }
}
