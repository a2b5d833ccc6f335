using System.Globalization;

namespace FhirOrchestrator.Fhir.Search;

/// <summary>
/// The span of time that a date of some precision stands for (R4, search, date): <c>2020</c> is a whole year. In
/// microseconds since 1970 UTC, from <see cref="Low"/> up to but without <see cref="High"/>. A time without a zone
/// counts as UTC.
/// </summary>
[System.Runtime.InteropServices.StructLayout(System.Runtime.InteropServices.LayoutKind.Auto)]
internal readonly record struct DateSpan(long Low, long High)
{
    /// <summary>The beginning of a period without a start.</summary>
    public const long Earliest = long.MinValue;

    /// <summary>The end of a period without an end.</summary>
    public const long Latest = long.MaxValue;

    /// <summary>The microseconds of an instant.</summary>
    public static long Of(DateTimeOffset at) => Microseconds(at.UtcDateTime);

    /// <summary>The instant of a number of microseconds.</summary>
    public static DateTimeOffset At(long microseconds) =>
        new(DateTime.UnixEpoch.Ticks + (microseconds * TimeSpan.TicksPerMicrosecond), TimeSpan.Zero);

    /// <summary>
    /// The span of a FHIR date, dateTime or instant, or of a partial one in a query; null for anything else.
    /// </summary>
    public static DateSpan? Parse(string text)
    {
        var time = text.IndexOf('T', StringComparison.Ordinal);
        var date = (time < 0 ? text : text[..time]).AsSpan();
        return date.Length switch
        {
            4 when time < 0 && Day($"{date}-01-01") is { } day => Span(day, day.Year == 9999 ? null : day.AddYears(1)),
            7 when time < 0 && Day($"{date}-01") is { } day =>
                Span(day, day is { Year: 9999, Month: 12 } ? null : day.AddMonths(1)),
            10 when Day(date) is { } day => time < 0
                ? Span(day, day is { Year: 9999, Month: 12, Day: 31 } ? null : day.AddDays(1))
                : WithTime(day, text.AsSpan(time + 1)),
            _ => null,
        };
    }

    private static long Microseconds(DateTime utc) =>
        (utc.Ticks - DateTime.UnixEpoch.Ticks) / TimeSpan.TicksPerMicrosecond;

    private static DateTime? Day(ReadOnlySpan<char> text) => DateTime.TryParseExact(
        text, "yyyy-MM-dd", CultureInfo.InvariantCulture,
        DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal,
        out var day)
        ? day
        : null;

    private static DateSpan Span(DateTime low, DateTime? high) =>
        new(Microseconds(low), high is { } end ? Microseconds(end) : Latest);

    private static DateSpan? WithTime(DateTime day, ReadOnlySpan<char> text)
    {
        if (!SplitZone(ref text, out var offset) || text.Length is not (5 or >= 8) || text[2] != ':'
            || !Two(text, 0, 23, out var hour) || !Two(text, 3, 59, out var minute))
        {
            return null;
        }

        var low = Microseconds(day) + (((((hour * 60L) + minute) * 60) - offset) * 1_000_000);
        if (text.Length == 5)
        {
            return new DateSpan(low, low + 60_000_000);
        }

        // Second 60, a leap second, counts as the last second of its minute.
        if (text[5] != ':' || !Two(text, 6, 60, out var second) || Fraction(text[8..]) is not { } fraction)
        {
            return null;
        }

        low += (Math.Min(second, 59) * 1_000_000L) + fraction.Value;
        return new DateSpan(low, low + fraction.Width);
    }

    private static bool SplitZone(ref ReadOnlySpan<char> text, out int offsetSeconds)
    {
        offsetSeconds = 0;
        if (text.EndsWith("Z"))
        {
            text = text[..^1];
            return true;
        }

        // A plus sign that was not encoded arrives as a space.
        var sign = text.LastIndexOfAny("+- ");
        if (sign < 0)
        {
            return true;
        }

        var zone = text[(sign + 1)..];
        if (zone.Length != 5
            || zone[2] != ':'
            || !Two(zone, 0, 14, out var hours)
            || !Two(zone, 3, 59, out var minutes))
        {
            return false;
        }

        offsetSeconds = ((hours * 60) + minutes) * (text[sign] == '-' ? -60 : 60);
        text = text[..sign];
        return true;
    }

    private static bool Two(ReadOnlySpan<char> text, int at, int max, out int value)
    {
        value = 0;
        return text.Length >= at + 2
            && int.TryParse(text.Slice(at, 2), NumberStyles.None, CultureInfo.InvariantCulture, out value)
            && value <= max;
    }

    // Digits beyond microseconds are cut: the stores keep no more.
    private static (long Value, long Width)? Fraction(ReadOnlySpan<char> text)
    {
        if (text.IsEmpty)
        {
            return (0, 1_000_000);
        }

        if (text[0] != '.' || text.Length == 1 || text[1..].ContainsAnyExceptInRange('0', '9'))
        {
            return null;
        }

        var (value, width) = (0L, 1_000_000L);
        foreach (var digit in text[1..Math.Min(text.Length, 7)])
        {
            width /= 10;
            value += (digit - '0') * width;
        }

        return (value, width);
    }
}
