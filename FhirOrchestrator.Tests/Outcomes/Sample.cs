using System.Collections.Immutable;
using FhirOrchestrator.Chains;
using FhirOrchestrator.Fhir.Json;
using FhirOrchestrator.Fhir.Path;
using FhirOrchestrator.Outcomes;
using FhirOrchestrator.Plans;

namespace FhirOrchestrator.Tests.Outcomes;

/// <summary>A small plan over one stay: a call, a message to the GP, and a message that corrects it.</summary>
internal static class Sample
{
    public const string Installation = "urn:uuid:0b7c5e1e-3d0a-4e6c-9d57-8a4c2a1f6b10";

    public static readonly Uri BaseUrl = new("https://ehr.example/fhir");
    public static readonly DateTimeOffset Now = new(2026, 3, 1, 8, 0, 0, TimeSpan.Zero);
    public static readonly StepName Call = new("call");
    public static readonly StepName Notify = new("notify");
    public static readonly StepName Correct = new("correct");

    public static readonly Code Reached = new(Vocabulary.Output, "reached-well", "Reached, well");
    public static readonly Code Concern = new(Vocabulary.Output, "reached-concern", "Reached, a concern");

    public static readonly Resource Patient = Json(
        """
        {"resourceType":"Patient","id":"p1","meta":{"versionId":"1"},"active":true,"name":[{"family":"Canary"}],
         "generalPractitioner":[{"reference":"Practitioner/gp"}]}
        """);

    public static readonly Resource Stay = Json(
        """
        {"resourceType":"Encounter","id":"e1","meta":{"versionId":"1"},"status":"finished",
         "class":{"code":"IMP"},"subject":{"reference":"Patient/p1"},"period":{"end":"2026-03-01T07:00:00Z"}}
        """);

    public static Resource Json(string text) =>
        Resource.Read(System.Text.Encoding.UTF8.GetBytes(text)) is { Value: { } resource }
            ? resource
            : throw new ArgumentException("expected a resource", nameof(text));

    public static WorkflowPackage Package(NotDonePolicy? onNotDone = null) => new()
    {
        Name = "sample",
        Title = "Sample",
        Definition = new ChainDefinition
        {
            Plan = new PlanVersion("https://example.org/plan", "1", "hash"),
            Steps =
            [
                new StepDefinition
                {
                    Name = Call, Kind = StepKind.HumanTask, Title = "Follow-up call",
                    Due = new ExpressionKey("call/due"), OnNotDone = onNotDone ?? NotDonePolicy.Incident,
                },
                new StepDefinition { Name = Notify, Kind = StepKind.Communication, Title = "Tell the GP" },
                new StepDefinition
                {
                    Name = Correct, Kind = StepKind.Communication, Title = "Correct it", OnStop = true,
                    Applicability = [new Applicability(new ExpressionKey("correct/if"), "nobody was told")],
                },
            ],
            Stops =
            [
                new StopRule(
                    new Code(null, "voided", "Entered in error"), new ExpressionKey("stop/voided"), Voids: true),
                new StopRule(
                    new Code(null, "reversed", "Discharge reversed"), new ExpressionKey("stop/reversed"), Voids: false),
                new StopRule(new Code(null, "died", "The patient died"), new ExpressionKey("stop/died"), Voids: false),
            ],
            SuspendWhile = new ExpressionKey("suspend"),
        },
        Subscriptions = [],
        Starts = [],
        BusinessKey = PathExpression.Compile("%trigger.id"),
        Subject = PathExpression.Compile("%trigger.subject.reference"),
        Inputs = [new InputQuery("practitioners", PathExpression.Compile("{}"), 10)],
        Watches = [new WatchRule("appointments", "Appointment", "participant", "patient")],
        Expressions = new Dictionary<string, string>
        {
            ["call/due"] = "2 days",
            ["correct/if"] = "%notify.status = 'completed'",
            ["stop/voided"] = "%trigger.status = 'entered-in-error'",
            ["stop/reversed"] = "%trigger.status = 'in-progress'",
            ["stop/died"] = "%patient.deceased.exists()",
            ["suspend"] = "%trigger.status = 'onleave'",
        }.ToImmutableDictionary(pair => new ExpressionKey(pair.Key), pair => PathExpression.Compile(pair.Value)),
        Templates = new Dictionary<StepName, StepTemplate>
        {
            [Call] = CallTemplate(),
            [Notify] = MessageTemplate(isCorrection: false),
            [Correct] = MessageTemplate(isCorrection: true),
        }.ToImmutableDictionary(),
        MayStart = true,
    };

