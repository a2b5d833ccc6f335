namespace FhirOrchestrator.Chains;

/// <summary>
/// Where a chain stands: everything that the machine needs to decide the next event, and nothing of FHIR.
/// </summary>
internal sealed record ChainState
{
    public required ChainId Id { get; init; }

    public required PlanVersion Plan { get; init; }

    /// <summary>Counts applied events; 0 before the first.</summary>
    public long Revision { get; init; }

    public ChainPhase Phase { get; init; } = ChainPhase.Starting;

    public DateTimeOffset? StartedAt { get; init; }

    public DateTimeOffset? EndedAt { get; init; }

    /// <summary>Why the chain was stopped, held or suspended; null while it runs as planned.</summary>
    public Code? Reason { get; init; }

    /// <summary>True where the stop voids the start itself.</summary>
    public bool Voided { get; init; }

    /// <summary>The steps by name; all of the plan's from the first event on.</summary>
    public ImmutableSortedDictionary<StepName, StepState> Steps { get; init; } =
        ImmutableSortedDictionary<StepName, StepState>.Empty;

    /// <summary>What the shell has been asked to evaluate, null when nothing is open.</summary>
    public Question? Asked { get; init; }
}

/// <summary>The phases of a chain.</summary>
internal enum ChainPhase
{
    /// <summary>Created, its first event not applied yet.</summary>
    Starting,

    Running,

    /// <summary>The EHR put the request on hold; nothing new starts.</summary>
    Suspended,

    /// <summary>The subject guard or a person stopped every outward effect; a person decides.</summary>
    Held,

    /// <summary>A stop rule held or a person cancelled; correcting steps run.</summary>
    Stopping,

    /// <summary>All steps ended.</summary>
    Completed,

    /// <summary>Ended by a stop.</summary>
    Stopped,
}

/// <summary>
/// An open question to the shell: evaluate these, then come back with <see cref="ChainEvent.Evaluated"/>.
/// </summary>
/// <param name="Expressions">What to evaluate, each once, in order.</param>
internal sealed record Question(ImmutableArray<Ask> Expressions);

/// <summary>
/// One expression to evaluate, with the step and round whose variables hold; no step: the chain's own.
/// </summary>
internal sealed record Ask(ExpressionKey Key, StepName? Step = null, int Round = 0);

/// <summary>Where a step stands.</summary>
internal sealed record StepState
{
    public StepPhase Phase { get; init; } = StepPhase.Pending;

    /// <summary>The round that runs or ran last; 0 before the first.</summary>
    public int Round { get; init; }

    /// <summary>The try within the round; 0 before the first.</summary>
    public int Attempt { get; init; }

    public DateTimeOffset? StartedAt { get; init; }

    public DateTimeOffset? EndedAt { get; init; }

    public DateTimeOffset? Due { get; init; }

    /// <summary>Why the step was skipped, not done, cancelled, held or needs a person.</summary>
    public Code? Reason { get; init; }

    /// <summary>The person's Task, where the step has one.</summary>
    public HumanTask? Task { get; init; }

    /// <summary>What the step produced: Task outputs, or the dispatched Communication.</summary>
    public ImmutableArray<StepOutput> Outputs { get; init; } = [];

    /// <summary>True when the step will not change any more.</summary>
    public bool HasEnded => Phase is StepPhase.Completed or StepPhase.Skipped or StepPhase.NotDone
        or StepPhase.Expired or StepPhase.Cancelled;

    /// <summary>True when its effect may exist outside and is not ended.</summary>
    public bool IsOpen => Phase is StepPhase.Running or StepPhase.Waiting or StepPhase.NeedsReview
        or StepPhase.Failed or StepPhase.Held;
}

/// <summary>The phases of a step.</summary>
internal enum StepPhase
{
    /// <summary>Its predecessors have not ended.</summary>
    Pending,

    /// <summary>Its effect is being carried out: a job exists.</summary>
    Running,

    /// <summary>A person's Task is open.</summary>
    Waiting,

    /// <summary>The Task was completed, but what it must say is missing; its lead is informed.</summary>
    NeedsReview,

    /// <summary>The effect failed for good, or the Task ended undone: an incident; a person decides.</summary>
    Failed,

    /// <summary>Withdrawn while the chain is held; a further round starts when it is resumed.</summary>
    Held,

    Completed,
    Skipped,

    /// <summary>Ended without being done, as the plan allows.</summary>
    NotDone,

    /// <summary>The deadline ended the wait.</summary>
    Expired,

    /// <summary>Ended by the chain's stop.</summary>
    Cancelled,
}

/// <summary>A person's Task as the chain knows it; the FHIR Task is a projection of it.</summary>
internal sealed record HumanTask
{
    /// <summary>The FHIR Task status.</summary>
    public required TaskStatus Status { get; init; }

    /// <summary>Reference of the owner as the EHR or our worklist knows it; null: in the pool.</summary>
    public string? Owner { get; init; }

    /// <summary>The owner's name for screens.</summary>
    public string? OwnerName { get; init; }

    /// <summary>True where somebody has it.</summary>
    public bool IsOwned => Owner is not null || OwnerName is not null;

    /// <summary>Why it was rejected, failed or cancelled.</summary>
    public Code? StatusReason { get; init; }

    /// <summary>True once a person claimed, started or changed it.</summary>
    public bool Touched { get; init; }

    /// <summary>When its status last changed.</summary>
    public required DateTimeOffset Since { get; init; }
}

/// <summary>FHIR R4 Task.status.</summary>
internal enum TaskStatus
{
    Draft,
    Requested,
    Received,
    Accepted,
    Rejected,
    Ready,
    Cancelled,
    InProgress,
    OnHold,
    Failed,
    Completed,
    EnteredInError,
}

/// <summary>
/// One thing that a step produced: what it is (a code of the plan's, such as <c>outcome</c> or <c>Appointment</c>), and
/// a coded value, a reference, or text.
/// </summary>
internal sealed record StepOutput(string Type, Code? Coded = null, string? Reference = null, string? Text = null);
