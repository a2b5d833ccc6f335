using FhirOrchestrator.Chains;

namespace FhirOrchestrator.Worklist;

/// <summary>
/// Who sits before the screen, by their own word: a cookie. It names people on Tasks and in the log; it grants nothing,
/// because these doors answer this machine only. Sign-in comes with Access/.
/// </summary>
internal static class Persona
{
    public const string Cookie = "persona";
    private const int NameLengthMax = 80;

    /// <summary>The person of a request; null where nobody said who they are.</summary>
    public static Actor? Of(HttpRequest request) =>
        request.Cookies[Cookie] is { Length: <= NameLengthMax } name && !string.IsNullOrWhiteSpace(name)
            ? new Actor(null, name.Trim()) : null;

    /// <summary>Remembers the person for this browser; an empty name forgets.</summary>
    public static void Remember(HttpResponse response, string name)
    {
        var kept = Shorten(name.Trim());
        var options = new CookieOptions
        {
            HttpOnly = true, SameSite = SameSiteMode.Strict, IsEssential = true, Path = "/",
        };
        if (kept.Length == 0)
        {
            response.Cookies.Delete(Cookie, options);
        }
        else
        {
            response.Cookies.Append(Cookie, kept, options);
        }
    }

    // Half a surrogate pair is no letter.
    private static string Shorten(string name) => name.Length <= NameLengthMax ? name
        : name[..(char.IsHighSurrogate(name[NameLengthMax - 1]) ? NameLengthMax - 1 : NameLengthMax)].TrimEnd();
}
