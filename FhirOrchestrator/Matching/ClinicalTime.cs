using System.Globalization;
using FhirOrchestrator.Fhir.Json;

namespace FhirOrchestrator.Matching;

/// <summary>FHIR dates and times as instants for windows: a date without a time is the end of that day.</summary>
internal static class ClinicalTime
{
    /// <summary>
    /// The last instant that a dateTime may mean; null for text that is none. Without a zone it is read as UTC until
    /// sites have zones of their own: a window of days bears the difference.
    /// </summary>
    public static DateTimeOffset? EndOf(string text)
    {
        text = text.TrimStart('@');
        if (Resource.Instant(text) is { } instant)
        {
            return instant;
        }

        return text.Length switch
        {
            4 => Parse(text, "yyyy")?.AddYears(1).AddTicks(-1),
            7 => Parse(text, "yyyy-MM")?.AddMonths(1).AddTicks(-1),
            10 => Parse(text, "yyyy-MM-dd")?.AddDays(1).AddTicks(-1),
            _ => null,
        };
    }

    private static DateTimeOffset? Parse(string text, string form) =>
        DateTimeOffset.TryParseExact(
            text, form, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var at) ? at : null;
}
