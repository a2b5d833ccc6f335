namespace FhirOrchestrator.Chains;

/// <summary>What the shell must store as rows in the transaction of the change.</summary>
internal abstract record ChainCommand
{
    private ChainCommand()
    {
    }

    /// <summary>Queue a try of a step's effect.</summary>
    public sealed record RunStep(Attempt Attempt, DateTimeOffset RunAt) : ChainCommand;

    /// <summary>Take back whatever is queued for a step; what already runs is fenced by its attempt.</summary>
    public sealed record WithdrawStep(StepName Step) : ChainCommand;

    public sealed record SetTimer(StepName Step, TimerKind Kind, DateTimeOffset At) : ChainCommand;

    public sealed record ClearTimers(StepName Step) : ChainCommand;

    /// <summary>The FHIR resources of this chain no longer show its state: one coalesced row a chain.</summary>
    public sealed record Publish(long Revision) : ChainCommand;

    /// <summary>Something that a person must see and decide.</summary>
    public sealed record OpenIncident(StepName? Step, Code Reason) : ChainCommand;

    /// <summary>What was open about a step (null: the chain as a whole) has been dealt with.</summary>
    public sealed record CloseIncidents(StepName? Step) : ChainCommand;

    /// <summary>The chain has ended: it moves out of the live tables, its waits and timers go.</summary>
    public sealed record End : ChainCommand;
}

/// <summary>What became of an event.</summary>
internal enum Verdict
{
    Applied,

    /// <summary>The result of an attempt that is no longer the current one: counted, never applied.</summary>
    Stale,

    /// <summary>It changes nothing, as it stands.</summary>
    Ignored,

    /// <summary>A person asked for something that is not possible now; <see cref="Transition.Why"/> says why.</summary>
    Refused,
}

/// <summary>
/// The answer of the machine. An open question in the state must be answered before anything is saved.
/// </summary>
/// <param name="State">The new state; the old one unless <paramref name="Verdict"/> is Applied.</param>
/// <param name="Commands">Rows to write with it.</param>
/// <param name="Verdict">What became of the event.</param>
/// <param name="Why">With Stale, Ignored and Refused: why, in words without patient data.</param>
internal sealed record Transition(
    ChainState State, ImmutableArray<ChainCommand> Commands, Verdict Verdict, string? Why = null);
