using FhirOrchestrator.Chains;
using FhirOrchestrator.Steps;
using FhirOrchestrator.Storage;
using FhirOrchestrator.Telemetry;

namespace FhirOrchestrator.Workers;

/// <summary>Runs what chains have to do outside, and stores how it went.</summary>
internal sealed class JobRound(
    IChainStore store, ChainTurns turns, StepRuns runs, IEnumerable<IStep> kinds, ILogger<JobRound> log)
{
    private const int CountMax = 16;

    // Longer than the longest request to an EHR with its read-backs; a claim that expires is only done once more.
    private static readonly TimeSpan Lease = TimeSpan.FromMinutes(3);

    private static readonly TimeSpan Unconfigured = TimeSpan.FromMinutes(5);
    private static readonly Code NoEhr = new(Reasons.System, "no-ehr", "its EHR is not configured any more");

    private readonly ImmutableDictionary<StepKind, IStep> _kinds = kinds.ToImmutableDictionary(step => step.Kind);

    public async Task<int> RunAsync(CancellationToken ct)
    {
        var jobs = await store.ClaimJobsAsync(CountMax, Lease, ct);
        await Task.WhenAll(jobs.Select(job => TryAsync(job, ct)));
        return jobs.Length;
    }

    private async Task TryAsync(JobLease job, CancellationToken ct)
    {
        try
        {
            await RunAsync(job, ct);
        }
        catch (Exception bug) when (bug is not OperationCanceledException && !StorageFault.IsUnavailable(bug))
        {
            // Its report could not even be stored: it is tried again when the claim runs out, and holds up nobody.
            log.StepBroke(job.Chain.Value, job.Attempt.Step.Value, bug);
        }
    }

    private async Task RunAsync(JobLease job, CancellationToken ct)
    {
        var run = await runs.FindAsync(job.Chain, job.Attempt.Step, ct);
        var report = run is null
            ? new StepReport.Retry(NoEhr, Unconfigured)
            : await ReportAsync(run, job, ct);

        // The effect may exist now: a server that is stopping still notes it, under a patience of its own.
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(10));
        var result = await turns.ApplyAsync(
            job.Chain,
            (chain, now) => new Prepared(chain, new ChainEvent.StepReported(now, job.Attempt, report))
            {
                // A try that came too late may have left something outside: publishing brings it in line.
                Otherwise = [new ChainCommand.Publish(chain.State.Revision)],
            },
            new TurnClaim(Job: job),
            patience.Token);
        if (result.Verdict == Verdict.Stale)
        {
            log.StaleReport(job.Chain.Value, job.Attempt.Step.Value, job.Attempt.Round, job.Attempt.Number);
        }
    }

    private async Task<StepReport> ReportAsync(StepRun run, JobLease job, CancellationToken ct)
    {
        if (!run.Chain.State.Steps.TryGetValue(job.Attempt.Step, out var state)
            || state.Phase != StepPhase.Running
            || (state.Round, state.Attempt) != (job.Attempt.Round, job.Attempt.Number))
        {
            // Withdrawn between the claim and now: nothing goes out; the machine calls it stale.
            return new StepReport.Retry(Reasons.AttemptsExhausted, null);
        }

        try
        {
            return await _kinds[run.Chain.Package.Definition.Step(job.Attempt.Step).Kind].RunAsync(run, ct);
        }
        catch (Exception bug) when (bug is not OperationCanceledException && !StorageFault.IsUnavailable(bug))
        {
            // A bug of ours must not spin or vanish: the try counts, and in the end a person sees it.
            log.StepBroke(job.Chain.Value, job.Attempt.Step.Value, bug);
            return new StepReport.Retry(new Code(Reasons.System, "internal-error", "an error of this server"), null);
        }
    }
}
