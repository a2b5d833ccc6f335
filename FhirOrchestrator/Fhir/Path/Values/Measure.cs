using System.Collections.Concurrent;

namespace FhirOrchestrator.Fhir.Path.Values;

/// <summary>
/// What a unit is worth: value in base units = (value + <paramref name="Offset"/>) x <paramref name="Factor"/>. The
/// offset is zero but for temperatures.
/// </summary>
internal sealed record Measure(decimal Factor, Dimension Dimension, decimal Offset = 0)
{
    private const int KnownMax = 2048;
    private static readonly ConcurrentDictionary<string, Measure?> Known = new(StringComparer.Ordinal);

    /// <summary>The worth of a UCUM code or calendar word; null for a unit that is not understood.</summary>
    public static Measure? Of(string unit)
    {
        if (Known.TryGetValue(unit, out var known))
        {
            return known;
        }

        // Units come from foreign data: beyond the limit they are worked out anew each time.
        var measure = Calendar(unit) ?? Ucum.Read(unit);
        return Known.Count < KnownMax ? Known.GetOrAdd(unit, measure) : measure;
    }

    /// <summary>The UCUM code of a calendar word, any other unit as it is.</summary>
    public static string UcumOf(string unit) => unit switch
    {
        "year" => "a",
        "month" => "mo",
        "week" => "wk",
        "day" => "d",
        "hour" => "h",
        "minute" => "min",
        "second" => "s",
        "millisecond" => "ms",
        _ => unit,
    };

    /// <summary>
    /// The days of a unit of time as explicit conversion counts them: a year has 365 and a month 30 in the calendar,
    /// 365.25 and 30.4375 in UCUM. Null for a unit that is no multiple of a day that this decides.
    /// </summary>
    public static decimal? Days(string unit, bool isCalendar) => UcumOf(unit) switch
    {
        "a" => isCalendar ? 365m : 365.25m,
        "mo" => isCalendar ? 30m : 30.4375m,
        "wk" => 7m,
        "d" => 1m,
        "h" => 1m / 24,
        "min" => 1m / 1440,
        "s" => 1m / 86_400,
        "ms" => 1m / 86_400_000,
        _ => null,
    };

    public decimal? ToBase(decimal value)
    {
        try
        {
            return (value + Offset) * Factor;
        }
        catch (OverflowException)
        {
            return null;
        }
    }

    public decimal? FromBase(decimal value)
    {
        try
        {
            return (value / Factor) - Offset;
        }
        catch (OverflowException)
        {
            return null;
        }
    }

    // Calendar years and months convert only into each other: no number of days makes them (N1, 2.1.6.4).
    private static Measure? Calendar(string unit) => unit switch
    {
        "year" => new Measure(12, Dimension.Of("{calendar month}")),
        "month" => new Measure(1, Dimension.Of("{calendar month}")),
        "week" or "day" or "hour" or "minute" or "second" or "millisecond" => Ucum.Read(UcumOf(unit)),
        _ => null,
    };
}
