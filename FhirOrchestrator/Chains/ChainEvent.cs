namespace FhirOrchestrator.Chains;

/// <summary>What happened to a chain. Time arrives here and nowhere else.</summary>
internal abstract record ChainEvent
{
    private ChainEvent(DateTimeOffset at) => At = at;

    /// <summary>When it happened, by the store's clock.</summary>
    public DateTimeOffset At { get; init; }

    /// <summary>The chain begins; its dossier has the trigger and the patient.</summary>
    public sealed record Started(DateTimeOffset At) : ChainEvent(At);

    /// <summary>The answer to the open <see cref="Question"/>, in its order.</summary>
    /// <param name="Values">One value an expression.</param>
    /// <param name="Versions">The dossier's resource versions that were looked at, for the record.</param>
    public sealed record Evaluated(
        DateTimeOffset At, ImmutableArray<ExpressionValue> Values, ImmutableArray<string> Versions) : ChainEvent(At);

    /// <summary>A resource of the dossier changed or joined it under a name.</summary>
    /// <param name="Name">Its name in the dossier: <c>trigger</c>, <c>patient</c>, or a watch's name.</param>
    /// <param name="Version"><c>Type/id/_history/version</c>.</param>
    /// <param name="Deleted">True where the EHR no longer has it.</param>
    /// <param name="Hold">Why every outward effect must wait for a person, null where nothing says so.</param>
    public sealed record Signalled(
        DateTimeOffset At, string Name, string Version, bool Deleted, Code? Hold = null) : ChainEvent(At);

    /// <summary>A try of a step's effect ended.</summary>
    public sealed record StepReported(DateTimeOffset At, Attempt Attempt, StepReport Report) : ChainEvent(At);

    /// <summary>The EHR's copy of a step's Task changed by another hand.</summary>
    public sealed record TaskChanged(DateTimeOffset At, StepName Step, int Round, TaskReading Reading) : ChainEvent(At);

    /// <summary>A person worked on a step's Task on our screens or doors.</summary>
    public sealed record TaskActed(
        DateTimeOffset At, StepName Step, int Round, TaskAction Action, Actor By) : ChainEvent(At);

    /// <summary>A timer came due.</summary>
    public sealed record TimerFired(DateTimeOffset At, StepName Step, TimerKind Kind) : ChainEvent(At);

    /// <summary>A person decided about the chain or one of its failed steps.</summary>
    public sealed record Decided(DateTimeOffset At, Decision Decision, Actor By, string Reason) : ChainEvent(At);
}

/// <summary>Who acted: a reference where there is one, and the name for screens.</summary>
internal sealed record Actor(string? Reference, string Name);

/// <summary>
/// What an expression gave: whether it is true (empty is false), and its first item's text, time span or instant where
/// it has one.
/// </summary>
internal sealed record ExpressionValue(
    bool IsTrue, string? Text = null, TimeSpan? Span = null, DateTimeOffset? Instant = null);

/// <summary>How a try of a step's effect ended.</summary>
internal abstract record StepReport
{
    private StepReport()
    {
    }

    /// <summary>The effect exists and nobody has to wait for anything.</summary>
    public sealed record Done(ImmutableArray<StepOutput> Outputs) : StepReport;

    /// <summary>The effect exists (or is withheld by the setting <c>Writes</c>); now a person works.</summary>
    public sealed record Waiting(string? Owner, string? OwnerName) : StepReport;

    /// <summary>Nothing was done, or its outcome is unknown and will be read back by the next try.</summary>
    public sealed record Retry(Code Reason, TimeSpan? NotBefore) : StepReport;

    /// <summary>It cannot succeed as it stands.</summary>
    public sealed record Failed(Code Reason) : StepReport;

    /// <summary>The subject guard forbids it: the chain is held.</summary>
    public sealed record Guarded(Code Reason) : StepReport;
}

/// <summary>What a step's Task at the EHR says now, read by <c>Outcomes</c> against what we own of it.</summary>
internal sealed record TaskReading
{
    public required TaskStatus Status { get; init; }

    public string? Owner { get; init; }

    public string? OwnerName { get; init; }

    public DateTimeOffset? Due { get; init; }

    public Code? StatusReason { get; init; }

    public ImmutableArray<StepOutput> Outputs { get; init; } = [];

    /// <summary>Which required outputs are missing, by what people call them.</summary>
    public ImmutableArray<string> Missing { get; init; } = [];

    /// <summary>Elements that say whom and what it is about (for, focus, …) and that another hand changed.</summary>
    public ImmutableArray<string> IdentityChanged { get; init; } = [];

    /// <summary>True where the EHR no longer has it.</summary>
    public bool Deleted { get; init; }
}

/// <summary>What a person does with a Task on our screens.</summary>
internal abstract record TaskAction
{
    private TaskAction()
    {
    }

    public sealed record Claim : TaskAction;

    public sealed record Start : TaskAction;

    public sealed record Release : TaskAction;

    /// <summary>It is done.</summary>
    /// <param name="Outputs">What was found out.</param>
    /// <param name="Missing">Which required outputs are missing: refused where any is.</param>
    public sealed record Complete(ImmutableArray<StepOutput> Outputs, ImmutableArray<string> Missing) : TaskAction;

    public sealed record Fail(string Reason) : TaskAction;
}

/// <summary>What a person decides about a chain.</summary>
internal abstract record Decision
{
    private Decision()
    {
    }

    /// <summary>Cancel the chain: open Tasks are cancelled, correcting steps run.</summary>
    public sealed record Cancel : Decision;

    /// <summary>The start was wrong: as Cancel, and untouched Tasks become entered-in-error.</summary>
    public sealed record Void : Decision;

    /// <summary>Let a held chain go on: held steps begin a further round.</summary>
    public sealed record Resume : Decision;

    /// <summary>Hold the chain.</summary>
    public sealed record Hold : Decision;

    /// <summary>Try a failed step again in a further round.</summary>
    public sealed record RetryStep(StepName Step) : Decision;

    /// <summary>Go on without a failed step.</summary>
    public sealed record SkipStep(StepName Step) : Decision;

    /// <summary>Accept a step that needed review as completed.</summary>
    public sealed record AcceptStep(StepName Step) : Decision;
}

/// <summary>The timers of a step.</summary>
internal enum TimerKind
{
    /// <summary>The deadline that ends a wait.</summary>
    Deadline,
}
