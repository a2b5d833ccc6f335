using System.Globalization;

namespace FhirOrchestrator.Fhir.Definitions.Packages;

/// <summary>A canonical reference, taken apart: <c>url|version</c> (R4, references, canonical).</summary>
internal readonly record struct Canonical(string Url, string? Version)
{
    /// <summary>Takes a canonical apart; a fragment stays with the URL.</summary>
    public static Canonical Parse(string text) =>
        text.IndexOf('|', StringComparison.Ordinal) is >= 0 and var bar
            ? new(text[..bar], text[(bar + 1)..])
            : new(text, null);

    /// <summary>
    /// Orders versions: numbers by their value, what else there is as text; a label after a hyphen comes before the
    /// version without it, as in <c>1.2.0-ballot</c>.
    /// </summary>
    public static int CompareVersions(string left, string right)
    {
        var (a, b) = (left.Split('-', 2), right.Split('-', 2));
        var (one, other) = (a[0].Split('.'), b[0].Split('.'));
        for (var at = 0; at < Math.Max(one.Length, other.Length); at++)
        {
            var (x, y) = (at < one.Length ? one[at] : "", at < other.Length ? other[at] : "");
            var order = int.TryParse(x, CultureInfo.InvariantCulture, out var m)
                && int.TryParse(y, CultureInfo.InvariantCulture, out var n)
                ? m.CompareTo(n)
                : string.CompareOrdinal(x, y);
            if (order != 0)
            {
                return order;
            }
        }

        return a.Length == 2 && b.Length == 2 ? string.CompareOrdinal(a[1], b[1]) : b.Length.CompareTo(a.Length);
    }

    public override string ToString() => Version is null ? Url : $"{Url}|{Version}";
}
