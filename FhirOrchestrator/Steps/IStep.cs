using FhirOrchestrator.Chains;

namespace FhirOrchestrator.Steps;

/// <summary>
/// A kind of effect. A step acts outside and says how it went; whoever runs it stores the report. It may be run again
/// at any time, by another worker too: what an earlier try did is found by its identifier, never done twice.
/// </summary>
internal interface IStep
{
    StepKind Kind { get; }

    /// <summary>One try of the step's current round. Only the caller's own cancellation throws.</summary>
    Task<StepReport> RunAsync(StepRun run, CancellationToken ct);
}
