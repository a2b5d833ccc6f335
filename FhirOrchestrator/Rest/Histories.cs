using System.Globalization;
using FhirOrchestrator.Fhir.Search;
using FhirOrchestrator.Storage.Resources;

namespace FhirOrchestrator.Rest;

/// <summary>The histories of a resource, a type and the whole system (R4, http, history), newest first.</summary>
internal static class Histories
{
    /// <summary><c>GET [base]/_history</c>, <c>[type]/_history</c> and <c>[type]/[id]/_history</c>.</summary>
    public static async Task<RestAnswer> Read(RestRequest request, RestServer server, CancellationToken ct)
    {
        if (!Query(request).Succeeded(out var query, out var problem))
        {
            return problem.ToAnswer();
        }

        var page = await server.Reads.HistoryAsync(query, ct);
        if (page.Total == 0 && request.Id.Length > 0
            && await server.Reads.ReadAsync(request.Type, request.Id, ct) is null)
        {
            return RestProblem.NotFound(
                $"expected {request.Type}/{request.Id}, got no such resource").ToAnswer();
        }

        return new RestAnswer(200) { Body = Bundle(request, page) };
    }

    private static byte[] Bundle(RestRequest request, HistoryPage page)
    {
        using var bundle = new BundleWriter("history", page.Total);
        var url = $"{request.BaseUrl}/{string.Join('/', request.Path)}";
        var pairs = request.Parameters.ToList();
        bundle.Link("self", Url(url, pairs));
        if (page.Next is { } next)
        {
            pairs.RemoveAll(pair => pair.Key == Searches.CursorName);
            pairs.Add(new(Searches.CursorName, Encode(next)));
            bundle.Link("next", Url(url, pairs));
        }

        foreach (var version in page.Versions)
        {
            bundle.HistoryEntry(request.UrlOf(version), version);
        }

        return bundle.ToUtf8();
    }

    private static string Url(string url, List<KeyValuePair<string, string>> pairs) =>
        pairs.Count == 0 ? url : $"{url}?{QueryText.Encode(pairs)}";

    private static Attempt<HistoryQuery> Query(RestRequest request)
    {
        var query = new HistoryQuery(request.Type, request.Id)
        {
            Count = request.Id.Length > 0 ? ResourceReads.HistoryMax : ResourceReads.PageDefault,
        };
        foreach (var (name, value) in request.Parameters)
        {
            switch (name)
            {
                case "_count" when int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var count):
                    query = query with { Count = count };
                    break;
                case "_count":
                    return RestProblem.Invalid("expected a whole number at _count, got another text");
                case "_since" when DateSpan.Parse(value) is { } since:
                    query = query with { Since = DateSpan.At(since.Low) };
                    break;
                case "_at" when DateSpan.Parse(value) is { } at:
                    query = query with { At = at };
                    break;
                case "_since" or "_at":
                    return RestProblem.Invalid($"expected an instant or a date at {name}, got another text");
                case Searches.CursorName when Decode(value) is { } after:
                    query = query with { After = after };
                    break;
                case Searches.CursorName:
                    return RestProblem.Invalid($"expected the {name} of a next link of this server, got another");
                default:
                    return RestProblem.Unsupported($"expected _count, _since and _at at most, got '{name}'");
            }
        }

        return query;
    }

    private static string Encode(HistoryCursor cursor) => new PageCursor(
        [cursor.UpdatedMicroseconds.ToString(CultureInfo.InvariantCulture), cursor.Type, cursor.Id], cursor.Version)
        .Encode();

    private static HistoryCursor? Decode(string text) =>
        PageCursor.Decode(text, 3) is { Values: [var at, var type, var id] } cursor
        && long.TryParse(at, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var updated)
            ? new HistoryCursor(updated, type, id, cursor.Key)
            : null;
}
