using FhirOrchestrator.Chains;
using static FhirOrchestrator.Tests.Chains.Definitions;
using TaskStatus = FhirOrchestrator.Chains.TaskStatus;

namespace FhirOrchestrator.Tests.Chains;

/// <summary>
/// Random definitions under random events: whatever happens in whatever order, the invariants hold, the log replays to
/// the same state, and once people and effects answer, every chain ends.
/// </summary>
internal sealed class RandomWalkTests
{
    private const int Seeds = 3000;

    [Test]
    public void Walk_AnySeed_KeepsInvariantsAndEnds()
    {
        var events = 0;
        var seen = new HashSet<(string, ChainPhase)>();
        for (var seed = 0; seed < Seeds; seed++)
        {
            var random = new Random(seed);
            var definition = RandomDefinition(random);
            var chain = new Driver(definition, RandomTruths(random, definition));
            for (var turn = 0; turn < 40; turn++)
            {
                chain.Now += TimeSpan.FromMinutes(random.Next(600));
                var phase = chain.State.Phase;
                var answer = Happen(random, definition, chain);
                if (answer is not null)
                {
                    events++;
                    seen.Add((chain.Log.Count == 0 ? "-" : chain.Log[^1].GetType().Name, phase));
                }

                Check(chain, seed);
            }

            Finish(definition, chain);
            Check(chain, seed);
            Assert.That(Signalled(chain.State.Phase), Is.True, $"seed {seed}: {chain.State.Phase}");
            Assert.That(Replay(definition, chain), Is.EqualTo(chain.State.Revision), $"seed {seed}");
        }

        TestContext.Out.WriteLine($"{Seeds} seeds, {events} events, {seen.Count} pairs of event and phase");
    }

    private static bool Signalled(ChainPhase phase) => phase is ChainPhase.Completed or ChainPhase.Stopped;

    private static ChainDefinition RandomDefinition(Random random)
    {
        var steps = new List<StepDefinition>();
        var count = random.Next(1, 8);
        for (var at = 0; at < count; at++)
        {
            var after = steps.Where(step => !step.OnStop && random.Next(3) == 0)
                .Select(step => step.Name.Value).ToArray();
            var step = random.Next(2) == 0 ? Person($"s{at}", after) : Message($"s{at}", after);
            step = step with
            {
                Deadline = random.Next(3) == 0 ? TimeSpan.FromHours(random.Next(1, 500)) : null,
                OnStop = after.Length == 0 && random.Next(5) == 0,
                OnNotDone = random.Next(3) switch
                {
                    0 => NotDonePolicy.Incident,
                    1 => NotDonePolicy.Skip,
                    _ => new NotDonePolicy(NotDoneKind.Reassign, 3),
                },
                AttemptsMax = random.Next(1, 4),
                Review = random.Next(4) == 0 ? [new ExpressionKey($"review{at}")] : [],
            };
            steps.Add(random.Next(3) == 0 ? step.If($"if{at}") : step);
        }

        var definition = Of([.. steps]);
        definition = random.Next(2) == 0 ? definition.WithStop("reversed").WithStop("error", voids: true) : definition;
        return random.Next(3) == 0 ? definition with { SuspendWhile = new ExpressionKey("hold") } : definition;
    }

    private static string[] RandomTruths(Random random, ChainDefinition definition) =>
        [.. definition.Steps.SelectMany(step => step.Applicability.Select(guard => guard.Condition.Value)
            .Concat(step.Review.Select(key => key.Value))).Where(_ => random.Next(2) == 0)];

    private static Transition? Happen(Random random, ChainDefinition definition, Driver chain)
    {
        var step = definition.Steps[random.Next(definition.Steps.Length)].Name.Value;
        switch (random.Next(9))
        {
            case 0:
                return chain.Report(step, RandomReport(random), number: random.Next(1, 4));
            case 1:
                return chain.Report(step, RandomReport(random));
            case 2:
                return chain.Read(step, RandomReading(random), random.Next(4) == 0 ? random.Next(3) : null);
            case 3:
                return chain.Act(step, RandomAction(random), random.Next(2) == 0 ? Ana : Bob);
            case 4:
                Flip(chain.Truths, random.Next(4) == 0 ? "stop/reversed" : "hold");
                return chain.Signal(deleted: random.Next(10) == 0);
            case 5:
                return chain.Decide(RandomDecision(random, step));
            case 6:
                return chain.Apply(new ChainEvent.TimerFired(chain.Now, new StepName(step), TimerKind.Deadline));
            default:
                return chain.Report(step, new StepReport.Waiting(null, null));
        }
    }

