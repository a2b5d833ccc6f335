using FhirOrchestrator.Chains;
using FhirOrchestrator.Facts;

namespace FhirOrchestrator.Storage;

/// <summary>
/// Chains and all that belongs to them. Two implementations: PostgreSQL, and memory for checks and simulation; one
/// contract suite holds both. Every method reads time from the store's own clock.
/// </summary>
internal interface IChainStore
{
    /// <summary>The store's clock.</summary>
    Task<DateTimeOffset> NowAsync(CancellationToken ct);

    /// <summary>Begins the transaction of one change: the chain is locked until it is disposed.</summary>
    Task<IChainTransaction> BeginAsync(ChainId chain, CancellationToken ct);

    /// <summary>A chain as it was last committed, live or ended; null where there is none.</summary>
    Task<ChainRecord?> FindAsync(ChainId chain, CancellationToken ct);

    /// <summary>The chain that has this business key, if any ever had it.</summary>
    Task<ChainId?> FindByKeyAsync(string planUrl, EhrId ehr, string businessKey, CancellationToken ct);

    /// <summary>
    /// Live chains that wait for any of the correlations (<see cref="WaitKey"/>), each with the name it gives it.
    /// </summary>
    Task<ImmutableArray<WaitMatch>> FindWaitingAsync(
        EhrId ehr, ImmutableArray<string> correlations, CancellationToken ct);

    /// <summary>
    /// Live chains of an EHR whose trigger or patient was last read at least that long ago, by the older of the two,
    /// oldest first; of these the ones after a place that an earlier call reached.
    /// </summary>
    Task<ImmutableArray<StaleChain>> FindStaleAsync(
        EhrId ehr, TimeSpan age, StaleChain? after, int countMax, CancellationToken ct);

    /// <summary>
    /// Moves "data as of" of dossier entries that were read again and found the same: to each entry's
    /// <see cref="DossierEntry.ReadAt"/>, never back, and only where the chain still has it in that version. It is no
    /// change of the chain: no event, no revision.
    /// </summary>
    Task NoteReadAsync(ChainId chain, ImmutableArray<DossierEntry> entries, CancellationToken ct);

    /// <summary>
    /// Claims due work, oldest and most urgent first; a claim lasts for the lease and is then given to somebody else.
    /// </summary>
    Task<ImmutableArray<JobLease>> ClaimJobsAsync(int countMax, TimeSpan lease, CancellationToken ct);

    /// <summary>
    /// Due timers. They stay until a change of their chain clears or fires them; firing one twice is harmless.
    /// </summary>
    Task<ImmutableArray<DueTimer>> FindDueTimersAsync(int countMax, CancellationToken ct);

    /// <summary>Claims chains whose FHIR resources no longer show their state.</summary>
    Task<ImmutableArray<PublishLease>> ClaimPublishAsync(int countMax, TimeSpan lease, CancellationToken ct);

    /// <summary>Ends a claim: done, unless the chain changed since (then it stays queued).</summary>
    Task FinishPublishAsync(PublishLease lease, CancellationToken ct);

    /// <summary>Gives a claim back, to be tried again after a delay.</summary>
    Task RetryPublishAsync(PublishLease lease, TimeSpan delay, string reason, CancellationToken ct);

    /// <summary>
    /// Posts an event for a chain; a worker applies it and notes the verdict. Returns the letter's number.
    /// </summary>
    Task<long> PostAsync(ChainId chain, ChainEvent happened, CancellationToken ct);

    /// <summary>Claims posted events in order of posting, one chain's never at once.</summary>
    Task<ImmutableArray<Letter>> ClaimLettersAsync(int countMax, TimeSpan lease, CancellationToken ct);

    /// <summary>Notes what became of a posted event.</summary>
    Task FinishLetterAsync(long letter, Verdict verdict, string? why, CancellationToken ct);

