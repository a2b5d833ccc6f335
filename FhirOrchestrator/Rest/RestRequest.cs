using FhirOrchestrator.Fhir.Json;
using FhirOrchestrator.Fhir.Search;
using FhirOrchestrator.Storage.Resources;

namespace FhirOrchestrator.Rest;

/// <summary>What a writing request wants back (R4, http, Prefer: return).</summary>
internal enum ReturnPreference
{
    Representation,
    Minimal,
    OperationOutcome,
}

/// <summary>A request, of HTTP or an entry of a batch.</summary>
internal sealed record RestRequest
{
    /// <summary>GET, POST, PUT, PATCH, DELETE.</summary>
    public required string Method { get; init; }

    /// <summary>The decoded segments below the base.</summary>
    public required ImmutableArray<string> Path { get; init; }

    /// <summary>The query part, percent-encoded, without question mark.</summary>
    public string Query { get; init; } = "";

    /// <summary>The server's base URL without a slash at its end, for the links in answers.</summary>
    public required string BaseUrl { get; init; }

    /// <summary>The body, null where there is none.</summary>
    public Resource? Body { get; init; }

    /// <summary>The patch that a PATCH brings, null where there is none.</summary>
    public ResourcePatch? Patch { get; init; }

    /// <summary>The form of a <c>_search</c> by POST, percent-encoded.</summary>
    public string? Form { get; init; }

    /// <summary>The version that <c>If-Match</c> names.</summary>
    public long? IfMatch { get; init; }

    /// <summary>The version that <c>If-None-Match</c> names, on reads.</summary>
    public long? IfNoneMatch { get; init; }

    public DateTimeOffset? IfModifiedSince { get; init; }

    /// <summary>The query of <c>If-None-Exist</c>.</summary>
    public string? IfNoneExist { get; init; }

    /// <summary>Null for the default: the resource of a single write, nothing in the entries of a bundle.</summary>
    public ReturnPreference? Prefer { get; init; }

    /// <summary>True for <c>Prefer: handling=lenient</c>: searches leave out what is not supported, and say
    /// so.</summary>
    public bool IsLenient { get; init; }

    /// <summary>Below a compartment: the type asked for, or <c>*</c>; empty where the route has none.</summary>
    public string Member { get; init; } = "";

    /// <summary>The resource type in the path; empty where the route has none.</summary>
    public string Type { get; init; } = "";

    /// <summary>The id in the path; empty where the route has none.</summary>
    public string Id { get; init; } = "";

    /// <summary>The version in the path; empty where the route has none.</summary>
    public string VersionId { get; init; } = "";

    /// <summary>The pairs of the query that no formatting takes.</summary>
    public IEnumerable<KeyValuePair<string, string>> Parameters =>
        QueryText.Decode(Query).Where(pair => pair.Key is not ("_format" or "_pretty"));

    /// <summary><c>base/Type/id</c>.</summary>
    public string UrlOf(StoredResource stored) => $"{BaseUrl}/{stored.Path}";
}
