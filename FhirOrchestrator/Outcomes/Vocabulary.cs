using FhirOrchestrator.Chains;

namespace FhirOrchestrator.Outcomes;

/// <summary>The systems and URLs of what we write.</summary>
internal static class Vocabulary
{
    private const string Root = "https://fhirorchestrator.dev/fhir/CodeSystem/";

    public const string Activity = Root + "activity";
    public const string Output = Root + "output";
    public const string Pool = Root + "pool";
    public const string BusinessStatus = Root + "business-status";

    /// <summary>HL7's Task codes (fulfill, approve, …).</summary>
    public const string TaskCode = "http://hl7.org/fhir/CodeSystem/task-code";

    /// <summary>R4 extension: the Task that this one stands in for.</summary>
    public const string TaskReplaces = "http://hl7.org/fhir/StructureDefinition/task-replaces";

    /// <summary>
    /// The resource types of requests (R4, request pattern): only these may stand in <c>basedOn</c> or be fulfilled.
    /// </summary>
    private static readonly ImmutableHashSet<string> Requests = ImmutableHashSet.Create(
        StringComparer.Ordinal,
        "Appointment", "AppointmentResponse", "CarePlan", "Claim", "CommunicationRequest", "Contract",
        "CoverageEligibilityRequest", "DeviceRequest", "EnrollmentRequest", "ImmunizationRecommendation",
        "MedicationRequest", "NutritionOrder", "RequestGroup", "ServiceRequest", "SupplyRequest", "VisionPrescription");

    /// <summary>True for a resource type that asks for something to be done.</summary>
    public static bool IsRequest(string? type) => type is not null && Requests.Contains(type);
}

/// <summary>The reasons of effects and of their guard, codes of <see cref="Reasons.System"/>.</summary>
internal static class EffectReasons
{
    public static readonly Code SubjectChanged = Of("subject-changed", "The trigger is about another patient now");
    public static readonly Code SubjectUnknown = Of("subject-unknown", "The trigger names no patient any more");
    public static readonly Code TriggerVoided = Of("trigger-entered-in-error", "The trigger was entered in error");
    public static readonly Code PatientUnreadable = Of("patient-unreadable", "The patient's record cannot be read");
    public static readonly Code PatientInactive = Of("patient-inactive", "The patient's record is inactive");
    public static readonly Code PatientMerged = Of("patient-merged", "The patient's record was merged into another");
    public static readonly Code UnknownModifier =
        Of("unknown-modifier", "The record carries a modifier whose meaning is not known here");

    public static readonly Code StopPending =
        Of("stop-pending", "The EHR shows a state that ends the plan; waiting for the plan to take it in");

    public static readonly Code Unavailable = Of("ehr-unavailable", "The EHR cannot be reached");
    public static readonly Code Throttled = Of("ehr-throttled", "The EHR asks for fewer requests");
    public static readonly Code Unauthorized = Of("ehr-unauthorized", "The EHR does not accept our credentials");
    public static readonly Code UnknownOutcome = Of("unknown-outcome", "It is not known whether the EHR took it");
    public static readonly Code Conflict = Of("ehr-conflict", "The EHR's copy changed meanwhile");
    public static readonly Code Refused = Of("ehr-refused", "The EHR refuses it as it stands");
    public static readonly Code NotReadBack = Of("not-read-back", "What the EHR answered is not what was sent");
    public static readonly Code NoRecipient = Of("no-recipient", "Nobody to send it to is known");
    public static readonly Code Superseded = Of("superseded", "A further round took its place");
    public static readonly Code Duplicate = Of("duplicate", "The EHR had made it twice; the other one counts");
    public static readonly Code MessageVoided =
        Of("message-voided", "Its message was deleted or entered in error at the EHR");

    public static readonly Code Withdrawn = Of("withdrawn", "No longer to be done");

    /// <summary>
    /// A template that cannot be rendered: what was expected and what was found, without patient data.
    /// </summary>
    public static Code Unrenderable(string words) => Of("unrenderable", words);

    private static Code Of(string value, string display) => new(Reasons.System, value, display);
}
