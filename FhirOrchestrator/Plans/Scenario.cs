using FhirOrchestrator.Fhir.Json;

namespace FhirOrchestrator.Plans;

/// <summary>
/// A package's own test: what an EHR tells and what people do, in order of time, and what must exist then. The format
/// of its file is described in <c>profiles/README.md</c>.
/// </summary>
/// <param name="File">The file, for reports.</param>
/// <param name="Title">What it shows.</param>
/// <param name="Start">The instant that the offsets count from.</param>
/// <param name="Given">Resources that the EHR has before the first step; nobody is told of them.</param>
/// <param name="Steps">What happens, in order of time.</param>
internal sealed record Scenario(
    string File, string Title, DateTimeOffset Start, ImmutableArray<Resource> Given,
    ImmutableArray<ScenarioStep> Steps);

/// <summary>One thing that happens in a scenario.</summary>
internal abstract record ScenarioStep
{
    private ScenarioStep(TimeSpan at) => At = at;

    /// <summary>When, counted from the scenario's start; never before the step above it.</summary>
    public TimeSpan At { get; init; }

    /// <summary>The EHR creates or updates a resource, and announces it.</summary>
    public sealed record Put(TimeSpan At, Resource Resource) : ScenarioStep(At);

    /// <summary>
    /// The EHR changes members of a resource that it has, and announces it; a null member is removed.
    /// </summary>
    public sealed record Change(TimeSpan At, string Reference, ObjectNode Set) : ScenarioStep(At);

    /// <summary>The EHR deletes a resource; nothing is announced but what a re-reading finds.</summary>
    public sealed record Delete(TimeSpan At, string Reference) : ScenarioStep(At);

    /// <summary>A person edits the Task of a step at the EHR.</summary>
    public sealed record EditTask(TimeSpan At, ScenarioTaskEdit Edit) : ScenarioStep(At);

    /// <summary>What must exist now.</summary>
    public sealed record Expect(TimeSpan At, ScenarioExpectation Expected) : ScenarioStep(At);
}

/// <summary>An edit of a Task by a person at the EHR; what is null stays as it is.</summary>
/// <param name="Step">The step whose Task it is.</param>
/// <param name="Round">The round; null: the last one.</param>
/// <param name="Status">The new FHIR Task status.</param>
/// <param name="Owner">The new owner, as a reference.</param>
/// <param name="Reason">The text of the new statusReason.</param>
/// <param name="Outputs">By output type: the code, the reference or the text.</param>
/// <param name="Set">Other members to set, such as <c>for</c>.</param>
internal sealed record ScenarioTaskEdit(
    string Step, int? Round, string? Status, string? Owner, string? Reason,
    ImmutableDictionary<string, string> Outputs, ObjectNode Set);

/// <summary>What must exist at one point of a scenario.</summary>
/// <param name="Chain">none, running, suspended, held, stopping, completed or stopped; null: not looked at.</param>
/// <param name="ChainReason">The coded reason of the chain's phase; null: not looked at.</param>
/// <param name="MatchReason">
/// The last verdict's reason about the trigger, such as <c>not-finished</c>; null: not looked at.
/// </param>
/// <param name="Tasks">All Tasks that exist, in any order; null: not looked at.</param>
/// <param name="Communications">All Communications that exist, in any order; null: not looked at.</param>
internal sealed record ScenarioExpectation(
    string? Chain, string? ChainReason, string? MatchReason,
    ImmutableArray<ExpectedTask>? Tasks, ImmutableArray<ExpectedMessage>? Communications);

/// <summary>A Task that must exist; what is null is not looked at.</summary>
/// <param name="Due">Counted from the scenario's start.</param>
internal sealed record ExpectedTask(
    string Step, int? Round, string? Status, string? Priority, string? Owner, string? Pool, string? Reason,
    TimeSpan? Due);

/// <summary>A Communication that must exist; what is null is not looked at.</summary>
/// <param name="Contains">Texts that its payload must have.</param>
internal sealed record ExpectedMessage(string Step, string? Status, string? Recipient, ImmutableArray<string> Contains);
