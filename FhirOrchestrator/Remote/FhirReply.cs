using FhirOrchestrator.Fhir.Json;

namespace FhirOrchestrator.Remote;

/// <summary>What an EHR answered to one request, or why there is no answer. Never an exception.</summary>
internal sealed record FhirReply
{
    public required FhirOutcome Outcome { get; init; }

    /// <summary>The HTTP status; null where no reply came.</summary>
    public int? Status { get; init; }

    /// <summary>The resource in the body: what was asked for, or an OperationOutcome.</summary>
    public Resource? Body { get; init; }

    /// <summary>The version from the ETag, else from <c>meta.versionId</c>.</summary>
    public string? Version { get; init; }

    /// <summary>The id from the body, else from the Location header.</summary>
    public string? Id { get; init; }

    /// <summary>The server's clock (Date header), whole seconds.</summary>
    public DateTimeOffset? Date { get; init; }

    /// <summary>How long the server (or the open breaker) wants to be left alone.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>What happened, for people: statuses and issue codes, never diagnostics or patient data.</summary>
    public required string Words { get; init; }

    /// <summary>True where the request was done.</summary>
    public bool IsOk => Outcome == FhirOutcome.Ok;

    /// <summary>
    /// True where the server itself says, in FHIR, that the resource does not exist: 410, or 404 with an
    /// OperationOutcome. A bare 404 may be a proxy's or a wrong base URL's, and must not count as a deletion.
    /// </summary>
    public bool IsSurelyGone =>
        Outcome == FhirOutcome.Gone || (Outcome == FhirOutcome.NotFound && Body?.Type == "OperationOutcome");

    /// <summary>True where the same request may succeed later and nothing was done by this one.</summary>
    public bool IsPassing => Outcome is FhirOutcome.Throttled or FhirOutcome.Unavailable;
}

/// <summary>How a request to an EHR ended.</summary>
internal enum FhirOutcome
{
    Ok,

    /// <summary>404.</summary>
    NotFound,

    /// <summary>410: it existed and was deleted.</summary>
    Gone,

    /// <summary>409.</summary>
    Conflict,

    /// <summary>412: a stale <c>If-Match</c>, or several matches of <c>If-None-Exist</c>.</summary>
    PreconditionFailed,

    /// <summary>
    /// Another 4xx, a redirect, or a request that this client refuses to send: repeating it does not help.
    /// </summary>
    Refused,

    /// <summary>401 or 403.</summary>
    Unauthorized,

    /// <summary>429, 503 with Retry-After, or a pause that an earlier one asked for: nothing was done.</summary>
    Throttled,

    /// <summary>No connection, breaker open, or an unusable reply to a read: nothing was done.</summary>
    Unavailable,

    /// <summary>The request was sent and may have been done: read back before deciding.</summary>
    Unknown,
}
