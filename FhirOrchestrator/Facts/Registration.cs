namespace FhirOrchestrator.Facts;

/// <summary>A subscription of a package at an EHR, as this installation wants it and as it was last seen.</summary>
internal sealed record Registration
{
    public required EhrId Ehr { get; init; }

    /// <summary>The package's folder name.</summary>
    public required string Package { get; init; }

    /// <summary>The subscription file's name without <c>.json</c>.</summary>
    public required string Name { get; init; }

    /// <summary>The opaque last part of the hook's URL: 32 random bytes, base64url.</summary>
    public required string Token { get; init; }

    /// <summary>The secret that the EHR sends in the header: 32 random bytes, base64url.</summary>
    public required string Secret { get; init; }

    /// <summary>What is asked for: <c>Type?query</c>, also swept; a topic's filter is derived from it.</summary>
    public required string Criteria { get; init; }

    /// <summary>Hash of the subscription as submitted; another hash is a change to submit.</summary>
    public required string ContentHash { get; init; }

    /// <summary>The id that the EHR gave the Subscription; null before it did.</summary>
    public string? RemoteId { get; init; }

    public required RegistrationStatus Status { get; init; }

    /// <summary>Why it is in error or off, in words; null when it is well.</summary>
    public string? Problem { get; init; }

    /// <summary>Up to where (the EHR's clock) everything has been looked at by a sweep.</summary>
    public DateTimeOffset? Watermark { get; init; }

    /// <summary>When a notification last came.</summary>
    public DateTimeOffset? LastNotification { get; init; }
}

/// <summary>How a registration stands.</summary>
internal enum RegistrationStatus
{
    /// <summary>Not submitted yet, or the EHR could not be reached.</summary>
    Wanted,

    /// <summary>Submitted, not yet active at the EHR.</summary>
    Requested,

    Active,

    /// <summary>The EHR reports an error.</summary>
    Error,

    /// <summary>The EHR switched it off.</summary>
    Off,
}
