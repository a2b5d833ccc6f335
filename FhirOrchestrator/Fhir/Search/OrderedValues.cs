using System.Globalization;

namespace FhirOrchestrator.Fhir.Search;

/// <summary>Reads the values that take prefixes: dates, numbers and quantities (R4, search, prefixes).</summary>
internal static class OrderedValues
{
    private static readonly (string Text, SearchPrefix Prefix)[] Prefixes =
    [
        ("eq", SearchPrefix.Equal), ("ne", SearchPrefix.NotEqual), ("gt", SearchPrefix.Greater),
        ("lt", SearchPrefix.Less), ("ge", SearchPrefix.GreaterOrEqual), ("le", SearchPrefix.LessOrEqual),
        ("sa", SearchPrefix.StartsAfter), ("eb", SearchPrefix.EndsBefore), ("ap", SearchPrefix.Approximate),
    ];

    /// <summary>The date, or what was expected.</summary>
    /// <param name="now">The instant of asking; <c>ap</c> widens by a tenth of the distance to it.</param>
    public static (SearchValue? Value, string? Expected) Date(string part, DateTimeOffset? now)
    {
        var (prefix, rest) = TakePrefix(part);
        if (DateSpan.Parse(rest) is not { } span)
        {
            return (null, "a date (yyyy[-MM[-dd[Thh:mm[:ss][zone]]]]) behind eq, ne, gt, lt, ge, le, sa, eb, ap or "
                + "nothing");
        }

        if (prefix != SearchPrefix.Approximate)
        {
            return (new SearchValue.Date(prefix, span.Low, span.High), null);
        }

        if (now is not { } instant)
        {
            return (null, "a prefix other than ap, which depends on the time of asking,");
        }

        var at = DateSpan.Of(instant);
        var distance = at < span.Low ? span.Low - at : at > span.High ? at - span.High : 0;
        return (new SearchValue.Date(prefix, span.Low - (distance / 10), Later(span.High, distance / 10)), null);
    }

    /// <summary>The number or quantity, or what was expected.</summary>
    public static (SearchValue? Value, string? Expected) Quantity(string part, bool hasUnit)
    {
        var parts = QueryText.Split(part, '|').Select(QueryText.Unescaped).ToList();
        var (prefix, number) = TakePrefix(parts[0]);
        if (parts.Count != 1 && !(hasUnit && parts.Count == 3 && parts[2].Length > 0))
        {
            return (null, hasUnit ? "number, number|system|code or number||code" : "a number");
        }

        if (!decimal.TryParse(number, NumberStyles.Float, CultureInfo.InvariantCulture, out var value)
            || Half(number) is not { } half || Math.Abs(value) > decimal.MaxValue / 4 || half > decimal.MaxValue / 4)
        {
            return (null, "a number");
        }

        var width = prefix == SearchPrefix.Approximate ? Math.Abs(value) / 10 : half;
        var code = parts.Count == 3 ? parts[2] : null;
        return (
            new SearchValue.Quantity(
                prefix,
                value - width,
                value + width,
                value,
                parts.Count == 3 && parts[1].Length > 0 ? parts[1] : null,
                code,
                code is null ? null : FoldedText.Of(code)),
            null);
    }

    private static long Later(long at, long by) => at > DateSpan.Latest - by ? DateSpan.Latest : at + by;

    private static (SearchPrefix Prefix, string Value) TakePrefix(string part)
    {
        foreach (var (text, prefix) in Prefixes)
        {
            if (part.StartsWith(text, StringComparison.Ordinal))
            {
                return (prefix, part[2..]);
            }
        }

        return (SearchPrefix.Equal, part);
    }

    // Half of the last digit's weight: 100 covers 99.5 up to 100.5, 1e2 covers 50 up to 150.
    private static decimal? Half(string number)
    {
        var exponentAt = number.IndexOfAny(['e', 'E']);
        var mantissa = exponentAt < 0 ? number : number[..exponentAt];
        var point = mantissa.IndexOf('.', StringComparison.Ordinal);
        var digits = point < 0 ? 0 : mantissa.Length - point - 1;
        var exponent = exponentAt < 0
            ? 0
            : int.TryParse(
                number.AsSpan(exponentAt + 1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var e)
                ? e
                : 99;
        var half = 0.5m;
        for (var weight = (long)exponent - digits; weight != 0; weight += weight > 0 ? -1 : 1)
        {
            if (Math.Abs(weight) > 28)
            {
                return null;
            }

            half = weight > 0 ? half * 10 : half / 10;
        }

        return half;
    }
}