    private static void Flip(HashSet<string> truths, string name)
    {
        if (!truths.Remove(name))
        {
            truths.Add(name);
        }
    }

    private static StepReport RandomReport(Random random) => random.Next(5) switch
    {
        0 => new StepReport.Done([]),
        1 => new StepReport.Waiting("Practitioner/ana", "Ana Nurse"),
        2 => new StepReport.Retry(new Code(null, "busy"), null),
        3 => new StepReport.Failed(new Code(null, "refused")),
        _ => new StepReport.Guarded(new Code(null, "merged")),
    };

    private static TaskReading RandomReading(Random random) => new()
    {
        Status = Enum.GetValues<TaskStatus>()[random.Next(12)],
        Missing = random.Next(5) == 0 ? ["outcome"] : [],
        IdentityChanged = random.Next(20) == 0 ? ["for"] : [],
        Deleted = random.Next(30) == 0,
    };

    private static TaskAction RandomAction(Random random) => random.Next(5) switch
    {
        0 => new TaskAction.Claim(),
        1 => new TaskAction.Start(),
        2 => new TaskAction.Release(),
        3 => Driver.Done(),
        _ => new TaskAction.Fail("cannot"),
    };

    private static Decision RandomDecision(Random random, string step) => random.Next(8) switch
    {
        0 => new Decision.Cancel(),
        1 => new Decision.Void(),
        2 => new Decision.Hold(),
        3 or 4 => new Decision.Resume(),
        5 => new Decision.RetryStep(new StepName(step)),
        6 => new Decision.SkipStep(new StepName(step)),
        _ => new Decision.AcceptStep(new StepName(step)),
    };

    // What must hold after every event.
    private static void Check(Driver chain, int seed)
    {
        var state = chain.State;
        var ended = Signalled(state.Phase);
        Assert.That(state.Asked, Is.Null, $"seed {seed}: a question was left open");
        Assert.That(chain.Commands.OfType<ChainCommand.End>().Count(), Is.EqualTo(ended ? 1 : 0), $"seed {seed}");
        foreach (var (name, step) in state.Steps)
        {
            Assert.That(!ended || step.HasEnded, Is.True, $"seed {seed}: {name} is open in an ended chain");
            Assert.That(step.HasEnded && step.Task is { } task && !Flow.IsTerminal(task.Status), Is.False,
                $"seed {seed}: {name} ended with an open Task");
            Assert.That(step.Phase == StepPhase.Running && state.Phase == ChainPhase.Held, Is.False,
                $"seed {seed}: {name} runs in a held chain");
        }
    }

    // Effects succeed, people answer, somebody resumes: then every chain comes to its end.
    private static void Finish(ChainDefinition definition, Driver chain)
    {
        chain.Truths.Remove("hold");
        for (var turn = 0; turn < 100 && !Signalled(chain.State.Phase); turn++)
        {
            chain.Signal();
            chain.Decide(new Decision.Resume());
            foreach (var step in definition.Steps)
            {
                _ = chain[step.Name.Value].Phase switch
                {
                    StepPhase.Running => chain.Report(step.Name.Value, new StepReport.Done([])),
                    StepPhase.Waiting => chain.Read(step.Name.Value, new TaskReading { Status = TaskStatus.Completed }),
                    StepPhase.NeedsReview => chain.Decide(new Decision.AcceptStep(step.Name)),
                    StepPhase.Failed => chain.Decide(new Decision.SkipStep(step.Name)),
                    _ => null,
                };
            }
        }
    }

    private static long Replay(ChainDefinition definition, Driver chain)
    {
        var state = ChainMachine.Create(chain.State.Id, definition);
        foreach (var happened in chain.Log)
        {
            state = ChainMachine.Decide(definition, state, happened).State;
        }

        foreach (var (name, step) in state.Steps)
        {
            Assert.That(step.Phase, Is.EqualTo(chain.State.Steps[name].Phase));
            Assert.That(step.Round, Is.EqualTo(chain.State.Steps[name].Round));
        }

        return state.Revision;
    }
}
