using System.Collections.Immutable;
using System.Text;
using FhirOrchestrator.Chains;
using FhirOrchestrator.Facts;
using FhirOrchestrator.Fhir.Json;
using FhirOrchestrator.Plans;
using FhirOrchestrator.Storage;
using FhirOrchestrator.Worklist;
using TaskStatus = FhirOrchestrator.Chains.TaskStatus;

namespace FhirOrchestrator.Tests.Worklist;

/// <summary>A discharged patient with one task, as the screens get it.</summary>
internal static class Rows
{
    public const string Patient =
        """
        {"resourceType":"Patient","id":"p1","birthDate":"1961-02-03",
        "identifier":[{"type":{"coding":[{"code":"MR"}]},"value":"77","assigner":{"display":"City hospital"}}],
        "name":[{"family":"Work","given":["Ida","Maria"]}],
        "communication":[{"language":{"text":"Polish"},"preferred":true}],
        "extension":[{"url":"http://hl7.org/fhir/StructureDefinition/patient-interpreterRequired","valueBoolean":true}],
        "telecom":[{"system":"email","value":"ida@example.org"},{"system":"phone","value":"555-1","rank":1}]}
        """;

    public const string Stay =
        """
        {"resourceType":"Encounter","id":"e1","status":"finished","class":{"code":"IMP"},
        "period":{"start":"2026-11-18T08:00:00Z","end":"2026-11-20T11:00:00Z"},
        "hospitalization":{"dischargeDisposition":{"text":"Home"}},
        "location":[{"location":{"display":"Bed 2B-2-B"},"status":"completed"}]}
        """;

    public static readonly DateTimeOffset Now = new(2026, 11, 20, 12, 0, 0, TimeSpan.Zero);
    public static readonly StepName Step = new("call");
    private static readonly PlanVersion Plan = new("https://example.org/plan", "1", "hash");
    private static readonly Code Pool = new(null, "nurse", "Follow-up nurse");

    public static readonly StepTemplate Template = new()
    {
        Activity = "https://example.org/call|1",
        Title = "Call the patient",
        Why = "Does the patient feel well?",
        Code = new Code(null, "call", "Call"),
        Pool = Pool,
        Fixed = ObjectNode.Empty,
        Outputs =
        [
            new OutputRule(
                "outcome", "Outcome", [new Code(null, "well", "Reached, is well"), new Code(null, "none")], true),
            new OutputRule("Appointment", "Appointment", [], false),
        ],
    };

    public static StepState Waiting(string? owner = null, TaskStatus status = TaskStatus.Requested) => new()
    {
        Phase = StepPhase.Waiting,
        Round = 1,
        Due = Now.AddHours(5),
        Task = new HumanTask { Status = status, OwnerName = owner, Since = Now },
    };

    public static ChainRecord Chain(
        string? patient = Patient, string? trigger = Stay, StepState? step = null, DateTimeOffset? readAt = null) =>
        new()
    {
        State = new ChainState
        {
            Id = ChainId.Of(Plan.Url, "sandbox", "1"),
            Plan = Plan,
            Phase = ChainPhase.Running,
            Steps = ImmutableSortedDictionary<StepName, StepState>.Empty.Add(Step, step ?? Waiting()),
        },
        Package = "discharge-follow-up",
        Ehr = EhrId.Sandbox,
        Site = SiteId.Unknown,
        BusinessKey = "1",
        Patient = "Patient/p1",
        StartedBy = Origin.Notification,
        Dossier =
        [
            Entry("trigger", "Encounter", "e1", trigger, readAt),
            Entry("patient", "Patient", "p1", patient, readAt),
        ],
    };

    public static DossierEntry Entry(
        string name, string type, string id, string? body, DateTimeOffset? readAt = null) =>
        new(name, type, id, "1", body is null ? default : Encoding.UTF8.GetBytes(body), readAt ?? Now.AddMinutes(-1));

    public static TaskRow Row(ChainRecord? chain = null, RowContext? context = null, DateTimeOffset? due = null)
    {
        chain ??= Chain();
        var state = chain.State.Steps[Step];
        var item = new WorkItem
        {
            Chain = chain.Id,
            Step = Step,
            Round = 1,
            Title = Template.Title,
            Priority = "routine",
            Pool = Pool,
            Owner = state.Task?.OwnerName,
            Due = due ?? state.Due,
            Phase = state.Phase,
        };
        return TaskRow.Of(item, chain, context ?? Context(), Now);
    }

    public static RowContext Context(string? priority = null, string? problem = null) => new()
    {
        Workflow = "Discharge follow-up",
        Why = Template.Why,
        Priority = priority,
        ChartUrl = new Uri("https://ehr.example/fhir/Patient/p1"),
        EhrProblem = problem,
    };

    public static ListModel List(params ImmutableArray<TaskRow> rows) => new()
    {
        Rows = rows,
        Pools = [Pool],
        Views = [.. ListView.All.Select(view => new ListView(
            view.Key, view.Words, rows.Length, view.Key is null, ListView.HrefOf(view.Key, "nurse")))],
        Pool = "nurse",
        Show = null,
        Person = "Ann",
        HasSandbox = false,
        Now = Now,
        Notices = [],
    };

    public static TaskModel Task(ChainRecord? chain = null, string? person = "Ann") => new()
    {
        Row = Row(chain),
        Template = Template,
        Steps = [new StepLine("Call the patient", "Waiting", "waiting")],
        Person = person,
        HasSandbox = false,
    };

    /// <summary>A resource from JSON.</summary>
    public static Resource Read(string json) =>
        Resource.Read(Encoding.UTF8.GetBytes(json)).Value ?? throw new AssertionException("expected a resource");
}
