using FhirOrchestrator.Chains;
using FhirOrchestrator.Fhir;
using FhirOrchestrator.Fhir.Json;
using FhirOrchestrator.Fhir.Path;
using FhirOrchestrator.Outcomes;
using FhirOrchestrator.Remote;

namespace FhirOrchestrator.Steps;

/// <summary>
/// The last look before an outward effect: trigger and Patient are read again, and nothing goes out unless it is still
/// about the same, existing, active person. What the dossier has not seen yet is handed to the chain; where it shows a
/// state that stops the plan, the effect waits for the chain to take it in.
/// </summary>
internal static class SubjectGuard
{
    // Long enough for the chain to take in what was seen, short enough not to delay a false alarm.
    private static readonly TimeSpan StopPause = TimeSpan.FromSeconds(2);

    /// <summary>Null where the effect may go out; otherwise the report that says why not.</summary>
    public static async Task<StepReport?> CheckAsync(StepRun run, CancellationToken ct)
    {
        var (patient, stopped) = await PatientAsync(run, ct);
        if (stopped is not null)
        {
            return stopped;
        }

        var dossier = patient is null ? run.Chain.Dossier : run.Chain.Dossier.With(patient);
        if (run.Chain.Dossier.Trigger is { } known)
        {
            var (trigger, refused) = await TriggerAsync(run, known, ct);
            if (refused is not null)
            {
                return refused;
            }

            dossier = trigger is null ? dossier : dossier.With(trigger);
        }

        // A correction goes out because the plan was stopped.
        return ReferenceEquals(dossier, run.Chain.Dossier) || IsAfterStop(run) ? null : Stops(run, dossier);
    }

    private static bool IsAfterStop(StepRun run) => run.Chain.State.Phase is ChainPhase.Stopping or ChainPhase.Stopped;

    private static async Task<(DossierResource? Newer, StepReport? Stopped)> PatientAsync(
        StepRun run, CancellationToken ct)
    {
        var reference = ResourceReference.Parse(run.Chain.Patient);
        if (reference is not { Type: { } type, Id: { } id })
        {
            return (null, new StepReport.Guarded(EffectReasons.PatientUnreadable));
        }

        var reply = await run.Ehr.ReadAsync(type, id, ct);
        if (reply is not { IsOk: true, Body: { } patient })
        {
            return (null, Unread(reply, EffectReasons.PatientUnreadable));
        }

        if (PatientProblem(patient) is { } refused)
        {
            return (null, new StepReport.Guarded(refused));
        }

        return (await NewerAsync(run, Dossier.PatientName, run.Chain.Dossier.Patient, patient, reply, ct), null);
    }

    private static Code? PatientProblem(Resource patient)
    {
        if (HasUnknownModifier(patient))
        {
            return EffectReasons.UnknownModifier;
        }

        if (patient.Root["active"] is BooleanNode { Value: false })
        {
            return EffectReasons.PatientInactive;
        }

        var isReplaced = patient.Root.Children("link").Any(link => link.Text("type") == "replaced-by");
        return isReplaced ? EffectReasons.PatientMerged : null;
    }

    private static async Task<(DossierResource? Newer, StepReport? Stopped)> TriggerAsync(
        StepRun run, DossierResource known, CancellationToken ct)
    {
        var isCorrection = run.Template.IsCorrection;
        var reply = await run.Ehr.ReadAsync(known.Type, known.Id, ct);
        if (reply is not { IsOk: true, Body: { } trigger })
        {
            // A correcting message is about what was said before, whatever became of the trigger.
            return isCorrection && reply.IsSurelyGone ? (null, null) : (null, Unread(reply, Reasons.TriggerDeleted));
        }

        if (HasUnknownModifier(trigger))
        {
            return (null, new StepReport.Guarded(EffectReasons.UnknownModifier));
        }

        if (!isCorrection)
        {
            if (trigger.Root.Text("status") == "entered-in-error")
            {
                return (null, new StepReport.Guarded(EffectReasons.TriggerVoided));
            }

            if (SubjectProblem(run, trigger) is { } problem)
            {
                return (null, new StepReport.Guarded(problem));
            }
        }

        return (await NewerAsync(run, Dossier.TriggerName, known, trigger, reply, ct), null);
    }

    // The subject by the plan's own expression, compared as (EHR, type, id), never as text.
    private static Code? SubjectProblem(StepRun run, Resource trigger)
    {
        try
        {
            var item = PathItem.Of(trigger);
            var context = ChainVariables.Of(run.Chain).With(Dossier.TriggerName, item);
            var found = run.Chain.Package.Subject.Evaluate(item, context);
            if (found.Count != 1)
            {
                return EffectReasons.SubjectUnknown;
            }

            var target = found[0].ToNode() switch
            {
                ObjectNode reference => Elements.Target(reference, run.Chain.BaseUrl),
                TextNode text => Elements.Target(ResourceReference.Parse(text.Value), run.Chain.BaseUrl),
                _ => null,
            };
            return target is null ? EffectReasons.SubjectUnknown
                : target == run.Chain.Patient ? null
                : EffectReasons.SubjectChanged;
        }
        catch (FhirPathException)
        {
            return EffectReasons.SubjectUnknown;
        }
    }

    private static async Task<DossierResource?> NewerAsync(
        StepRun run, string name, DossierResource? known, Resource read, FhirReply reply, CancellationToken ct)
    {
        var version = reply.Version ?? ContentHash.Of(read);
        if (known is not null && (known.Version == version || known.Resource is { } same
            && ContentHash.Of(same) == ContentHash.Of(read)))
        {
            return null;
        }

        var seen = new DossierResource(
            name, read.Type, read.Id ?? known?.Id ?? "", version, read, run.Time.GetUtcNow());
        await run.Ledger.SightAsync(seen, ct);
        return seen;
    }

    private static StepReport.Retry? Stops(StepRun run, Dossier dossier)
    {
        var stops = run.Chain.Package.Definition.Stops;
        if (stops.IsEmpty)
        {
            return null;
        }

        var asked = new Question([.. stops.Select(stop => new Ask(stop.Condition))]);
        var sheet = ExpressionAnswers.Evaluate(run.Chain with { Dossier = dossier }, asked);
        return sheet.Values.Any(value => value.IsTrue) || !sheet.Problems.IsEmpty
            ? new StepReport.Retry(EffectReasons.StopPending, StopPause)
            : null;
    }

    // implicitRules and modifier extensions change the meaning of what we think we read (R4, extensibility, 2.4.0.1).
    private static bool HasUnknownModifier(Resource resource) =>
        resource.Root["implicitRules"] is not null || HasModifier(resource.Root);

    private static bool HasModifier(Node node) => node switch
    {
        ObjectNode content => content["modifierExtension"] is not null
            || content.Members.Any(member => member.Name != "contained" && HasModifier(member.Value)),
        ArrayNode array => array.Items.Any(HasModifier),
        _ => false,
    };

    private static StepReport Unread(FhirReply reply, Code gone) =>
        reply.IsSurelyGone || reply.Outcome == FhirOutcome.Refused
            ? new StepReport.Guarded(gone)
            : Replies.Retry(reply);
}
