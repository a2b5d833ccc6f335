namespace FhirOrchestrator.Chains;

/// <summary>The machine's own reasons, codes of our CodeSystem <c>reason</c>; plans add theirs.</summary>
internal static class Reasons
{
    public const string System = "https://fhirorchestrator.dev/fhir/CodeSystem/reason";

    public static readonly Code PredecessorsSkipped = Of("predecessors-skipped", "nothing before it applied");
    public static readonly Code NotStopped = Of("not-stopped", "the chain was not stopped");
    public static readonly Code DeadlinePassed = Of("deadline-passed", "its deadline passed");
    public static readonly Code OutputMissing = Of("output-missing", "a required output is missing");
    public static readonly Code ReviewFailed = Of("review-failed", "its outputs do not say what the plan needs");
    public static readonly Code TaskVoided = Of("task-voided", "its Task was deleted or entered in error at the EHR");
    public static readonly Code TaskReopened = Of("task-reopened", "its Task was reopened after the chain moved on");
    public static readonly Code TaskIdentity = Of("task-identity-changed", "its Task is about something else now");
    public static readonly Code TaskRejected = Of("task-rejected", "its performer rejected it");
    public static readonly Code TaskFailed = Of("task-failed", "its performer could not do it");
    public static readonly Code TaskCancelled = Of("task-cancelled", "its Task was cancelled at the EHR");
    public static readonly Code AttemptsExhausted = Of("attempts-exhausted", "every try failed");
    public static readonly Code TriggerDeleted = Of("trigger-deleted", "what started the chain is gone at the EHR");
    public static readonly Code PatientDeleted = Of("patient-deleted", "the patient is gone at the EHR");
    public static readonly Code OnHold = Of("on-hold", "the request is on hold");

    /// <summary>A reason that a person gave.</summary>
    public static Code ByPerson(string code, string words) => new(System, code, words);

    private static Code Of(string code, string words) => new(System, code, words);
}
