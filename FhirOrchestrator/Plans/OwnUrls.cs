namespace FhirOrchestrator.Plans;

/// <summary>The canonical URLs of this project: extensions, CodeSystems and ValueSets of <c>profiles/</c>.</summary>
internal static class OwnUrls
{
    public const string Root = "https://fhirorchestrator.dev/fhir/";

    public const string ActivityCodes = Root + "CodeSystem/activity";
    public const string StepCodes = Root + "CodeSystem/step";
    public const string ReasonCodes = Root + "CodeSystem/reason";
    public const string OutputCodes = Root + "CodeSystem/output";
    public const string PoolCodes = Root + "CodeSystem/pool";

    public const string BusinessKey = Root + "StructureDefinition/business-key";
    public const string Subject = Root + "StructureDefinition/subject";
    public const string StartWindow = Root + "StructureDefinition/start-window";
    public const string SuspendWhile = Root + "StructureDefinition/suspend-while";
    public const string InputQuery = Root + "StructureDefinition/input-query";
    public const string Watch = Root + "StructureDefinition/watch";
    public const string Variable = Root + "StructureDefinition/variable";
    public const string CodeList = Root + "StructureDefinition/code-list";
    public const string TriggerReference = Root + "StructureDefinition/trigger-reference";
    public const string Screen = Root + "StructureDefinition/screen";
    public const string Voids = Root + "StructureDefinition/voids";
    public const string AfterSkipped = Root + "StructureDefinition/after-skipped";
    public const string Due = Root + "StructureDefinition/due";
    public const string Deadline = Root + "StructureDefinition/deadline";
    public const string OnNotDone = Root + "StructureDefinition/on-not-done";
    public const string Correction = Root + "StructureDefinition/correction";
    public const string Review = Root + "StructureDefinition/review";
    public const string OutputRule = Root + "StructureDefinition/output-rule";
}
