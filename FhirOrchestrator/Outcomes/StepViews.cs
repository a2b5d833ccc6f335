using FhirOrchestrator.Chains;
using FhirOrchestrator.Fhir.Json;

namespace FhirOrchestrator.Outcomes;

/// <summary>Steps and their chain as plan expressions see them: untyped JSON objects.</summary>
internal static class StepViews
{
    /// <summary>
    /// <c>{name, title, kind, status, outcome, outcomeDisplay, reason{code,display}, round, owner, ended,
    /// output[{type, code, display, reference, text}]}</c>; members without a value are absent.
    /// </summary>
    public static ObjectNode Of(StepDefinition definition, StepState state)
    {
        var outcome = state.Outputs.FirstOrDefault(output => output.Type == "outcome")?.Coded;
        return Node.Object(
            ("name", definition.Name.Value),
            ("title", definition.Title),
            ("kind", Kind(definition.Kind)),
            ("status", Status(state.Phase)),
            ("outcome", outcome?.Value),
            ("outcomeDisplay", outcome?.Display),
            ("reason", Reason(state.Reason)),
            ("round", state.Round),
            ("owner", state.Task?.OwnerName ?? state.Task?.Owner),
            ("ended", state.EndedAt is { } ended ? Elements.Instant(ended) : null),
            ("output", Outputs(state.Outputs)));
    }

    /// <summary><c>{started, reason{code,display}}</c>.</summary>
    public static ObjectNode Of(ChainState chain) => Node.Object(
        ("started", chain.StartedAt is { } started ? Elements.Instant(started) : null),
        ("reason", Reason(chain.Reason)));

    /// <summary>One output as expressions see it.</summary>
    public static ObjectNode Of(StepOutput output) => Node.Object(
        ("type", output.Type),
        ("code", output.Coded?.Value),
        ("display", output.Coded?.Display),
        ("reference", output.Reference),
        ("text", output.Text));

    public static string Status(StepPhase phase) => phase switch
    {
        StepPhase.Pending => "pending",
        StepPhase.Running => "running",
        StepPhase.Waiting => "waiting",
        StepPhase.NeedsReview => "needs-review",
        StepPhase.Failed => "failed",
        StepPhase.Held => "held",
        StepPhase.Completed => "completed",
        StepPhase.Skipped => "skipped",
        StepPhase.NotDone => "not-done",
        StepPhase.Expired => "expired",
        StepPhase.Cancelled => "cancelled",
    };

    private static string Kind(StepKind kind) => kind switch
    {
        StepKind.HumanTask => "human-task",
        StepKind.Communication => "communication",
    };

    private static ArrayNode? Outputs(ImmutableArray<StepOutput> outputs) =>
        Node.Array(outputs.Select(output => (Node)Of(output)));

    private static ObjectNode? Reason(Code? reason) => reason is null
        ? null
        : Node.Object(("code", reason.Value), ("display", reason.Display));
}
