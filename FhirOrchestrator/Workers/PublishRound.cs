using FhirOrchestrator.Chains;
using FhirOrchestrator.Steps;
using FhirOrchestrator.Storage;
using FhirOrchestrator.Telemetry;

namespace FhirOrchestrator.Workers;

/// <summary>Brings the FHIR resources of changed chains up to date.</summary>
internal sealed class PublishRound(IChainStore store, ChainTurns turns, StepRuns runs, ILogger<PublishRound> log)
{
    private const int CountMax = 16;
    private static readonly TimeSpan Lease = TimeSpan.FromMinutes(3);
    private static readonly TimeSpan DelayMax = TimeSpan.FromMinutes(5);

    public async Task<int> RunAsync(CancellationToken ct)
    {
        var claimed = await store.ClaimPublishAsync(CountMax, Lease, ct);
        await Task.WhenAll(claimed.Select(lease => TryAsync(lease, ct)));
        return claimed.Length;
    }

    private async Task TryAsync(PublishLease lease, CancellationToken ct)
    {
        try
        {
            await PublishAsync(lease, ct);
        }
        catch (Exception bug) when (bug is not OperationCanceledException && !StorageFault.IsUnavailable(bug))
        {
            log.PublishBroke(lease.Chain.Value, bug);
            await store.RetryPublishAsync(lease, BackOff(lease.Attempts), "an error of this server", ct);
        }
    }

    private async Task PublishAsync(PublishLease lease, CancellationToken ct)
    {
        if (await runs.FindAsync(lease.Chain, null, ct) is not { } run)
        {
            await store.RetryPublishAsync(lease, DelayMax, "its EHR is not configured any more", ct);
            return;
        }

        var report = await Publisher.PublishAsync(run, ct);
        foreach (var refused in report.Effects.Where(effect => effect.Outcome == PublishOutcome.Refused))
        {
            var (step, _) = Outcomes.SendTask.Read(refused.Step);
            var reason = refused.Reason ?? new Code(Reasons.System, "refused", "the EHR refused an update");
            await turns.NoteAsync(lease.Chain, _ => new ChainCommand.OpenIncident(step, reason), ct);
        }

        if (report.IsSettled)
        {
            await store.FinishPublishAsync(lease, ct);
        }
        else
        {
            var pause = report.RetryAfter ?? BackOff(lease.Attempts);
            await store.RetryPublishAsync(lease, pause, "the EHR was not ready", ct);
        }
    }

    private static TimeSpan BackOff(int attempts)
    {
        var doubled = TimeSpan.FromSeconds(Math.Pow(2, Math.Min(attempts, 9)));
        return doubled < DelayMax ? doubled : DelayMax;
    }
}
