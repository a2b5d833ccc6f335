using System.Globalization;
using FhirOrchestrator.Fhir.Search;
using FhirOrchestrator.Storage.Resources;

namespace FhirOrchestrator.Rest;

/// <summary>read and vread (R4, http).</summary>
internal static class Lookups
{
    /// <summary><c>GET [type]/[id]</c></summary>
    public static async Task<RestAnswer> Read(RestRequest request, RestServer server, CancellationToken ct)
    {
        if (!Shape(request).Succeeded(out var query, out var unknown))
        {
            return unknown.ToAnswer();
        }

        var stored = await server.Reads.ReadAsync(request.Type, request.Id, ct);
        return stored switch
        {
            null => NotFound(request).ToAnswer(),
            { IsDeleted: true } => RestProblem.Deleted(stored.Path).ToAnswer() with { Version = stored.Version },
            _ when IsNotModified(request, stored) => RestAnswer.Of(304, stored, withBody: false),
            _ => RestAnswer.Of(200, stored) with { Body = Subset.Of(stored, query.Shape) },
        };
    }

    /// <summary><c>GET [type]/[id]/_history/[version]</c></summary>
    public static async Task<RestAnswer> VersionRead(RestRequest request, RestServer server, CancellationToken ct)
    {
        if (UnknownParameter(request) is { } unknown)
        {
            return unknown.ToAnswer();
        }

        var stored = long.TryParse(request.VersionId, NumberStyles.None, CultureInfo.InvariantCulture, out var version)
            ? await server.Reads.ReadVersionAsync(request.Type, request.Id, version, ct)
            : null;
        return stored switch
        {
            null => RestProblem.NotFound($"expected a version of {request.Type}/{request.Id}, got none").ToAnswer(),
            { IsDeleted: true } => RestProblem.Deleted(stored.Path).ToAnswer() with { Version = stored.Version },
            _ => RestAnswer.Of(200, stored),
        };
    }

    private static RestProblem NotFound(RestRequest request) =>
        RestProblem.NotFound($"expected {request.Type}/{request.Id}, got no such resource");

    // _summary and _elements shorten a read as they do a search (R4, http, read).
    private static Attempt<SearchQuery> Shape(RestRequest request)
    {
        foreach (var (name, value) in request.Parameters)
        {
            if (name is not ("_summary" or "_elements") || value == "count")
            {
                return RestProblem.Unsupported(
                    $"expected no parameter but _summary, _elements, _format and _pretty on a read, got '{name}'");
            }
        }

        var parsed = SearchQuery.Parse(request.Type, QueryText.Encode(request.Parameters));
        return parsed.Succeeded(out var query, out var problem) ? query : RestProblem.Of(problem);
    }

    private static RestProblem? UnknownParameter(RestRequest request) =>
        request.Parameters.FirstOrDefault().Key is { } name
            ? RestProblem.Unsupported($"expected no parameter but _format and _pretty on a read, got '{name}'")
            : null;

    // A Last-Modified header has whole seconds, so the comparison does too.
    private static bool IsNotModified(RestRequest request, StoredResource stored) => request.IfNoneMatch is { } version
        ? version == stored.Version
        : request.IfModifiedSince is { } since && stored.LastUpdated.ToUnixTimeSeconds() <= since.ToUnixTimeSeconds();
}
