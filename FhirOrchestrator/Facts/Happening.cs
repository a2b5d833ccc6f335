using FhirOrchestrator.Fhir.Json;

namespace FhirOrchestrator.Facts;

/// <summary>
/// A resource of an EHR as it is now, because something was announced or found about it. The resource was read from the
/// EHR, not taken from an announcement.
/// </summary>
/// <param name="Key">Which resource.</param>
/// <param name="Version">The version read; a made-up one (hash of the content) where the EHR has none.</param>
/// <param name="Resource">The resource; null where the EHR no longer has it.</param>
/// <param name="Origin">How we came to know.</param>
/// <param name="Inbox">The inbox entry that led here.</param>
/// <param name="SeenAt">When it was read, by the store's clock.</param>
internal sealed record Happening(
    ResourceKey Key, string Version, Resource? Resource, Origin Origin, InboxId Inbox, DateTimeOffset SeenAt)
{
    /// <summary>True where the EHR answered 404 or 410.</summary>
    public bool IsDeleted => Resource is null;
}

/// <summary>An entry of the inbox.</summary>
internal readonly record struct InboxId(long Value);

/// <summary>What matching said about one happening and one plan (or about no plan): kept and shown.</summary>
/// <param name="Plan">The plan's URL; null where the verdict is about the happening as such.</param>
/// <param name="Kind">What came of it.</param>
/// <param name="Reason">A code: of the plan's own conditions, or one of <see cref="MatchReasons"/>.</param>
/// <param name="Words">The reason in words, without patient data.</param>
/// <param name="Chain">The chain started, signalled or already there.</param>
internal sealed record MatchVerdict(
    string? Plan, MatchKind Kind, string Reason, string Words, Chains.ChainId? Chain = null);

/// <summary>What matching can come to.</summary>
internal enum MatchKind
{
    Started,

    /// <summary>A chain for this business key exists, or existed.</summary>
    AlreadyStarted,

    /// <summary>A live chain was told.</summary>
    Signalled,

    /// <summary>A start condition of the plan does not hold.</summary>
    NotMatched,

    /// <summary>Our own write came back.</summary>
    OwnWrite,

    /// <summary>This version had been dealt with already.</summary>
    Duplicate,

    /// <summary>Cannot be read safely: a person looks at it.</summary>
    Quarantined,
}

/// <summary>The reasons that do not come from a plan.</summary>
internal static class MatchReasons
{
    public const string Started = "started";
    public const string AlreadyStarted = "already-started";
    public const string OutsideStartWindow = "outside-start-window";
    public const string NoPlan = "no-plan";
    public const string OwnWrite = "own-write";
    public const string Duplicate = "duplicate";
    public const string Stale = "stale";
    public const string Deleted = "deleted";
    public const string UnknownModifier = "unknown-modifier";
    public const string Unreadable = "unreadable";
}
