using static FhirOrchestrator.Plans.Shapes.TypeShapes;

namespace FhirOrchestrator.Plans.Shapes;

/// <summary>
/// What is understood of a PlanDefinition (R4, plandefinition): the plan itself, its one root action, and the steps in
/// it. The extensions are documented as StructureDefinitions in <c>profiles/</c>.
/// </summary>
internal static class PlanShapes
{
    /// <summary>Elements that only people read.</summary>
    private static readonly ImmutableArray<KeyValuePair<string, Slot>> ForPeople =
    [
        .. new[]
        {
            "meta", "text", "identifier", "subtitle", "contact", "usage", "copyright", "topic", "author", "editor",
            "reviewer", "endorser", "language",
        }.Select(name => KeyValuePair.Create(name, Anything)),
    ];

    public static Shape Plan { get; } = new("PlanDefinition")
    {
        Slots = Slots(
            ("resourceType", Of("PlanDefinition").Required),
            ("url", Text.Required),
            ("version", Text.Required),
            ("name", Text),
            ("title", Text.Required),
            ("status", Of("draft", "active", "retired", "unknown").Required),
            ("experimental", Flag),
            ("date", Text),
            ("approvalDate", Text),
            ("lastReviewDate", Text),
            ("description", Text),
            ("purpose", Text),
            ("publisher", Text),
            ("subjectCodeableConcept", CodeableConcept),
            ("action", Object(() => Root).Many.Required))
            .SetItems(ForPeople),
        Refused = Refusals(
            ("library", "libraries (CQL, decision tables) are not supported in this version", null),
            ("goal", "goals are not supported in this version", null),
            ("effectivePeriod", "an effective period is not supported in this version: nothing would enforce it",
                "approvalDate"),
            ("type", "plan types are not supported in this version", null),
            ("subjectReference", "expected the subject by extension, over the trigger", OwnUrls.Subject)),
        Extensions =
        [
            Extension(OwnUrls.BusinessKey, ("valueExpression", Expression)) with { IsRequired = true },
            Extension(OwnUrls.Subject, ("valueExpression", Expression)) with { IsRequired = true },
        ],
    };

    private static readonly ImmutableDictionary<string, Refusal> ActionRefused = Refusals(
        ("prefix", "prefixes are not supported in this version", "title"),
        ("goalId", "goals are not supported in this version", null),
        ("input", "inputs by DataRequirement are not supported in this version", OwnUrls.InputQuery),
        ("timingDateTime", Timers, OwnUrls.Due),
        ("timingAge", Timers, OwnUrls.Due),
        ("timingPeriod", Timers, OwnUrls.Due),
        ("timingDuration", Timers, OwnUrls.Due),
        ("timingRange", Timers, OwnUrls.Due),
        ("timingTiming", Timers, OwnUrls.Due),
        ("type", "action types are not supported in this version: a step makes what its activity says", "code"),
        ("groupingBehavior", Behaviours, "relatedAction"),
        ("selectionBehavior", Behaviours, "condition"),
        ("requiredBehavior", Behaviours, "condition"),
        ("precheckBehavior", Behaviours, "condition"),
        ("cardinalityBehavior", Behaviours, "condition"),
        ("definitionUri", "expected the canonical of an ActivityDefinition in the package's folder",
            "definitionCanonical"),
        ("transform", "transforms (StructureMap) are not supported in this version", "dynamicValue"),
        ("subjectCodeableConcept", "one subject a plan: expected it at the PlanDefinition", OwnUrls.Subject),
        ("subjectReference", "one subject a plan: expected it at the PlanDefinition", OwnUrls.Subject));

    private const string Timers = "timers are not supported in this version";
    private const string Behaviours = "grouping and selection behaviours are not supported in this version";

