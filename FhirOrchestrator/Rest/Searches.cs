using FhirOrchestrator.Fhir.Search;
using FhirOrchestrator.Storage.Resources;

namespace FhirOrchestrator.Rest;

/// <summary>Searches (R4, search) of a type, of the system and of a compartment, page by page.</summary>
internal static class Searches
{
    /// <summary>The parameter of our own <c>next</c> links that says where the page begins.</summary>
    public const string CursorName = "_cursor";

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

    /// <summary><c>GET [base]?…</c>: all types, or those that <c>_type</c> names.</summary>
    public static Task<RestAnswer> GetSystem(RestRequest request, RestServer server, CancellationToken ct) =>
        Get(request, server, ct);

    /// <summary><c>POST [base]/_search</c></summary>
    public static Task<RestAnswer> PostSystem(RestRequest request, RestServer server, CancellationToken ct) =>
        Post(request, server, ct);

    /// <summary><c>GET [compartment]/[id]/[type]?…</c>, or <c>*</c> for all types of the compartment.</summary>
    public static Task<RestAnswer> GetCompartment(RestRequest request, RestServer server, CancellationToken ct) =>
        Get(request, server, ct);

    /// <summary><c>POST [compartment]/[id]/[type]/_search</c></summary>
    public static Task<RestAnswer> PostCompartment(RestRequest request, RestServer server, CancellationToken ct) =>
        Post(request, server, ct);

    /// <summary>How the queries of a request are read.</summary>
    public static async Task<SearchReading> ReadingAsync(
        RestRequest request, RestServer server, CancellationToken ct) => new()
    {
        Catalogs = await server.Store.CatalogsAsync(ct),
        OwnBase = request.BaseUrl,
        IsLenient = request.IsLenient,
        Now = server.Time.GetUtcNow(),
    };

    private static async Task<RestAnswer> Run(RestRequest request, string text, RestServer server, CancellationToken ct)
    {
        var pairs = QueryText.Decode(text);
        var cursorText = pairs.FirstOrDefault(pair => pair.Key == CursorName).Value;
        var plain = QueryText.Encode(pairs.Where(pair => pair.Key != CursorName));
        var reading = await ReadingAsync(request, server, ct);
        var target = request.Member switch { "" => request.Type, "*" => "", var member => member };
        if (!SearchQuery.Parse(target, plain, reading).Succeeded(out var query, out var problem))
        {
            return RestProblem.Of(problem).ToAnswer();
        }

        if (request.Member.Length > 0 && !Confined(request, query).Succeeded(out query, out var nowhere))
        {
            return nowhere.ToAnswer();
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

    private static Attempt<SearchQuery> Confined(RestRequest request, SearchQuery query)
    {
        if (!Compartments.Types.Contains(request.Type))
        {
            return RestProblem.NotFound(
                $"expected a compartment of {string.Join(", ", Compartments.Types)}, got {request.Type}");
        }

        return query.Below(request.Type, request.Id) is { } confined
            ? confined
            : RestProblem.NotFound(
                $"expected a type of the compartment of {request.Type}, got {request.Member}");
    }

    private static byte[] Bundle(RestRequest request, SearchQuery query, string? cursor, SearchPage page)
    {
        using var bundle = new BundleWriter("searchset", page.Total);
        var path = request.Path is [.. var before, "_search"] ? before : request.Path;
        var url = path.IsEmpty ? request.BaseUrl : $"{request.BaseUrl}/{string.Join('/', path)}";
        bundle.Link("self", Url(url, query, cursor));
        if (page.Next is { } next)
        {
            bundle.Link("next", Url(url, query, next.Encode()));
        }

        foreach (var stored in page.Entries)
        {
            bundle.SearchEntry(request.UrlOf(stored), Subset.Of(stored, query.Shape), "match");
        }

        foreach (var stored in page.Included)
        {
            var shape = query.Shape.Covers(stored.Type) ? query.Shape : SearchShape.Whole;
            bundle.SearchEntry(request.UrlOf(stored), Subset.Of(stored, shape), "include");
        }

        if (!query.Ignored.IsEmpty)
        {
            bundle.SearchEntry(null, RestProblem.Warning(query.Ignored).ToUtf8(), "outcome");
        }

        return bundle.ToUtf8();
    }

    private static string Url(string url, SearchQuery query, string? cursor)
    {
        var pairs = cursor is null ? query.Given : query.Given.Add(new(CursorName, cursor));
        return pairs.IsEmpty ? url : $"{url}?{QueryText.Encode(pairs)}";
    }
}
