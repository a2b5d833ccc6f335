using System.Collections.Immutable;
using FhirOrchestrator.Chains;
using FhirOrchestrator.Fhir.Json;
using FhirOrchestrator.Outcomes;
using FhirOrchestrator.Plans;
using FhirOrchestrator.Remote;
using FhirOrchestrator.Settings;
using FhirOrchestrator.Steps;
using FhirOrchestrator.Tests.Support;
using Sample = FhirOrchestrator.Tests.Outcomes.Sample;

namespace FhirOrchestrator.Tests.Steps;

/// <summary>
/// One chain of the sample plan over a <see cref="FakeEhr"/>, with the real machine: what a worker does, without a
/// store.
/// </summary>
internal sealed class World : IDisposable
{
    private readonly EhrClient _client;

    public World(WriteScope writes = WriteScope.All, InboxReach reach = InboxReach.No, NotDonePolicy? onNotDone = null)
    {
        Package = Sample.Package(onNotDone);
        Ehr = new FakeEhr(Time);
        Ehr.Put(Sample.Patient);
        Ehr.Put(Sample.Stay);
        Facts = new EhrFacts { CommunicationReachesInbox = reach };
        _client = Ehr.Client(writes);
        Ledger = new MemoryLedger(this);
        State = ChainMachine.Create(Sample.State().Id, Package.Definition);
        Apply(new ChainEvent.Started(Time.GetUtcNow()));
    }

    public SteppedTime Time { get; } = new(Sample.Now);

    public FakeEhr Ehr { get; }

    public WorkflowPackage Package { get; set; }

    public EhrFacts Facts { get; set; }

    public MemoryLedger Ledger { get; }

    public ChainState State { get; set; }

    public Dossier Dossier { get; set; } = Sample.Dossier();

    public List<Code> Incidents { get; } = [];

    public StepState this[StepName step] => State.Steps[step];

    /// <summary>The Task of a step as the EHR has it.</summary>
    public Resource Task(StepName step, int round = 1) => Ehr.All("Task").Single(task =>
        EffectIdentity.Of(task, Sample.Installation) == new EffectIdentity(State.Id, step, round));

    public Resource Message(StepName step) => Ehr.All("Communication").Single(message =>
        EffectIdentity.Of(message, Sample.Installation)?.Step == step);

    /// <summary>Applies an event, answering what the machine asks.</summary>
    public Verdict Apply(ChainEvent happened)
    {
        var transition = ChainMachine.Decide(Package.Definition, State, happened);
        while (true)
        {
            State = transition.State;
            Incidents.AddRange(transition.Commands.OfType<ChainCommand.OpenIncident>().Select(each => each.Reason));
            if (State.Asked is not { } question)
            {
                return transition.Verdict;
            }

            var sheet = ExpressionAnswers.Evaluate(View(), question);
            Assert.That(sheet.Problems, Is.Empty);
            transition = ChainMachine.Decide(
                Package.Definition, State, new ChainEvent.Evaluated(Time.GetUtcNow(), sheet.Values, sheet.Versions));
        }
    }

    /// <summary>A resource of the dossier changed at the EHR, and the chain is told.</summary>
    public void Signal(string name, Resource? resource)
    {
        var known = Dossier.All(name).First();
        Dossier = Dossier.With(known with
        {
            Resource = resource, Version = resource?.VersionId ?? "gone", ReadAt = Time.GetUtcNow(),
        });
        Apply(
            new ChainEvent.Signalled(Time.GetUtcNow(), name, Dossier.All(name).First().VersionPath, resource is null));
    }

    /// <summary>Runs one try of a step and applies its report.</summary>
    public async Task<StepReport> RunAsync(StepName step)
    {
        var report = await TryAsync(step);
        var state = this[step];
        Apply(new ChainEvent.StepReported(Time.GetUtcNow(), new Attempt(step, state.Round, state.Attempt), report));
        return report;
    }