    /// <summary>The root action: what starts, stops and pauses the chain, and the steps.</summary>
    public static Shape Root { get; } = new("the root action")
    {
        Slots = Slots(
            ("id", Of("chain").Required),
            ("title", Text),
            ("description", Text),
            ("textEquivalent", Text),
            ("documentation", Anything),
            ("trigger", Object(() => StartTrigger).Many.Required),
            ("condition", Object(() => RootCondition).Many.Required),
            ("action", Object(() => Step).Many.Required)),
        Refused = ActionRefused.AddRange(Refusals(
            ("relatedAction", "the root action stands alone: expected the order at the steps", "action"),
            ("participant", "expected the pool at the steps", "action"),
            ("definitionCanonical", "the root action makes nothing: expected it at a step", "action"),
            ("dynamicValue", "the root action makes nothing: expected it at a step", "action"),
            ("output", "the root action makes nothing: expected it at a step", "action"),
            ("priority", "expected the priority at the steps", "action"),
            ("code", "expected the code at the steps", "action"),
            ("reason", "expected the reason at the steps", "textEquivalent"))),
        Extensions =
        [
            new(OwnUrls.StartWindow)
            {
                IsRequired = true,
                Parts =
                [
                    Extension("within", ("valueDuration", Duration)),
                    Extension("instant", ("valueExpression", Expression)) with { IsRequired = true },
                ],
            },
            Extension(OwnUrls.SuspendWhile, ("valueExpression", Expression)),
            Extension(OwnUrls.Variable, ("valueExpression", NamedExpression)) with { IsMany = true },
            new(OwnUrls.CodeList)
            {
                IsMany = true,
                Parts =
                [
                    Extension("name", ("valueCode", Text)) with { IsRequired = true },
                    Extension("valueSet", ("valueCanonical", Text)) with { IsRequired = true },
                ],
            },
            new(OwnUrls.InputQuery)
            {
                IsMany = true,
                Parts =
                [
                    Extension("name", ("valueCode", Text)) with { IsRequired = true },
                    Extension("query", ("valueExpression", Expression)) with { IsRequired = true },
                    Extension("max", ("valuePositiveInt", new Slot(SlotKind.Integer))),
                ],
            },
        ],
        Modifiers =
        [
            new(OwnUrls.Watch)
            {
                IsMany = true,
                Parts =
                [
                    Extension("name", ("valueCode", Text)) with { IsRequired = true },
                    Extension("resource", ("valueCode", Text)) with { IsRequired = true },
                    Extension("element", ("valueString", Text)) with { IsRequired = true },
                    Extension("of", ("valueCode", Of("trigger", "patient"))) with { IsRequired = true },
                ],
            },
        ],
    };

    private static Slot NamedExpression => Object(() => new Shape("Expression")
    {
        Slots = Slots(
            ("description", Text),
            ("name", Text.Required),
            ("language", Of("text/fhirpath").Required),
            ("expression", Text.Required)),
    });

    private static readonly ImmutableDictionary<string, Refusal> TriggerRefused = Refusals(
        ("timingTiming", Timers, null),
        ("timingReference", Timers, null),
        ("timingDate", Timers, null),
        ("timingDateTime", Timers, null));

    private static readonly Shape StartTrigger = new("the root action's trigger")
    {
        Slots = Slots(
            ("type", Of("data-changed", "data-added", "data-modified").Required with
            {
                RefusedValues = Refusals(
                    ("named-event", "named events do not start chains in this version", "data-changed"),
                    ("periodic", "periodic starts are not supported in this version", "data-changed"),
                    ("data-removed", "no EHR announces a removal reliably", "data-changed"),
                    ("data-accessed", "no EHR announces a reading", "data-changed"),
                    ("data-access-ended", "no EHR announces a reading", "data-changed")),
            }),
            ("name", Text),
            ("data", Object(() => TriggerRequirement).Many.Required),
            ("condition", ReasonExpression)),
        Refused = TriggerRefused,
        Extensions =
        [
            Extension(OwnUrls.TriggerReference, ("valueExpression", Expression)),
            Extension(OwnUrls.Screen, ("valueExpression", ReasonExpression)) with { IsMany = true },
        ],
    };

    private static readonly Shape TriggerRequirement = new("DataRequirement")
    {
        Slots = Slots(("type", Text.Required)),
        Refused = Refusals(
            ("codeFilter", "filters are expressions here", OwnUrls.Screen),
            ("dateFilter", "filters are expressions here", OwnUrls.Screen),
            ("profile", "profiles are not checked when a chain starts", OwnUrls.Screen),
            ("mustSupport", "filters are expressions here", OwnUrls.Screen)),
    };

    private static readonly Shape RootCondition = new("the root action's condition")
    {
        Slots = Slots(
            ("kind", Of("start", "stop").Required with
            {
                RefusedValues = Refusals(
                    ("applicability", "the chain as a whole has start and stop conditions only", "start")),
            }),
            ("expression", ReasonExpression.Required)),
        Extensions = [Extension(OwnUrls.Voids, ("valueBoolean", Flag))],
    };

