using FhirOrchestrator.Chains;
using FhirOrchestrator.Fhir;
using FhirOrchestrator.Fhir.Json;
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

        if (SubjectReading.OfPatient(patient) is { } refused)
        {
            return (null, new StepReport.Guarded(refused));
        }

        return (await NewerAsync(run, Dossier.PatientName, run.Chain.Dossier.Patient, patient, reply, ct), null);
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

        // A correcting message is about what was said before; that is why the plan was stopped.
        var problem = isCorrection ? SubjectReading.OfModifiers(trigger)
            : trigger.Root.Text("status") == "entered-in-error" ? EffectReasons.TriggerVoided
            : SubjectReading.OfTrigger(run.Chain, trigger);
        if (problem is not null)
        {
            return (null, new StepReport.Guarded(problem));
        }

        return (await NewerAsync(run, Dossier.TriggerName, known, trigger, reply, ct), null);
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

    private static StepReport Unread(FhirReply reply, Code gone) =>
        reply.IsSurelyGone || reply.Outcome == FhirOutcome.Refused
            ? new StepReport.Guarded(gone)
            : Replies.Retry(reply);
}
