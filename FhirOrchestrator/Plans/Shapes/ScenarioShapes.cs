using static FhirOrchestrator.Plans.Shapes.TypeShapes;

namespace FhirOrchestrator.Plans.Shapes;

/// <summary>The form of scenario files: this project's own, described in <c>profiles/README.md</c>.</summary>
internal static class ScenarioShapes
{
    private static readonly Slot TaskStatus = Of(
        "draft", "requested", "received", "accepted", "rejected", "ready", "cancelled", "in-progress", "on-hold",
        "failed",
        "completed", "entered-in-error");

    public static Shape Scenario { get; } = new("a scenario")
    {
        Slots = Slots(
            ("title", Text.Required),
            ("why", Text),
            ("start", Text.Required),
            ("given", Anything),
            ("steps", Object(() => Step).Many.Required)),
    };

    private static readonly Shape Step = new("a scenario's step")
    {
        Slots = Slots(
            ("at", Text.Required),
            ("note", Text),
            ("put", Anything),
            ("change", Object(() => Change)),
            ("delete", Text),
            ("task", Object(() => Edit)),
            ("expect", Object(() => Expectation))),
    };

    private static readonly Shape Change = new("change")
    {
        Slots = Slots(("resource", Text.Required), ("set", Anything.Required)),
    };

    private static readonly Shape Edit = new("task")
    {
        Slots = Slots(
            ("step", Text.Required),
            ("round", new Slot(SlotKind.Integer)),
            ("status", TaskStatus),
            ("owner", Text),
            ("reason", Text),
            ("output", Anything),
            ("set", Anything)),
    };

    private static readonly Shape Expectation = new("expect")
    {
        Slots = Slots(
            ("chain", Of("none", "running", "suspended", "held", "stopping", "completed", "stopped")),
            ("reason", Text),
            ("verdict", Text),
            ("tasks", Object(() => Task).Many),
            ("noTasks", Flag),
            ("communications", Object(() => Message).Many),
            ("noCommunications", Flag)),
    };

    private static readonly Shape Task = new("an expected Task")
    {
        Slots = Slots(
            ("step", Text.Required),
            ("round", new Slot(SlotKind.Integer)),
            ("status", TaskStatus),
            ("priority", Of("routine", "urgent", "asap", "stat")),
            ("owner", Text),
            ("pool", Text),
            ("reason", Text),
            ("due", Text)),
    };

    private static readonly Shape Message = new("an expected Communication")
    {
        Slots = Slots(
            ("step", Text.Required),
            ("status", Of(
                "preparation", "in-progress", "not-done", "on-hold", "stopped", "completed", "entered-in-error",
                "unknown")),
            ("recipient", Text),
            ("contains", Text.Many)),
    };
}
