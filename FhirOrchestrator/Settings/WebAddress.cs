using System.Net;

namespace FhirOrchestrator.Settings;

/// <summary>The address of a server in a setting.</summary>
internal static class WebAddress
{
    public const string Expected =
        "an absolute http(s) URL without user name, query and fragment, such as https://ehr.example.org/fhir";

    /// <summary>The address without a slash at its end; null where the text is no such address.</summary>
    public static Uri? Read(string text) =>
        Uri.TryCreate(text.TrimEnd('/'), UriKind.Absolute, out var url)
        && (url.Scheme == Uri.UriSchemeHttp || url.Scheme == Uri.UriSchemeHttps)
        && url.UserInfo.Length == 0
        && url.Query.Length == 0
        && url.Fragment.Length == 0
        && url.Host.Length > 0
        && !text.Contains('?')
        && !text.Contains('#')
            ? url
            : null;

    /// <summary>How the machine itself reaches what listens there: a wildcard is read as localhost.</summary>
    /// <param name="listening">A checked <c>http(s)://host:port</c>.</param>
    public static Uri OfListening(string listening)
    {
        var address = BindingAddress.Parse(listening);
        var isAny = address.Host is "*" or "+"
            || (IPAddress.TryParse(address.Host.Trim('[', ']'), out var ip)
                && (ip.Equals(IPAddress.Any) || ip.Equals(IPAddress.IPv6Any)));
        return new UriBuilder(address.Scheme, isAny ? "localhost" : address.Host, address.Port).Uri;
    }

    /// <summary>The text for a message: one that may hold a password or a token is not shown.</summary>
    public static string Show(string text) =>
        text.Contains('@') || text.Contains('?') ? "one with a user name or a query" : $"\"{text}\"";
}
