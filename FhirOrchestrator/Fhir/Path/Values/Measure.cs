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
