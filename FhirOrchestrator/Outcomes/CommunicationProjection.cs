using FhirOrchestrator.Chains;
using FhirOrchestrator.Fhir.Json;
using TaskStatus = FhirOrchestrator.Chains.TaskStatus;

namespace FhirOrchestrator.Outcomes;

/// <summary>
/// The FHIR Communication of a step (R4, Communication). A Communication stored in an EHR is not a message sent:
/// <c>preparation</c> = rendered; <c>in-progress</c> = stored in the EHR; <c>completed</c> and <c>sent</c> only once
/// it is known to have gone out; otherwise <c>not-done</c> or <c>stopped</c> with a reason. What it says never changes.
/// </summary>
internal static class CommunicationProjection
{
    /// <summary>The Communication of a step's current round, as it is stored at the EHR.</summary>
    public static Draft Create(ChainView chain, StepName step)
    {
        var definition = chain.Package.Definition.Step(step);
        var state = chain.State.Steps[step];
        var template = chain.Package.Templates[step];
        var trigger = chain.Dossier.Trigger;
        var about = trigger is null ? null : Elements.Reference(trigger.Path);
        var bare = Resource.Create(
            "Communication",
            ("identifier", Node.Array(Elements.Identifier(
                chain.Installation, new EffectIdentity(chain.State.Id, step, state.Round).Value))),
            ("instantiatesCanonical", Node.Array(template.Activity)),
            ("basedOn", Vocabulary.IsRequest(trigger?.Type) ? Node.Array(about) : null),
            ("inResponseTo", template.IsCorrection ? Corrected(chain, step) : null),
            ("status", "in-progress"),
            ("category", Node.Array(Elements.Concept(template.Code, template.Title))),
            ("priority", template.Priority),
            ("subject", Elements.Reference(chain.Patient)),
            ("topic", Node.Object(("text", definition.Title))),
            ("about", Node.Array(about)),
            ("encounter", Encounter(trigger)),
            ("sender", TaskProjection.Device(chain.Installation)));
        var made = Template.Apply(bare, template, chain, step, state.Round);
        return made.Succeeded(out var message) ? Checked(message) : made;
    }

    /// <summary>The message as it stands where it is only kept here.</summary>
    public static Resource Prepared(Resource message) => message.With("status", "preparation");

    /// <summary>The message once its channel has taken it.</summary>
    public static Resource Completed(Resource message, DateTimeOffset sent) => message
        .With("status", "completed")
        .With("statusReason", null)
        .With("sent", Elements.Instant(sent));

    /// <summary>
    /// The message as the chain's state has it, over the resource as it is; the same instance where it is.
    /// </summary>
    /// <param name="reachesInbox">True where a stored Communication is known to reach somebody.</param>
    public static Resource Apply(ChainView chain, Effect effect, Resource current, bool reachesInbox)
    {
        if (!chain.State.Steps.TryGetValue(effect.Step, out var state) || effect.Round > state.Round
            || current.Root.Text("status") is not ("preparation" or "in-progress" or "on-hold"))
        {
            // What was dispatched or ended keeps its status: only a correcting message follows it.
            return current;
        }

        if (effect.Round < state.Round)
        {
            return Ended(current, reachesInbox, EffectReasons.Superseded, voided: false);
        }

        var reason = state.Reason ?? chain.State.Reason ?? EffectReasons.Withdrawn;
        return state.Phase switch
        {
            StepPhase.Pending or StepPhase.Running or StepPhase.Waiting or StepPhase.NeedsReview or StepPhase.Failed
                or StepPhase.Held => current,
            StepPhase.Completed => IsSent(effect, state, reachesInbox)
                ? Completed(current, state.Task?.Since ?? state.EndedAt ?? chain.Now)
                : current,
            StepPhase.Skipped or StepPhase.NotDone or StepPhase.Expired or StepPhase.Cancelled =>
                Ended(current, reachesInbox && !effect.Withheld, reason, chain.State.Voided),
        };
    }

    // Sent: by a person who completed the send Task, or by an EHR that is known to deliver it.
    private static bool IsSent(Effect effect, StepState state, bool reachesInbox) =>
        state.Task?.Status == TaskStatus.Completed || (state.Task is null && reachesInbox && !effect.Withheld);

    private static Resource Ended(Resource message, bool mayHaveBeenRead, Code reason, bool voided) => message
        .With("status", voided && !mayHaveBeenRead ? "entered-in-error" : mayHaveBeenRead ? "stopped" : "not-done")
        .With("statusReason", Elements.Concept(reason));

    private static ArrayNode? Corrected(ChainView chain, StepName step) => Node.Array(chain.Effects
        .Where(effect => effect is { Type: "Communication", Id: not null, Withheld: false } && effect.Step != step
            && chain.State.Steps.GetValueOrDefault(effect.Step)?.Phase == StepPhase.Completed)
        .Select(effect => (Node)Elements.Reference($"{effect.Type}/{effect.Id}")));

    private static ObjectNode? Encounter(DossierResource? trigger) => trigger?.Type == "Encounter"
        ? Elements.Reference(trigger.Path)
        : trigger?.Resource?.Root.Child("encounter")?.Text("reference") is { } path ? Elements.Reference(path) : null;

    private static Draft Checked(Resource message)
    {
        var hasRecipient = message.Root.Children("recipient").Any(recipient =>
            recipient["reference"] is not null || recipient["identifier"] is not null);
        if (!hasRecipient)
        {
            return Draft.Refused(EffectReasons.NoRecipient);
        }

        return message.Root.Children("payload").Any()
            ? Draft.Of(message)
            : Draft.Refused(EffectReasons.Unrenderable("expected a payload of the message, got none"));
    }
}
