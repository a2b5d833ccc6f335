using static FhirOrchestrator.Plans.Shapes.TypeShapes;

namespace FhirOrchestrator.Plans.Shapes;

/// <summary>
/// What is understood of an ActivityDefinition (R4, activitydefinition) and of a Subscription (R4, subscription).
/// </summary>
internal static class ActivityShapes
{
    private const string Clinical = "only Tasks and messages are made in this version";

    /// <summary>
    /// An activity. Its kind is Task, or CommunicationRequest: R4 does not allow Communication there, so a
    /// CommunicationRequest is carried out at once and what is written is the Communication.
    /// </summary>
    public static Shape Activity { get; } = new("ActivityDefinition")
    {
        Slots = Slots(
            ("resourceType", Of("ActivityDefinition").Required),
            ("url", Text.Required),
            ("version", Text.Required),
            ("name", Text),
            ("title", Text.Required),
            ("status", Of("draft", "active", "retired", "unknown").Required),
            ("experimental", Flag),
            ("date", Text),
            ("description", Text),
            ("purpose", Text),
            ("publisher", Text),
            ("meta", Anything),
            ("text", Anything),
            ("kind", Of("Task", "CommunicationRequest").Required with
            {
                RefusedValues = Refusals(
                    ("Communication", "R4 does not allow this kind; the request is carried out as a Communication",
                        "CommunicationRequest"),
                    ("ServiceRequest", Clinical, "Task"),
                    ("MedicationRequest", Clinical, "Task"),
                    ("Appointment", Clinical, "Task")),
            }),
            ("intent", Of("order", "plan")),
            ("code", CodeableConcept.Required),
            ("dynamicValue", Object(() => PlanShapes.DynamicValue).Many)),
        Refused = Refusals(
            ("priority", "expected the priority at the plan's step", null),
            ("participant", "expected the pool at the plan's step", null),
            ("library", "libraries are not supported in this version", null),
            ("profile", "profiles are not applied in this version", null),
            ("transform", "transforms (StructureMap) are not supported in this version", "dynamicValue"),
            ("doNotPerform", "a step that forbids something is not supported", null),
            ("effectivePeriod", "an effective period is not supported in this version", null),
            ("timingTiming", "timers are not supported in this version", OwnUrls.Due),
            ("timingDateTime", "timers are not supported in this version", OwnUrls.Due),
            ("timingPeriod", "timers are not supported in this version", OwnUrls.Due),
            ("timingDuration", "timers are not supported in this version", OwnUrls.Due),
            ("location", "expected it as a dynamicValue", "dynamicValue"),
            ("productReference", Clinical, null),
            ("productCodeableConcept", Clinical, null),
            ("quantity", Clinical, null),
            ("dosage", Clinical, null),
            ("bodySite", Clinical, null),
            ("specimenRequirement", Clinical, null),
            ("observationRequirement", Clinical, null),
            ("observationResultRequirement", Clinical, null)),
    };

    /// <summary>A Subscription template: endpoint, header and end are the server's to fill in.</summary>
    public static Shape Subscription { get; } = new("Subscription")
    {
        Slots = Slots(
            ("resourceType", Of("Subscription").Required),
            ("meta", Anything),
            ("text", Anything),
            ("status", Of("requested").Required),
            ("contact", Anything),
            ("reason", Text.Required),
            ("criteria", Text.Required),
            ("_criteria", Object(() => TopicFilters)),
            ("channel", Object(() => Channel).Required)),
        Refused = Refusals(
            ("end", "the server renews its subscriptions: expected no end", null),
            ("error", "expected no error in a template", null)),
    };

    private const string Backport = "http://hl7.org/fhir/uv/subscriptions-backport/StructureDefinition/";

    /// <summary>The filter of a topic-based subscription (Backport for R4).</summary>
    public const string FilterCriteria = Backport + "backport-filter-criteria";

    private static readonly Shape TopicFilters = new("_criteria")
    {
        Extensions = [Extension(FilterCriteria, ("valueString", Text)) with { IsMany = true }],
    };

    private static readonly Shape Channel = new("channel")
    {
        Slots = Slots(
            ("type", Of("rest-hook").Required with
            {
                RefusedValues = Refusals(
                    ("websocket", "only rest-hook is supported in this version", "rest-hook"),
                    ("email", "only rest-hook is supported", "rest-hook"),
                    ("sms", "only rest-hook is supported", "rest-hook"),
                    ("message", "only rest-hook is supported", "rest-hook")),
            }),
            ("payload", Of("application/fhir+json")),
            ("_payload", Object(() => Payload))),
        Refused = Refusals(
            ("endpoint", "the server fills in the endpoint: expected none", null),
            ("header", "the server fills in the secret: expected none", null)),
    };

    private static readonly Shape Payload = new("_payload")
    {
        Extensions =
        [
            Extension(Backport + "backport-payload-content", ("valueCode", Of("empty", "id-only", "full-resource"))),
        ],
    };
}
