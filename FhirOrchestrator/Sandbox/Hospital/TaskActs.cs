using FhirOrchestrator.Fhir.Json;

namespace FhirOrchestrator.Sandbox.Hospital;

/// <summary>What a person does to a Task inside the EHR, without knowing of anything outside it.</summary>
internal sealed class TaskActs(Chart chart, IRecords records)
{
    private const string OutputSystem = "https://fhirorchestrator.dev/fhir/CodeSystem/output";

    private static readonly ImmutableArray<string> Open =
        ["draft", "requested", "received", "accepted", "ready", "in-progress", "on-hold"];

    private static readonly ImmutableArray<string> Closed = ["completed", "failed", "cancelled"];

    /// <summary>A nurse takes the Task.</summary>
    public Task<ActOutcome> ClaimAsync(ActCall call, CancellationToken ct) => EditAsync(
        call,
        Open,
        task => task.With("status", "accepted").With("owner", Nurse(call)),
        ct);

    /// <summary>Somebody makes it urgent, notes why, and hands it to a colleague.</summary>
    public Task<ActOutcome> EditAsync(ActCall call, CancellationToken ct) => EditAsync(
        call,
        Open,
        task => task
            .With("priority", "urgent")
            .With("owner", Nurse(call))
            .With("note", new ArrayNode(task.Root.Items("note").Add(Node.Object(
                ("authorString", "Ward clerk"),
                ("time", Resource.InstantText(call.Now)),
                ("text", call["note"] ?? "Family asked to be called first."))))),
        ct);

    /// <summary>Somebody cancels it.</summary>
    public Task<ActOutcome> CancelAsync(ActCall call, CancellationToken ct) => EditAsync(
        call,
        Open,
        task => task.With("status", "cancelled")
            .With("statusReason", Elements.Text("Not needed, the ward has done it")),
        ct);

    /// <summary>
    /// Somebody completes it; with <c>outcome</c> the output of that name is recorded, without it none.
    /// </summary>
    public Task<ActOutcome> CompleteAsync(ActCall call, CancellationToken ct) => EditAsync(
        call,
        Open,
        task =>
        {
            var completed = task.With("status", "completed");
            return call["outcome"] is { } outcome
                ? completed.With("output", new ArrayNode(task.Root.Items("output").Add(Output(task, outcome))))
                : completed;
        },
        ct);

    /// <summary>Somebody opens a closed one again.</summary>
    public Task<ActOutcome> ReopenAsync(ActCall call, CancellationToken ct) => EditAsync(
        call,
        Closed,
        task => task.With("status", "in-progress").With("statusReason", null),
        ct);

    // The Task's own input or code says from which system its outcomes come; without it, the product's.
    private static ObjectNode Output(Resource task, string outcome) => Node.Object(
        ("type", Node.Object(("coding", Node.Array(Node.Object(("system", OutputSystem), ("code", "outcome")))))),
        ("valueCodeableConcept", Node.Object(("coding", Node.Array(Node.Object(
            ("system", task.Root.Child("code")?.Children("coding").FirstOrDefault()?.Text("system")),
                ("code", outcome)))))));

    private static ObjectNode Nurse(ActCall call)
    {
        var id = call.Id("owner") ?? $"nurse-{1 + call.Dice.Below(3)}";
        return Elements.Reference($"Practitioner/{id}");
    }

    private async Task<ActOutcome> EditAsync(
        ActCall call, ImmutableArray<string> states, Func<Resource, Resource> edit, CancellationToken ct)
    {
        var found = await chart.AnyAsync(call, "task", "Task", states, ct);
        return found.Resource is not { } task ? found.Refusal
            : await records.WriteAsync([RecordWrite.Update(edit(task))], ct) is { } written ? ActOutcome.Done(written)
            : ActOutcome.Conflict;
    }
}
