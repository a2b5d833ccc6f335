using FhirOrchestrator.Chains;
using FhirOrchestrator.Fhir.Json;
using FhirOrchestrator.Outcomes;
using FhirOrchestrator.Plans;

namespace FhirOrchestrator.Scenarios;

/// <summary>
/// What the EHR and its people do in a scenario; each act gives what is wrong with it, null where nothing is.
/// </summary>
internal static class ScenarioActs
{
    /// <summary>The EHR changes members of a record and tells of it.</summary>
    public static string? Change(ScenarioWorld world, ScenarioStep.Change change)
    {
        if (world.Ehr.Find(change.Reference) is not { } current)
        {
            return $"expected {change.Reference} at the EHR, got none";
        }

        world.Ehr.Put(With(current, change.Set));
        return null;
    }

    /// <summary>The EHR deletes a record without a word.</summary>
    public static string? Delete(ScenarioWorld world, ScenarioStep.Delete delete) =>
        world.Ehr.Delete(delete.Reference) ? null : $"expected {delete.Reference} at the EHR, got none";

    /// <summary>A person edits the Task of a step at the EHR.</summary>
    public static string? EditTask(ScenarioWorld world, ScenarioTaskEdit edit)
    {
        var found = world.Ehr.All("Task")
            .Select(task => (Task: task, Identity: EffectIdentity.Of(task, world.Installation.System)))
            .Where(each => each.Identity is { } identity && identity.Step.Value == edit.Step
                && (edit.Round is null || identity.Round == edit.Round))
            .ToList();
        if (found.Count == 0)
        {
            var round = edit.Round is { } number ? $", round {number}" : "";
            return $"expected a Task of {edit.Step}{round} to edit, got none";
        }

        world.Ehr.Put(Edited(found.MaxBy(each => each.Identity?.Round).Task, edit, RulesOf(world.Package, edit.Step)));
        return null;
    }

    private static ImmutableArray<OutputRule> RulesOf(WorkflowPackage package, string step) =>
        package.Templates.GetValueOrDefault(new StepName(step))?.Outputs ?? [];

    private static Resource Edited(Resource task, ScenarioTaskEdit edit, ImmutableArray<OutputRule> rules)
    {
        var edited = task;
        if (edit.Status is { } status)
        {
            edited = edited.With("status", status);
        }

        if (edit.Owner is { } owner)
        {
            edited = edited.With("owner", Elements.Reference(owner));
        }

        if (edit.Reason is { } reason)
        {
            edited = edited.With("statusReason", Node.Object(("text", reason)));
        }

        if (!edit.Outputs.IsEmpty)
        {
            var outputs = edit.Outputs.OrderBy(output => output.Key, StringComparer.Ordinal)
                .Select(output => (Node)Output(output.Key, output.Value, rules));
            edited = edited.With("output", Node.Array([.. edited.Root.Items("output"), .. outputs]));
        }

        return With(edited, edit.Set);
    }

    // As an EHR's form would store it: a code where there is a choice, a reference where a resource is asked for.
    private static ObjectNode Output(string type, string value, ImmutableArray<OutputRule> rules)
    {
        var rule = rules.FirstOrDefault(each => each.Type == type);
        var choice = rule?.Choices.FirstOrDefault(each => each.Value == value);
        return TaskOutputs.Render(choice is not null ? new StepOutput(type, Coded: choice)
            : char.IsAsciiLetterUpper(type[0]) ? new StepOutput(type, Reference: value)
            : new StepOutput(type, Text: value));
    }

    private static Resource With(Resource resource, ObjectNode members) => members.Members.Aggregate(
        resource,
        (each, member) => each.With(member.Name, member.Value is NullNode ? null : member.Value));
}
