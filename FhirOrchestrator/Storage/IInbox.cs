using FhirOrchestrator.Facts;

namespace FhirOrchestrator.Storage;

/// <summary>What EHRs announced and sweeps found: durable before it is acknowledged, kept as it came.</summary>
internal interface IInbox
{
    /// <summary>Appends a delivery as it came; when this returns, it is durable.</summary>
    Task<InboxId> AppendAsync(Delivery delivery, CancellationToken ct);

    /// <summary>
    /// Appends what a sweep found, except the versions that are seen or already wait in the inbox; returns how many
    /// were new. The registration's watermark moves in the same transaction, never back. An entry about the resource
    /// that waits without naming a version covers the find, because it will be read later than the sweep looked; one
    /// that is being read does not. A find carries <see cref="Origin.Sweep"/>, method GET, target and version, and no
    /// body; it is claimed after older deliveries of its EHR that name no resource, at most five minutes.
    /// </summary>
    Task<int> AppendFoundAsync(
        Registration registration, ImmutableArray<FoundVersion> found, DateTimeOffset watermark, CancellationToken ct);

    /// <summary>Claims entries that are due, oldest first; entries of one lane never at once.</summary>
    Task<ImmutableArray<InboxLease>> ClaimAsync(int countMax, TimeSpan lease, CancellationToken ct);

    /// <summary>True where this version has been dealt with.</summary>
    Task<bool> IsSeenAsync(ResourceKey key, string version, CancellationToken ct);

    /// <summary>
    /// Notes the verdicts and the versions dealt with so far, in one transaction; the entry stays claimed. For entries
    /// that are dealt with in portions.
    /// </summary>
    Task NoteAsync(
        InboxLease lease,
        ImmutableArray<SeenVersion> seen,
        ImmutableArray<NotedVerdict> verdicts,
        CancellationToken ct);

    /// <summary>
    /// Ends an entry: notes the verdicts and the versions dealt with, in one transaction; nothing where the claim is no
    /// longer ours. The first origin noted for a version stays.
    /// </summary>
    Task FinishAsync(
        InboxLease lease,
        ImmutableArray<SeenVersion> seen,
        ImmutableArray<NotedVerdict> verdicts,
        CancellationToken ct);

    /// <summary>Sets an entry aside for a person, with the reason; its bytes stay.</summary>
    Task QuarantineAsync(InboxLease lease, string reason, string words, CancellationToken ct);

    /// <summary>Gives an entry back, to be tried again after a delay.</summary>
    Task RetryAsync(InboxLease lease, TimeSpan delay, string reason, CancellationToken ct);
}

/// <summary>A delivery from an EHR, or a sweep's find: raw.</summary>
internal sealed record Delivery
{
    public required EhrId Ehr { get; init; }

    /// <summary>The registration's package and subscription name.</summary>
    public required string Package { get; init; }

    public required string Subscription { get; init; }

    public required Origin Origin { get; init; }

    /// <summary>POST, PUT or DELETE; GET for a sweep's find.</summary>
    public required string Method { get; init; }

    /// <summary><c>Type/id</c> from the URL, null where it had none.</summary>
    public string? Target { get; init; }

    /// <summary>The version, where it is known without reading the body.</summary>
    public string? Version { get; init; }

    public string? ContentType { get; init; }

    public required ReadOnlyMemory<byte> Body { get; init; }
}

/// <summary>A resource's version that a sweep came across.</summary>
internal sealed record FoundVersion(ResourceKey Key, string Version);

/// <summary>A claimed inbox entry.</summary>
internal sealed record InboxLease(InboxId Id, Delivery Delivery, DateTimeOffset ReceivedAt, int Attempts, long Epoch);

/// <summary>A version that has been dealt with, and how it was first learned of.</summary>
internal sealed record SeenVersion(ResourceKey Key, string Version, Origin Origin);

/// <summary>A verdict about one resource's version.</summary>
internal sealed record NotedVerdict(ResourceKey? Key, string? Version, MatchVerdict Verdict);
