using System.Diagnostics;
using FhirOrchestrator.Chains;
using FhirOrchestrator.Outcomes;

namespace FhirOrchestrator.Steps;

/// <summary>
/// A FHIR Communication. Where storing it in the EHR is known to reach somebody, it is done once stored; everywhere
/// else a person sends it, and the step waits for that person's Task.
/// </summary>
internal sealed class CommunicationStep : IStep
{
    // A message is sent by hand, held, resumed and sent by hand again; more often than this somebody should look.
    private const int SendTasksMax = 20;

    public StepKind Kind => StepKind.Communication;

    public async Task<StepReport> RunAsync(StepRun run, CancellationToken ct)
    {
        var chain = run.Chain with { Effects = await run.Ledger.FindAllAsync(ct) };
        var ensured = await EffectWriter.EnsureAsync(
            run, run.Step, "Communication", () => CommunicationProjection.Create(chain, run.Step), ct);
        return ensured switch
        {
            Ensured.Exists made when run.Facts.CommunicationReachesInbox == InboxReach.Yes =>
                await CompleteAsync(run, made.Effect, ct),
            Ensured.Exists made => await SendByHandAsync(run, chain, made.Effect, ct),
            Ensured.Kept kept => await SendByHandAsync(run, chain, kept.Effect, ct),
            Ensured.Not not => not.Report,
            _ => throw new UnreachableException(),
        };
    }

    private static async Task<StepReport> CompleteAsync(StepRun run, Effect message, CancellationToken ct)
    {
        var updated = await EffectUpdater.UpdateAsync(
            run, message,
            (current, _) => current.Root.Text("status") is "in-progress" or "preparation"
                ? CommunicationProjection.Completed(current, run.Time.GetUtcNow())
                : current,
            reader: null, ct);
        return updated.Outcome switch
        {
            UpdateOutcome.Written or UpdateOutcome.UpToDate => Sent(updated.Effect),
            UpdateOutcome.Later or UpdateOutcome.Learned =>
                new StepReport.Retry(updated.Reason ?? EffectReasons.Conflict, updated.RetryAfter),
            // Deleted or refused by the EHR: it is never silently sent again.
            UpdateOutcome.Gone or UpdateOutcome.Refused => new StepReport.Failed(EffectReasons.Refused),
        };
    }

    private static StepReport Sent(Effect message) => message.Content?.Root.Text("status") == "completed"
        ? new StepReport.Done([new StepOutput("Communication", Reference: message.Path)])
        // Another hand ended it at the EHR: whether it reached anybody is not ours to say.
        : new StepReport.Failed(EffectReasons.Conflict);

    private static async Task<StepReport> SendByHandAsync(
        StepRun run, ChainView chain, Effect message, CancellationToken ct)
    {
        var generation = NextGeneration(chain.Effects, run.Step, run.State.Round);
        if (generation > SendTasksMax)
        {
            return new StepReport.Failed(EffectReasons.Conflict);
        }

        var name = SendTask.Of(run.Step, generation);
        var ensured = await EffectWriter.EnsureAsync(
            run, name, "Task", () => TaskProjection.CreateSend(chain, run.Step, generation, message), ct);
        return ensured switch
        {
            Ensured.Exists made => HumanTaskStep.Waiting(made.Body),
            Ensured.Kept kept => HumanTaskStep.Waiting(kept.Body),
            Ensured.Not not => not.Report,
            _ => throw new UnreachableException(),
        };
    }

    // A send Task that we cancelled when the chain was held cannot be opened again: the next one takes its place.
    private static int NextGeneration(ImmutableArray<Effect> effects, StepName step, int round)
    {
        if (SendTask.Last(effects, step, round) is not { } last)
        {
            return 1;
        }

        var generation = SendTask.Read(last.Step).Generation;
        var status = TaskStatusCodes.Parse(last.Content?.Root.Text("status"));
        var hasEnded = status is { } known && Flow.IsTerminal(known);
        return hasEnded || (last.Id is not null && last.Content is null) ? generation + 1 : generation;
    }
}