    /// <summary>What became of a posted event, null while nothing has.</summary>
    Task<LetterOutcome?> FindLetterOutcomeAsync(long letter, CancellationToken ct);

    /// <summary>
    /// Notes what is about to be written to an EHR, before it is sent: unique per EHR, chain, step, round and type.
    /// Returns the row as it stands, which is an earlier one where the effect had been begun before.
    /// </summary>
    Task<WrittenEffect> IntendAsync(WrittenEffect effect, CancellationToken ct);

    /// <summary>
    /// Notes what the EHR answered: id, version, the content hash sent, and the resource as last read.
    /// </summary>
    Task SettleAsync(WrittenEffect effect, CancellationToken ct);

    /// <summary>The effect that a resource of an EHR is, null where it is none of ours.</summary>
    Task<WrittenEffect?> FindWrittenAsync(ResourceKey key, CancellationToken ct);

    /// <summary>All effects of a chain, in order of step and round.</summary>
    Task<ImmutableArray<WrittenEffect>> FindWrittenAsync(ChainId chain, CancellationToken ct);
}

/// <summary>The transaction of one change of one chain.</summary>
internal interface IChainTransaction : IAsyncDisposable
{
    /// <summary>The store's clock at the transaction's begin.</summary>
    DateTimeOffset Now { get; }

    /// <summary>The chain, locked; null where it does not exist yet.</summary>
    ChainRecord? Chain { get; }

    /// <summary>
    /// Writes state, dossier, events, commands, waits and the worklist's rows. False, and nothing written, where a new
    /// chain's business key was taken meanwhile, the job's claim is no longer ours, or the letter has been answered;
    /// the transaction is then over, only disposing is left. Incidents follow from the commands, not from the record.
    /// The timer of an applied <see cref="ChainEvent.TimerFired"/> goes. A chain that has ended stays among the ended
    /// ones.
    /// </summary>
    /// <exception cref="InvalidOperationException">
    /// The change does not fit the locked chain: an open question, a revision left out.
    /// </exception>
    Task<bool> SaveAsync(ChainChange change, CancellationToken ct);

    /// <summary>Makes it durable. Without it, disposing undoes everything.</summary>
    Task CommitAsync(CancellationToken ct);
}

/// <summary>A chain as it is stored.</summary>
internal sealed record ChainRecord
{
    public required ChainState State { get; init; }

    /// <summary>The package's folder name.</summary>
    public required string Package { get; init; }

    public required EhrId Ehr { get; init; }

    public required SiteId Site { get; init; }

    public required string BusinessKey { get; init; }

    /// <summary><c>Patient/id</c> at the EHR.</summary>
    public required string Patient { get; init; }

    /// <summary>What made us start it.</summary>
    public required Origin StartedBy { get; init; }

    public required ImmutableArray<DossierEntry> Dossier { get; init; }

    /// <summary>What a person has to see and decide.</summary>
    public ImmutableArray<Incident> Incidents { get; init; } = [];

    public ChainId Id => State.Id;
}

/// <summary>A resource that a chain's conditions look at, as it was read.</summary>
/// <param name="Name"><c>trigger</c>, <c>patient</c>, or the name of an input or a watch; several entries may share
/// it.</param>
/// <param name="Body">The resource's JSON, as bytes; empty where the EHR no longer has it.</param>
/// <param name="ReadAt">When it was read, by the store's clock: "data as of".</param>
internal sealed record DossierEntry(
    string Name, string Type, string Id, string Version, ReadOnlyMemory<byte> Body, DateTimeOffset ReadAt);

/// <summary>Something open that a person must see.</summary>
internal sealed record Incident(StepName? Step, Code Reason, DateTimeOffset OpenedAt);

/// <summary>What one change writes.</summary>
internal sealed record ChainChange
{
    public required ChainRecord Chain { get; init; }

    /// <summary>The events applied, in order, each with the revision it gave.</summary>
    public required ImmutableArray<LoggedEvent> Events { get; init; }