    /// <summary>Runs one try of a step, and keeps its report back.</summary>
    public Task<StepReport> TryAsync(StepName step)
    {
        var isTask = Package.Definition.Step(step).Kind == StepKind.HumanTask;
        IStep kind = isTask ? new HumanTaskStep() : new CommunicationStep();
        return kind.RunAsync(Run(step), CancellationToken.None);
    }

    public Task<PublishReport> PublishAsync() => Publisher.PublishAsync(Run(Sample.Call), CancellationToken.None);

    /// <summary>Publishes until nothing is to be done any more.</summary>
    public async Task<PublishReport> PublishFullyAsync()
    {
        for (var turn = 0; turn < 10; turn++)
        {
            var report = await PublishAsync();
            if (report.IsSettled)
            {
                return report;
            }

            Time.Advance(report.RetryAfter ?? TimeSpan.FromSeconds(1));
        }

        throw new AssertionException("publishing never settles");
    }

    /// <summary>The EHR's notification of a resource of ours is read, as the worker does.</summary>
    public async Task<Authorship?> NotifyAsync(string path)
    {
        var effect = Ledger.Rows.FirstOrDefault(row => row.Path == path);
        if (effect is null)
        {
            return null;
        }

        var seen = Ehr[path];
        var authorship = OwnWrite.Of(seen, effect);
        if (authorship == Authorship.Theirs)
        {
            var step = SendTask.Read(effect.Step).Step;
            var reading = TaskReader.Read(
                seen, effect.Content, Package.Templates[step], this[step], Sample.BaseUrl);
            await Ledger.LearnAsync(effect with { Body = seen.ToUtf8() }, reading, CancellationToken.None);
        }

        return authorship;
    }

    public void Act(StepName step, TaskAction action) => Assert.That(
        Apply(new ChainEvent.TaskActed(Time.GetUtcNow(), step, this[step].Round, action, new Actor(null, "Nora"))),
        Is.EqualTo(Verdict.Applied));

    public void Decide(Decision decision) =>
        Apply(new ChainEvent.Decided(Time.GetUtcNow(), decision, new Actor(null, "Lead"), "because"));

    public void Dispose() => _client.Dispose();

    private StepRun Run(StepName step) => new()
    {
        Step = step, Chain = View(), Ehr = _client, Facts = Facts, Ledger = Ledger, Time = Time,
    };

    private ChainView View() => Sample.View(State, Dossier, Package) with { Now = Time.GetUtcNow() };
}

/// <summary>The ledger of one chain in memory.</summary>
internal sealed class MemoryLedger(World world) : IEffectLedger
{
    public List<Effect> Rows { get; } = [];

    public List<Code> Notices { get; } = [];

    public List<DossierResource> Sighted { get; } = [];

    public int Learned { get; private set; }

    public Task<Effect> IntendAsync(Effect effect, CancellationToken ct)
    {
        var at = At(effect);
        if (at < 0)
        {
            Rows.Add(effect);
            return Task.FromResult(effect);
        }

        return Task.FromResult(Rows[at]);
    }

    public Task SettleAsync(Effect effect, CancellationToken ct)
    {
        Rows[At(effect)] = effect;
        return Task.CompletedTask;
    }

    public Task<ImmutableArray<Effect>> FindAllAsync(CancellationToken ct) => Task.FromResult(
        Rows.OrderBy(row => row.Step).ThenBy(row => row.Round).ToImmutableArray());

    public Task LearnAsync(Effect seen, TaskReading reading, CancellationToken ct)
    {
        Learned++;
        var (step, _) = SendTask.Read(seen.Step);
        world.Apply(new ChainEvent.TaskChanged(world.Time.GetUtcNow(), step, seen.Round, reading));
        return SettleAsync(seen, ct);
    }

    public Task SightAsync(DossierResource seen, CancellationToken ct)
    {
        Sighted.Add(seen);
        return Task.CompletedTask;
    }

    public Task NoticeAsync(StepName step, Code notice, CancellationToken ct)
    {
        Notices.Add(notice);
        return Task.CompletedTask;
    }

    private int At(Effect effect) => Rows.FindIndex(row =>
        row.Step == effect.Step && row.Round == effect.Round && row.Type == effect.Type);
}
