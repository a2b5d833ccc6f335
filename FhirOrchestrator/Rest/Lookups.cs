using System.Globalization;
using FhirOrchestrator.Storage.Resources;

namespace FhirOrchestrator.Rest;

/// <summary>read, vread and the history of one resource (R4, http).</summary>
internal static class Lookups
{
    /// <summary><c>GET [type]/[id]</c></summary>
    public static async Task<RestAnswer> Read(RestRequest request, RestServer server, CancellationToken ct)
    {
        if (UnknownParameter(request) is { } unknown)
        {
            return unknown.ToAnswer();
        }

        var stored = await server.Reads.ReadAsync(request.Type, request.Id, ct);
        return stored switch
        {
            null => NotFound(request).ToAnswer(),
            { IsDeleted: true } => RestProblem.Deleted(stored.Path).ToAnswer() with { Version = stored.Version },
            _ when IsNotModified(request, stored) => RestAnswer.Of(304, stored, withBody: false),
            _ => RestAnswer.Of(200, stored),
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

    /// <summary><c>GET [type]/[id]/_history</c>, newest first; <c>_count</c> limits it.</summary>
    public static async Task<RestAnswer> History(RestRequest request, RestServer server, CancellationToken ct)
    {
        var countMax = ResourceReads.HistoryMax;
        foreach (var (name, value) in request.Parameters)
        {
            if (name != "_count")
            {
                return RestProblem.Unsupported($"expected _count at most, got '{name}'").ToAnswer();
            }

            if (!int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out countMax))
            {
                return RestProblem.Invalid("expected a whole number at _count, got another text").ToAnswer();
            }
        }

        var versions = await server.Reads.HistoryAsync(request.Type, request.Id, countMax, ct);
        if (versions.Count == 0)
        {
            return NotFound(request).ToAnswer();
        }

        // Versions count up from 1, so the newest one tells how many there are.
        using var bundle = new BundleWriter("history", versions[0].Version);
        bundle.Link("self", $"{request.BaseUrl}/{string.Join('/', request.Path)}");
        foreach (var version in versions)
        {
            bundle.HistoryEntry(request.UrlOf(version), version);
        }

        return new RestAnswer(200) { Body = bundle.ToUtf8() };
    }

    private static RestProblem NotFound(RestRequest request) =>
        RestProblem.NotFound($"expected {request.Type}/{request.Id}, got no such resource");

    private static RestProblem? UnknownParameter(RestRequest request) =>
        request.Parameters.FirstOrDefault().Key is { } name
            ? RestProblem.Unsupported($"expected no parameter but _format and _pretty on a read, got '{name}'")
            : null;

    // A Last-Modified header has whole seconds, so the comparison does too.
    private static bool IsNotModified(RestRequest request, StoredResource stored) => request.IfNoneMatch is { } version
        ? version == stored.Version
        : request.IfModifiedSince is { } since && stored.LastUpdated.ToUnixTimeSeconds() <= since.ToUnixTimeSeconds();
}