    /// <summary>A step.</summary>
    public static Shape Step { get; } = new("a step")
    {
        Slots = Slots(
            ("id", Text.Required),
            ("title", Text.Required),
            ("description", Text),
            ("textEquivalent", Text),
            ("priority", Of("routine", "urgent", "asap", "stat")),
            ("code", CodeableConcept.Many.Required),
            ("reason", CodeableConcept.Many),
            ("documentation", Anything),
            ("trigger", Object(() => StepTrigger).Many),
            ("condition", Object(() => StepCondition).Many),
            ("relatedAction", Object(() => RelatedAction).Many),
            ("participant", Object(() => Participant).Many),
            ("definitionCanonical", Text.Required),
            ("dynamicValue", Object(() => DynamicValue).Many),
            ("output", Object(() => Output).Many)),
        Refused = ActionRefused.Add("action", new Refusal("sub-plans and groups are not supported in this version",
            "relatedAction")),
        Extensions =
        [
            Extension(OwnUrls.Due, ("valueDuration", Duration), ("valueExpression", Expression)),
            Extension(OwnUrls.Deadline, ("valueDuration", Duration)),
            new(OwnUrls.OnNotDone)
            {
                Parts =
                [
                    Extension("kind", ("valueCode", Of("skip", "reassign", "incident"))) with { IsRequired = true },
                    Extension("max", ("valuePositiveInt", new Slot(SlotKind.Integer))),
                ],
            },
            Extension(OwnUrls.Correction, ("valueBoolean", Flag)),
            Extension(OwnUrls.Review, ("valueExpression", GuardExpression)) with { IsMany = true },
        ],
        Modifiers = [Extension(OwnUrls.AfterSkipped, ("valueBoolean", Flag))],
    };

    private static readonly Shape StepTrigger = new("a step's trigger")
    {
        Slots = Slots(
            ("type", Of("named-event").Required),
            ("name", Of("chain-stopped").Required)),
        Refused = TriggerRefused.AddRange(Refusals(
            ("data", "a step that waits for a message is not supported in this version", "name"),
            ("condition", "expected the condition at the step", null))),
    };

    private static readonly Shape StepCondition = new("a step's condition")
    {
        Slots = Slots(
            ("kind", Of("applicability").Required with
            {
                RefusedValues = Refusals(
                    ("start", "start conditions belong to the root action", "applicability"),
                    ("stop", "a step that stops by itself is not supported in this version", "applicability")),
            }),
            ("expression", GuardExpression.Required)),
    };

    private static readonly Shape RelatedAction = new("relatedAction")
    {
        Slots = Slots(
            ("actionId", Text.Required),
            ("relationship", Of("after-end").Required with
            {
                RefusedValues = Refusals(
                    ("before-start", Relations, "after-end"),
                    ("before", Relations, "after-end"),
                    ("before-end", Relations, "after-end"),
                    ("concurrent-with-start", Relations, "after-end"),
                    ("concurrent", Relations, "after-end"),
                    ("concurrent-with-end", Relations, "after-end"),
                    ("after-start", Relations, "after-end"),
                    ("after", Relations, "after-end")),
            })),
        Refused = Refusals(("offsetDuration", Timers, OwnUrls.Due), ("offsetRange", Timers, OwnUrls.Due)),
    };

    private const string Relations = "only after-end is supported in this version";

    private static readonly Shape Participant = new("participant")
    {
        Slots = Slots(
            ("type", Of("practitioner", "related-person", "patient").Required),
            ("role", CodeableConcept.Required)),
    };

    public static Shape DynamicValue { get; } = new("dynamicValue")
    {
        Slots = Slots(("path", Text.Required), ("expression", Expression.Required)),
    };

    private static readonly Shape Output = new("output")
    {
        Slots = Slots(("type", Text.Required), ("codeFilter", Object(() => OutputCodes).Many)),
        Refused = Refusals(
            ("profile", "profiles of outputs are not checked in this version", OwnUrls.Review),
            ("subjectCodeableConcept", "not supported in this version", null),
            ("subjectReference", "not supported in this version", null),
            ("mustSupport", "not supported in this version", OwnUrls.Review),
            ("dateFilter", "not supported in this version", OwnUrls.Review),
            ("limit", "one output of a kind", null),
            ("sort", "one output of a kind", null)),
        Extensions =
        [
            new(OwnUrls.OutputRule)
            {
                Parts =
                [
                    Extension("code", ("valueCode", Text)),
                    Extension("title", ("valueString", Text)),
                    Extension("optional", ("valueBoolean", Flag)),
                ],
            },
        ],
    };

    private static readonly Shape OutputCodes = new("codeFilter")
    {
        Slots = Slots(("path", Text), ("code", Coding.Many.Required)),
        Refused = Refusals(
            ("searchParam", "expected the allowed codes themselves", "code"),
            ("valueSet", "expected the allowed codes themselves", "code")),
    };
}
