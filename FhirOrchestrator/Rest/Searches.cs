using FhirOrchestrator.Fhir.Search;
using FhirOrchestrator.Storage.Resources;

namespace FhirOrchestrator.Rest;

/// <summary>Searches of one type (R4, search), page by page.</summary>
internal static class Searches
{
    /// <summary>The parameter of our own <c>next</c> links that says where the page begins.</summary>
    private const string CursorName = "_cursor";

    /// <summary><c>GET [type]?…</c></summary>
    public static Task<RestAnswer> Get(RestRequest request, RestServer server, CancellationToken ct) =>
        Run(request, request.Query, server, ct);

    /// <summary><c>POST [type]/_search</c>: the form's pairs and those of the URL count alike.</summary>
    public static Task<RestAnswer> Post(RestRequest request, RestServer server, CancellationToken ct) =>
        request.Form is { } form
            ? Run(request, string.Join('&', new[] { request.Query, form }.Where(part => part.Length > 0)), server, ct)
            : Task.FromResult(new RestProblem(
                415, "invalid",
                "expected application/x-www-form-urlencoded at _search, got another content type").ToAnswer());

    private static async Task<RestAnswer> Run(RestRequest request, string text, RestServer server, CancellationToken ct)
    {
        var pairs = QueryText.Decode(text);
        var cursorText = pairs.FirstOrDefault(pair => pair.Key == CursorName).Value;
        var plain = QueryText.Encode(pairs.Where(pair => pair.Key != CursorName));
        if (!request.Search(request.Type, plain).Succeeded(out var query, out var problem))
        {
            return RestProblem.Of(problem).ToAnswer();
        }

        var cursor = cursorText is null ? null : PageCursor.Decode(cursorText, query.Sort.Length);
        if (cursorText is not null && cursor is null)
        {
            return RestProblem.Invalid(
                $"expected the {CursorName} of a next link of this server, got another").ToAnswer();
        }

        var page = await server.Reads.SearchAsync(query, cursor, ct);
        return new RestAnswer(200) { Body = Bundle(request, query, cursorText, page) };
    }

    private static byte[] Bundle(RestRequest request, SearchQuery query, string? cursor, SearchPage page)
    {
        using var bundle = new BundleWriter("searchset", page.Total);
        var url = $"{request.BaseUrl}/{request.Type}";
        bundle.Link("self", Url(url, query, cursor));
        if (page.Next is { } next)
        {
            bundle.Link("next", Url(url, query, next.Encode()));
        }

        foreach (var stored in page.Entries)
        {
            bundle.MatchEntry(request.UrlOf(stored), stored);
        }

        return bundle.ToUtf8();
    }

    private static string Url(string url, SearchQuery query, string? cursor)
    {
        var pairs = cursor is null ? query.Given : query.Given.Add(new(CursorName, cursor));
        return pairs.IsEmpty ? url : $"{url}?{QueryText.Encode(pairs)}";
    }
}
