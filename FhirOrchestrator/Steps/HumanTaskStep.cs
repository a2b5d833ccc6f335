using System.Diagnostics;
using FhirOrchestrator.Chains;
using FhirOrchestrator.Outcomes;

namespace FhirOrchestrator.Steps;

/// <summary>A FHIR Task that a person ends: makes sure that it exists, then waits.</summary>
internal sealed class HumanTaskStep : IStep
{
    public StepKind Kind => StepKind.HumanTask;

    public async Task<StepReport> RunAsync(StepRun run, CancellationToken ct)
    {
        var chain = run.Chain with { Effects = await run.Ledger.FindAllAsync(ct) };
        var ensured = await EffectWriter.EnsureAsync(
            run, run.Step, "Task", () => TaskProjection.Create(chain, run.Step), ct);
        return ensured switch
        {
            Ensured.Exists made => Waiting(made.Body),
            Ensured.Kept kept => Waiting(kept.Body),
            Ensured.Not not => not.Report,
            _ => throw new UnreachableException(),
        };
    }

    /// <summary>The step waits for whom the Task names.</summary>
    internal static StepReport.Waiting Waiting(Fhir.Json.Resource task)
    {
        var (owner, name) = TaskReader.OwnerOf(task);
        return new StepReport.Waiting(owner, name);
    }
}
