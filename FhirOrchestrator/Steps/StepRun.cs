using FhirOrchestrator.Chains;
using FhirOrchestrator.Outcomes;
using FhirOrchestrator.Plans;
using FhirOrchestrator.Remote;
using FhirOrchestrator.Settings;

namespace FhirOrchestrator.Steps;

/// <summary>What a try of a step works with.</summary>
internal sealed record StepRun
{
    public required StepName Step { get; init; }

    /// <summary>The chain as it was when the try began.</summary>
    public required ChainView Chain { get; init; }

    public required EhrClient Ehr { get; init; }

    public required EhrFacts Facts { get; init; }

    public required IEffectLedger Ledger { get; init; }

    public required TimeProvider Time { get; init; }

    public StepState State => Chain.State.Steps[Step];

    public StepTemplate Template => Chain.Package.Templates[Step];

    /// <summary>True where the setting <c>Writes</c> and the EHR's tier let a type be written.</summary>
    public bool MayWrite(string type) => type switch
    {
        "Task" => Facts.TakesTask && Ehr.Settings.Writes.HasFlag(WriteScope.Task),
        "Communication" => Facts.TakesCommunication && Ehr.Settings.Writes.HasFlag(WriteScope.Communication),
        _ => false,
    };
}

/// <summary>What is known of an EHR's kind and found out when it was connected.</summary>
internal sealed record EhrFacts
{
    /// <summary>False: the EHR takes no Task (tier 0); ours are kept here.</summary>
    public bool TakesTask { get; init; } = true;

    /// <summary>False: the EHR takes no Communication (tier 0); ours are kept here.</summary>
    public bool TakesCommunication { get; init; } = true;

    /// <summary>Whether a stored Communication reaches somebody; anything but yes makes a human Task "send".</summary>
    public InboxReach CommunicationReachesInbox { get; init; } = InboxReach.Unknown;
}

/// <summary>Whether a Communication stored in the EHR reaches an inbox.</summary>
internal enum InboxReach
{
    Unknown,
    No,
    Yes,
}

/// <summary>
/// Where a step notes what it is about to write and what came of it, and tells what it learned on the way. One chain's.
/// Every call is durable when it returns.
/// </summary>
internal interface IEffectLedger
{
    /// <summary>
    /// Notes an effect before it is sent. Returns the row as it stands, which is an earlier one where the effect had
    /// been begun before: its body is then what is sent again.
    /// </summary>
    Task<Effect> IntendAsync(Effect effect, CancellationToken ct);

    /// <summary>Notes what is about to be sent, or what the EHR answered, over the effect's row.</summary>
    Task SettleAsync(Effect effect, CancellationToken ct);

    /// <summary>All effects of the chain, in order of step and round.</summary>
    Task<ImmutableArray<Effect>> FindAllAsync(CancellationToken ct);

    /// <summary>
    /// Another hand changed one of our Tasks: applies the reading to the chain as <see cref="ChainEvent.TaskChanged"/>,
    /// and settles the effect only once that is committed. In the other order a crash between would lose the edit.
    /// </summary>
    /// <param name="seen">The effect with the Task as it was read; its body is empty where the EHR no longer has
    /// it.</param>
    /// <param name="reading">What it says.</param>
    Task LearnAsync(Effect seen, TaskReading reading, CancellationToken ct);

    /// <summary>
    /// The guard read a newer version of the trigger or patient than the dossier has: hand it to the chain.
    /// </summary>
    Task SightAsync(DossierResource seen, CancellationToken ct);

    /// <summary>Something that a person should know of, and that changes nothing about the step's course.</summary>
    Task NoticeAsync(StepName step, Code notice, CancellationToken ct);
}
