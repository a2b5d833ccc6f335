using System.Globalization;
using System.Net.Http.Headers;

namespace FhirOrchestrator.Remote;

/// <summary>
/// How long a server wants to be left alone: <c>Retry-After</c>, or <c>RateLimit</c> where that is all it sends.
/// </summary>
internal static class RetryAfter
{
    /// <summary>What the reply asks for, null where it asks for nothing; never negative.</summary>
    public static TimeSpan? Of(HttpResponseMessage reply, DateTimeOffset now)
    {
        if (reply.Headers.RetryAfter is { } header)
        {
            // An HTTP date is the server's clock: count from its Date, not from ours.
            var asked = header.Delta ?? (header.Date - (reply.Headers.Date ?? now));
            return asked is null ? null : asked.Value < TimeSpan.Zero ? TimeSpan.Zero : asked;
        }

        return reply.Headers.TryGetValues("RateLimit", out var values) ? OfRateLimit(string.Join(',', values)) : null;
    }

    /// <summary>A pause as a header: whole seconds, rounded up so that nobody comes early.</summary>
    public static RetryConditionHeaderValue Header(TimeSpan pause) =>
        new(TimeSpan.FromSeconds(Math.Ceiling(pause.TotalSeconds)));

    // Medplum: "RateLimit: "requests";r=0;t=19": r left, t seconds until there are more.
    private static TimeSpan? OfRateLimit(string text)
    {
        var (isEmpty, seconds) = (false, (int?)null);
        foreach (var part in text.Split([';', ','], StringSplitOptions.TrimEntries))
        {
            if (part.StartsWith("r=", StringComparison.OrdinalIgnoreCase))
            {
                isEmpty = part[2..] == "0";
            }
            else if (part.StartsWith("t=", StringComparison.OrdinalIgnoreCase)
                && int.TryParse(part.AsSpan(2), NumberStyles.None, CultureInfo.InvariantCulture, out var left))
            {
                seconds = left;
            }
        }

        return isEmpty && seconds is { } wait ? TimeSpan.FromSeconds(wait) : null;
    }
}