    public static StepTemplate CallTemplate() => new()
    {
        Activity = "https://example.org/ActivityDefinition/follow-up-call|1",
        Title = "Call the patient",
        Why = "Discharged home",
        Code = new Code(Vocabulary.Activity, "follow-up-call", "Call the patient"),
        Pool = new Code(Vocabulary.Pool, "nurse", "Nurses"),
        Fixed = ObjectNode.Empty,
        Outputs = [new OutputRule("outcome", "How it went", [Reached, Concern], IsRequired: true)],
    };

    public static StepTemplate MessageTemplate(bool isCorrection) => new()
    {
        Activity = "https://example.org/ActivityDefinition/tell-gp|1",
        Title = "Tell the GP",
        Code = new Code(Vocabulary.Activity, isCorrection ? "correct-gp" : "tell-gp", "Tell the GP"),
        Fixed = ObjectNode.Empty,
        IsCorrection = isCorrection,
        Values =
        [
            new TemplateValue("recipient", PathExpression.Compile("%patient.generalPractitioner")),
            new TemplateValue("payload.contentString", PathExpression.Compile("'Discharged: ' + %trigger.id")),
        ],
    };

    public static Dossier Dossier(Resource? trigger = null, Resource? patient = null) => new(
    [
        new DossierResource("trigger", "Encounter", "e1", (trigger ?? Stay).VersionId ?? "1", trigger ?? Stay, Now),
        new DossierResource("patient", "Patient", "p1", (patient ?? Patient).VersionId ?? "1", patient ?? Patient, Now),
    ]);

    public static ChainState State(
        ChainPhase phase = ChainPhase.Running, StepState? call = null, StepState? notify = null) =>
        ChainMachine.Create(new ChainId(new Guid("7b0f6a3e-0000-5000-8000-000000000001")), Package().Definition) with
        {
            Phase = phase,
            StartedAt = Now,
            Steps = ImmutableSortedDictionary<StepName, StepState>.Empty
                .Add(Call, call ?? Begun() with { Due = Now.AddDays(2) })
                .Add(Notify, notify ?? Begun())
                .Add(Correct, new StepState()),
        };

    private static StepState Begun() => new() { Phase = StepPhase.Running, Round = 1, StartedAt = Now };

    public static ChainView View(ChainState? state = null, Dossier? dossier = null, WorkflowPackage? package = null) =>
        new()
    {
        Package = package ?? Package(),
        State = state ?? State(),
        Dossier = dossier ?? Dossier(),
        Patient = "Patient/p1",
        Installation = Installation,
        BaseUrl = BaseUrl,
        Now = Now,
    };

    public static Effect EffectOf(Resource resource, StepName? step = null, int round = 1) => new()
    {
        Step = step ?? Call, Round = round, Type = resource.Type, ContentHash = ContentHash.Of(resource),
        Id = resource.Id, Version = resource.VersionId, Body = resource.ToUtf8(),
    };

    /// <summary>The sample's call Task as the EHR has it.</summary>
    public static Resource CallTask(string status = "requested") =>
        (TaskProjection.Create(View(), Call).Resource ?? throw new InvalidOperationException("expected a Task"))
        .With("status", status).WithId("t1").WithVersion("1", Now);
}
