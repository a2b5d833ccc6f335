using FhirOrchestrator.Chains;
using FhirOrchestrator.Facts;

namespace FhirOrchestrator.Storage.Memory;

/// <summary>
/// The rows of the in-memory store, for checks and simulation: what the schema says, without a disk. Every access holds
/// <see cref="Gate"/>; no task is ever waited for inside it.
/// </summary>
internal sealed class MemoryTables(TimeProvider time, WakeBoard wake)
{
    private long _numbers;

    public Lock Gate { get; } = new();

    public WakeBoard Wake { get; } = wake;

    public Dictionary<ChainId, MemoryChain> Chains { get; } = [];

    public Dictionary<(string Plan, EhrId Ehr, string Key), ChainId> Keys { get; } = [];

    public Dictionary<ChainId, ImmutableArray<WaitKey>> Waits { get; } = [];

    public Dictionary<ChainId, ImmutableArray<WorkItem>> WorkItems { get; } = [];

    public Dictionary<ChainId, List<LoggedEvent>> Events { get; } = [];

    public SortedDictionary<long, MemoryJob> Jobs { get; } = [];

    public Dictionary<(ChainId Chain, StepName Step, TimerKind Kind), DateTimeOffset> Timers { get; } = [];

    public Dictionary<ChainId, MemoryPublish> Publishes { get; } = [];

    public SortedDictionary<long, MemoryLetter> Letters { get; } = [];

    public Dictionary<(EhrId Ehr, ChainId Chain, StepName Step, int Round, string Type), WrittenEffect> Written
    {
        get;
    } = [];

    public SortedDictionary<long, MemoryEntry> Inbox { get; } = [];

    public Dictionary<(ResourceKey Key, string Version), Origin> Seen { get; } = [];

    public List<(InboxId Inbox, NotedVerdict Noted)> Verdicts { get; } = [];

    public List<(InboxLease Entry, string Reason, string Words)> Quarantined { get; } = [];

    public Dictionary<(EhrId Ehr, string Package, string Name), Registration> Registrations { get; } = [];

    public DateTimeOffset Now => time.GetUtcNow();

    public long NextNumber() => ++_numbers;
}

/// <summary>A chain's row.</summary>
internal sealed record MemoryChain(ChainRecord Record, bool HasEnded);

/// <summary>A job's row.</summary>
internal sealed record MemoryJob(
    ChainId Chain,
    EhrId Ehr,
    Attempt Attempt,
    int Priority,
    DateTimeOffset RunAt,
    DateTimeOffset? LeasedUntil,
    long Epoch);

/// <summary>A row of the publish queue.</summary>
internal sealed record MemoryPublish(
    long Revision, DateTimeOffset RunAt, DateTimeOffset? LeasedUntil, long Epoch, int Attempts);

/// <summary>A posted event.</summary>
internal sealed record MemoryLetter(
    ChainId Chain, ChainEvent Happened, DateTimeOffset? LeasedUntil, LetterOutcome? Outcome);

/// <summary>An entry of the inbox that waits or is being read.</summary>
internal sealed record MemoryEntry(
    Delivery Delivery,
    DateTimeOffset ReceivedAt,
    DateTimeOffset DueAt,
    DateTimeOffset? LeasedUntil,
    int Attempts,
    long Epoch)
{
    public string? Lane => InboxLane.Of(Delivery);
}
