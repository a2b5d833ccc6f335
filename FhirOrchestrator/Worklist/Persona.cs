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
        request.Cookies[Cookie] is { Length: > 0 and <= NameLengthMax } name ? new Actor(null, name) : null;

    /// <summary>Remembers the person for this browser.</summary>
    public static void Remember(HttpResponse response, string name)
    {
        var kept = name.Trim();
        response.Cookies.Append(
            Cookie,
            kept.Length > NameLengthMax ? kept[..NameLengthMax] : kept,
            new CookieOptions { HttpOnly = true, SameSite = SameSiteMode.Strict, IsEssential = true, Path = "/" });
    }
}
