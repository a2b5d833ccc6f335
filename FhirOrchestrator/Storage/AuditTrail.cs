using FhirOrchestrator.Chains;

namespace FhirOrchestrator.Storage;

/// <summary>
/// What the audit's compact row keeps of an event: the step that it is about, and the person who acted.
/// </summary>
internal sealed record AuditTrail(StepName? Step, Actor? By)
{
    public static AuditTrail Of(ChainEvent happened) => happened switch
    {
        ChainEvent.StepReported reported => new AuditTrail(reported.Attempt.Step, null),
        ChainEvent.TaskChanged changed => new AuditTrail(
            changed.Step,
            changed.Reading.Owner is null ? null : new Actor(changed.Reading.Owner, changed.Reading.OwnerName ?? "-")),
        ChainEvent.TaskActed acted => new AuditTrail(acted.Step, acted.By),
        ChainEvent.TimerFired fired => new AuditTrail(fired.Step, null),
        ChainEvent.Decided decided => new AuditTrail(
            decided.Decision switch
            {
                Decision.RetryStep retry => retry.Step,
                Decision.SkipStep skip => skip.Step,
                Decision.AcceptStep accept => accept.Step,
                _ => null,
            },
            decided.By),
        _ => new AuditTrail(null, null),
    };
}