    public required ImmutableArray<ChainCommand> Commands { get; init; }

    /// <summary>The correlations that the chain waits for from now on; default: as before.</summary>
    public ImmutableArray<WaitKey>? Waits { get; init; }

    /// <summary>What people see to do now; replaces the chain's rows.</summary>
    public required ImmutableArray<WorkItem> WorkItems { get; init; }

    /// <summary>The claim that this change finishes; its row goes with the commit.</summary>
    public JobLease? Finished { get; init; }

    /// <summary>The letter that this change answers; its verdict is noted with the commit.</summary>
    public long? Letter { get; init; }
}

/// <summary>An applied event and the chain's revision after it.</summary>
internal sealed record LoggedEvent(long Revision, ChainEvent Happened);

/// <summary>
/// A correlation: <c>Type/id</c> for the resource itself, or <c>Type.element=Type/id</c> for a resource whose top-level
/// element refers to that target; and the dossier name under which it arrives.
/// </summary>
internal sealed record WaitKey(string Correlation, string Name);

/// <summary>A live chain that waits for a correlation.</summary>
internal sealed record WaitMatch(ChainId Chain, string Package, string Correlation, string Name);

/// <summary>A live chain whose data has grown old.</summary>
/// <param name="ReadAt">When the older of its trigger and its patient was last read.</param>
internal sealed record StaleChain(ChainId Chain, DateTimeOffset ReadAt);

/// <summary>A claimed try of a step's effect.</summary>
/// <param name="Epoch">The claim's fence: an older epoch finishes nothing.</param>
internal sealed record JobLease(long Job, ChainId Chain, Attempt Attempt, long Epoch, EhrId Ehr);

/// <summary>A timer that has come due.</summary>
internal sealed record DueTimer(ChainId Chain, StepName Step, TimerKind Kind, DateTimeOffset DueAt);

/// <summary>A claimed chain whose resources are to be brought up to date.</summary>
internal sealed record PublishLease(ChainId Chain, long Revision, long Epoch, int Attempts);

/// <summary>A posted event, claimed.</summary>
internal sealed record Letter(long Number, ChainId Chain, ChainEvent Happened);

/// <summary>What became of a posted event.</summary>
internal sealed record LetterOutcome(Verdict Verdict, string? Why);

/// <summary>A resource that we write to an EHR, and what we know of it there.</summary>
internal sealed record WrittenEffect
{
    public required EhrId Ehr { get; init; }

    public required ChainId Chain { get; init; }

    public required StepName Step { get; init; }

    public required int Round { get; init; }

    /// <summary>Task or Communication.</summary>
    public required string Type { get; init; }

    /// <summary>Hash of the content last sent, noted before it is sent: what comes back with it is our own.</summary>
    public required string ContentHash { get; init; }

    /// <summary>The id at the EHR; null while the outcome is unknown.</summary>
    public string? Id { get; init; }

    /// <summary>The version that our last write made.</summary>
    public string? Version { get; init; }

    /// <summary>
    /// The resource as last read from or answered by the EHR, or as it would have been written where
    /// <see cref="Withheld"/>.
    /// </summary>
    public ReadOnlyMemory<byte> Body { get; init; }

    /// <summary>True where the setting <c>Writes</c> or the EHR's tier keeps it here.</summary>
    public bool Withheld { get; init; }
}

/// <summary>One row of the worklist: an open Task, or a chain or step that needs a decision.</summary>
internal sealed record WorkItem
{
    public required ChainId Chain { get; init; }

    public required StepName Step { get; init; }

    public required int Round { get; init; }

    public required string Title { get; init; }

    /// <summary>FHIR request priority.</summary>
    public required string Priority { get; init; }

    /// <summary>The pool's code and words.</summary>
    public required Code? Pool { get; init; }

    public required string? Owner { get; init; }

    public required DateTimeOffset? Due { get; init; }

    public required StepPhase Phase { get; init; }
}
