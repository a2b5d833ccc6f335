using System.Globalization;
using Microsoft.Net.Http.Headers;

namespace FhirOrchestrator.Rest;

/// <summary>The forms that HTTP gives things: media types, entity tags, preferences.</summary>
internal static class HttpForms
{
    public const string Form = "application/x-www-form-urlencoded";
    public const string FhirJson = "application/fhir+json; charset=utf-8";

    /// <summary>The version in <c>W/"1"</c> or <c>"1"</c>; null for another text.</summary>
    public static long? Version(string tag)
    {
        var text = tag.AsSpan().Trim();
        text = text.StartsWith("W/") ? text[2..] : text;
        return text.Length >= 3 && text[0] == '"' && text[^1] == '"'
            && long.TryParse(text[1..^1], NumberStyles.None, CultureInfo.InvariantCulture, out var version)
            ? version
            : null;
    }

    /// <summary>True for the JSON forms of FHIR.</summary>
    public static bool IsJson(string? contentType) =>
        MediaTypeHeaderValue.TryParse(contentType, out var type) && IsJson(type);

    /// <summary>True for a JSON Patch.</summary>
    public static bool IsJsonPatch(string? contentType) =>
        MediaTypeHeaderValue.TryParse(contentType, out var type)
        && type.MediaType.Equals(ResourcePatch.JsonPatchType, StringComparison.OrdinalIgnoreCase);

    /// <summary>True for a form, as <c>_search</c> by POST has it.</summary>
    public static bool IsForm(string? contentType) =>
        MediaTypeHeaderValue.TryParse(contentType, out var type)
        && type.MediaType.Equals(Form, StringComparison.OrdinalIgnoreCase);

    /// <summary>True where the client takes JSON; <c>_format</c> counts before <c>Accept</c>.</summary>
    public static bool AcceptsJson(HttpRequest request, string? format)
    {
        if (format is not null)
        {
            return format is "json" or "text/json" || IsJson(format.Replace(' ', '+'));
        }

        var accepted = request.Headers.Accept;
        return accepted.Count == 0
            || !MediaTypeHeaderValue.TryParseList(accepted, out var types)
            || types.Any(type => type.Quality is not 0 && (type.MatchesAllTypes || IsJson(type)
                || (type.MatchesAllSubTypes && type.Type == "application")));
    }

    /// <summary>
    /// True where <c>Prefer: handling=lenient</c> asks to leave out what is not supported. Without a word this server
    /// is strict: a filter that is dropped finds too much.
    /// </summary>
    public static bool IsLenient(HttpRequest request) => request.Headers["Prefer"]
        .SelectMany(each => (each ?? "").Split([',', ';'])).Any(part => part.Trim() == "handling=lenient");

    /// <summary>What <c>Prefer: return=…</c> asks for, null where it does not say.</summary>
    public static ReturnPreference? Prefer(HttpRequest request)
    {
        foreach (var part in request.Headers["Prefer"].SelectMany(each => (each ?? "").Split([',', ';'])))
        {
            switch (part.Trim())
            {
                case "return=representation":
                    return ReturnPreference.Representation;
                case "return=minimal":
                    return ReturnPreference.Minimal;
                case "return=OperationOutcome":
                    return ReturnPreference.OperationOutcome;
            }
        }

        return null;
    }

    private static bool IsJson(MediaTypeHeaderValue type) =>
        type.MediaType.Equals("application/fhir+json", StringComparison.OrdinalIgnoreCase)
        || type.MediaType.Equals("application/json", StringComparison.OrdinalIgnoreCase);
}
