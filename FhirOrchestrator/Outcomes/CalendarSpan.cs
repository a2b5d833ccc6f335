using System.Globalization;

namespace FhirOrchestrator.Outcomes;

/// <summary>
/// Time spans as plans write them: an ISO 8601 duration (<c>P7D</c>, <c>PT4H</c>), or a FHIRPath time quantity
/// (<c>2 days</c>, <c>4 'h'</c>). Calendar years and months are counted from an instant: a month from 31 January ends
/// on the last of February.
/// </summary>
internal static class CalendarSpan
{
    // Longer than any plan; keeps the arithmetic from overflowing.
    private const decimal DaysMax = 36_525m;

    /// <summary>The span that a text means when it starts at an instant; null where it means none.</summary>
    public static TimeSpan? Parse(string? text, DateTimeOffset from)
    {
        if (text is null || text.Length > 40)
        {
            return null;
        }

        text = text.Trim();
        return text.StartsWith('P') || text.StartsWith("-P", StringComparison.Ordinal)
            ? OfDuration(text, from)
            : OfQuantityText(text, from);
    }

    /// <summary>The span of so many units; null for a unit that is not one of time, or beyond a century.</summary>
    /// <param name="value">How many.</param>
    /// <param name="unit">A calendar word (<c>day</c>, <c>days</c>) or a UCUM code (<c>d</c>, <c>mo</c>).</param>
    /// <param name="from">Where calendar years and months start to count.</param>
    public static TimeSpan? Of(decimal value, string unit, DateTimeOffset from) => unit switch
    {
        "year" or "years" => Months(value * 12, from),
        "month" or "months" => Months(value, from),
        "week" or "weeks" or "wk" => Days(value * 7),
        "day" or "days" or "d" => Days(value),
        "hour" or "hours" or "h" => Days(value / 24),
        "minute" or "minutes" or "min" => Days(value / 1440),
        "second" or "seconds" or "s" => Days(value / 86_400),
        "millisecond" or "milliseconds" or "ms" => Days(value / 86_400_000),
        // UCUM's year and month are mean Julian ones.
        "a" => Days(value * 365.25m),
        "mo" => Days(value * 30.4375m),
        _ => null,
    };

    private static TimeSpan? OfQuantityText(string text, DateTimeOffset from)
    {
        var space = text.IndexOf(' ', StringComparison.Ordinal);
        return space > 0
            && decimal.TryParse(text.AsSpan(0, space), NumberStyles.Number, CultureInfo.InvariantCulture, out var value)
            ? Of(value, text[(space + 1)..].Trim().Trim('\''), from)
            : null;
    }

    private static TimeSpan? OfDuration(string text, DateTimeOffset from)
    {
        var negative = text[0] == '-';
        var at = negative ? 2 : 1;
        var inTime = false;
        var end = from;
        var parts = 0;
        while (at < text.Length)
        {
            if (text[at] == 'T' && !inTime)
            {
                inTime = true;
                at++;
                continue;
            }

            var start = at;
            while (at < text.Length && (char.IsAsciiDigit(text[at]) || text[at] == '.'))
            {
                at++;
            }

            var number = text.AsSpan(start, at - start);
            if (at == text.Length || !decimal.TryParse(
                number, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var value))
            {
                return null;
            }

            if (Unit(text[at++], inTime) is not { } unit || Of(negative ? -value : value, unit, end) is not { } span)
            {
                return null;
            }

            end += span;
            parts++;
        }

        return parts > 0 ? end - from : null;
    }

    private static string? Unit(char letter, bool inTime) => (letter, inTime) switch
    {
        ('Y', false) => "year",
        ('M', false) => "month",
        ('W', false) => "week",
        ('D', false) => "day",
        ('H', true) => "hour",
        ('M', true) => "minute",
        ('S', true) => "second",
        _ => null,
    };

    // Parts of a month have no calendar meaning.
    private static TimeSpan? Months(decimal months, DateTimeOffset from) =>
        decimal.Truncate(months) == months && Math.Abs(months) <= 1200 ? from.AddMonths((int)months) - from : null;

    private static TimeSpan? Days(decimal days) => Math.Abs(days) <= DaysMax
        ? TimeSpan.FromTicks((long)decimal.Round(days * TimeSpan.TicksPerDay))
        : null;
}
