using FhirOrchestrator.Chains;
using FhirOrchestrator.Fhir;
using FhirOrchestrator.Fhir.Json;
using FhirOrchestrator.Plans.Shapes;

namespace FhirOrchestrator.Plans;

/// <summary>
/// An ActivityDefinition of the folder, walked but not compiled: its expressions see the variables of each step.
/// </summary>
internal sealed record Activity(string File, Placed Definition)
{
    public string Url => Definition.Text("url") ?? "";

    public string Canonical => $"{Url}|{Definition.Text("version")}";

    public StepKind Kind => Definition.Text("kind") == "Task" ? StepKind.HumanTask : StepKind.Communication;

    public bool IsActive => Definition.Text("status") == "active";
}

/// <summary>Reads the ActivityDefinitions of a package.</summary>
internal static class ActivityReader
{
    /// <summary>Walks an activity; what it makes is compiled for each step that uses it.</summary>
    public static Activity Read(string file, ObjectNode root, ProblemList problems)
    {
        new ShapeWalk(file, problems).Walk(root, ActivityShapes.Activity, "ActivityDefinition");
        return new Activity(file, new Placed(root, "ActivityDefinition"));
    }

    /// <summary>The elements of the resource that are the same for all: a Task's intent and description.</summary>
    public static ObjectNode Fixed(Activity activity)
    {
        var description = activity.Definition.Text("description");
        return activity.Kind == StepKind.HumanTask
            ? Node.Object(("intent", activity.Definition.Text("intent") ?? "order"), ("description", description))
            : ObjectNode.Empty;
    }
}

/// <summary>
/// Which elements of a Task or Communication a plan may set; all others belong to the server or to people.
/// </summary>
internal static class SettableElements
{
    private static readonly ImmutableArray<string> OfTask =
    [
        "owner", "owner.reference", "owner.display", "description", "priority", "businessStatus.text",
        "location.reference", "reasonCode", "reasonCode.text", "reasonReference", "reasonReference.reference",
        "note.text",
    ];

    private static readonly ImmutableArray<string> OfCommunication =
    [
        "recipient", "recipient.reference", "recipient.display", "payload.contentString", "topic", "topic.text",
        "category", "category.text", "medium", "priority", "about", "about.reference", "inResponseTo.reference",
        "reasonCode", "reasonCode.text", "reasonReference", "reasonReference.reference", "note.text",
    ];

    // Owned by Outcomes: identity, state, and what the chain is about.
    private static readonly ImmutableArray<string> OfServer =
    [
        "status", "statusReason", "identifier", "for", "subject", "focus", "encounter", "basedOn", "code", "intent",
        "requester", "sender", "sent", "received", "output", "restriction", "partOf", "groupIdentifier", "authoredOn",
        "lastModified", "meta", "id", "performerType", "instantiatesCanonical", "executionPeriod",
    ];

    /// <summary>Reports a path that a plan may not set.</summary>
    public static void Check(string target, StepKind kind, string file, string path, ProblemList problems)
    {
        var allowed = kind == StepKind.HumanTask ? OfTask : OfCommunication;
        if (allowed.Contains(target))
        {
            return;
        }

        var type = kind == StepKind.HumanTask ? "Task" : "Communication";
        var reason = OfServer.Contains(target.Split('.')[0])
            ? $"expected an element of {type} that a plan sets, got '{target}', which the server sets"
            : $"expected an element of {type} that a plan sets, got '{target}'";
        problems.Add(file, path, reason, Nearest.Of(target, allowed));
    }
}
