using FhirOrchestrator.Chains;

namespace FhirOrchestrator.Tests.Chains;

/// <summary>Small definitions for tests of the machine.</summary>
internal static class Definitions
{
    public static readonly DateTimeOffset Noon = new(2026, 11, 20, 12, 0, 0, TimeSpan.Zero);
    public static readonly Actor Ana = new("Practitioner/ana", "Ana Nurse");
    public static readonly Actor Bob = new("Practitioner/bob", "Bob Nurse");

    public static ChainDefinition Of(params StepDefinition[] steps) => new()
    {
        Plan = new PlanVersion("https://example.org/plan", "1", "hash"),
        Steps = [.. steps],
    };

    public static ChainDefinition WithStop(this ChainDefinition definition, string reason, bool voids = false) =>
        definition with
        {
            Stops = definition.Stops.Add(
                new StopRule(new Code(null, reason, reason), new ExpressionKey($"stop/{reason}"), voids)),
        };

    public static StepDefinition Person(string name, params string[] after) => Step(StepKind.HumanTask, name, after);

    public static StepDefinition Message(string name, params string[] after) =>
        Step(StepKind.Communication, name, after);

    public static StepDefinition If(this StepDefinition step, string condition) => step with
    {
        Applicability = [new Applicability(new ExpressionKey(condition), $"not {condition}")],
    };

    private static StepDefinition Step(StepKind kind, string name, string[] after) => new()
    {
        Name = new StepName(name),
        Kind = kind,
        Title = name,
        After = [.. after.Select(each => new StepName(each))],
    };
}

/// <summary>A chain driven by hand: answers its questions from a table of what is true.</summary>
internal sealed class Driver
{
    private readonly ChainDefinition _definition;

    public Driver(ChainDefinition definition, params string[] truths)
    {
        _definition = definition;
        Truths = [.. truths];
        State = ChainMachine.Create(ChainId.Of(definition.Plan.Url, "ehr", "key"), definition);
        Apply(new ChainEvent.Started(Now));
    }

    public ChainState State { get; private set; }

    public HashSet<string> Truths { get; }

    public Dictionary<string, TimeSpan> Spans { get; } = [];

    public DateTimeOffset Now { get; set; } = Definitions.Noon;

    public List<ChainCommand> Commands { get; } = [];

    public List<ChainEvent> Log { get; } = [];

    public StepState this[string step] => State.Steps[new StepName(step)];

    public Transition Apply(ChainEvent happened)
    {
        var answer = Once(happened);
        while (State.Asked is { } asked)
        {
            Once(new ChainEvent.Evaluated(Now, [.. asked.Expressions.Select(Evaluate)], []));
        }

        return answer;
    }

    public Transition Report(string step, StepReport report, int? round = null, int? number = null) =>
        Apply(new ChainEvent.StepReported(
            Now, new Attempt(new StepName(step), round ?? this[step].Round, number ?? this[step].Attempt), report));

    public void Open(params string[] steps)
    {
        foreach (var step in steps)
        {
            Report(step, new StepReport.Waiting(null, null));
        }
    }

    public Transition Act(string step, TaskAction action, Actor? by = null) =>
        Apply(new ChainEvent.TaskActed(Now, new StepName(step), this[step].Round, action, by ?? Definitions.Ana));

    public Transition Read(string step, TaskReading reading, int? round = null) =>
        Apply(new ChainEvent.TaskChanged(Now, new StepName(step), round ?? this[step].Round, reading));

    public Transition Signal(string name = "trigger", bool deleted = false) =>
        Apply(new ChainEvent.Signalled(Now, name, "Encounter/1/_history/2", deleted));

    public Transition Decide(Decision decision, string reason = "because") =>
        Apply(new ChainEvent.Decided(Now, decision, Definitions.Ana, reason));

    public static TaskAction Done(params StepOutput[] outputs) => new TaskAction.Complete([.. outputs], []);

    private Transition Once(ChainEvent happened)
    {
        var answer = ChainMachine.Decide(_definition, State, happened);
        State = answer.State;
        Commands.AddRange(answer.Commands);
        if (answer.Verdict == Verdict.Applied)
        {
            Log.Add(happened);
        }

        return answer;
    }

    private ExpressionValue Evaluate(Ask ask) =>
        new(Truths.Contains(ask.Key.Value), Span: Spans.TryGetValue(ask.Key.Value, out var span) ? span : null);
}
