using System.Collections.Immutable;
using System.Text;
using FhirOrchestrator.Chains;
using FhirOrchestrator.Plans;
using FhirOrchestrator.Scenarios;
using FhirOrchestrator.Tests.Plans;

namespace FhirOrchestrator.Tests.Scenarios;

/// <summary>A runner that sees nothing passes everything: wrong expectations and wrong plans must fail.</summary>
internal sealed class ScenarioRunnerTests
{
    private static readonly string[] Mutated = ["day-14", "no-answer-twice", "entered-in-error", "deceased"];

    [TestCaseSource(nameof(Mutated))]
    public async Task Run_AnyExpectationWrong_Fails(string name)
    {
        var survivors = new List<string>();
        var count = 0;
        foreach (var (mutant, change) in Mutants(Find(name)))
        {
            count++;
            var result = await RunAsync(mutant);
            if (result.Passed || result.Problems.IsEmpty)
            {
                survivors.Add(change);
            }
        }

        TestContext.Out.WriteLine($"{count} mutants");
        Assert.That(count, Is.GreaterThan(3));
        Assert.That(survivors, Is.Empty);
    }

    [Test]
    public async Task Run_WrongDue_SaysScenarioStepExpectedAndGot()
    {
        var wrong = WithLast(Find("concern"), expected => expected with
        {
            Tasks = [.. expected.Tasks!.Value.Select(task =>
                task.Step == "nurse-concern" ? task with { Due = TimeSpan.FromHours(6) } : task)],
        });
        Assert.That((await RunAsync(wrong)).Problems, Has.Some.EqualTo(
            "scenario discharge-follow-up/concern, step 3 (PT4H1M): "
            + "Task of nurse-concern: expected due PT6H, got PT5H"));
    }

    [Test]
    public async Task Run_StepWithoutItsDeadline_FailsDay14()
    {
        var package = OwnPackages.Discharge;
        var timeless = package with
        {
            Definition = package.Definition with
            {
                Steps = [.. package.Definition.Steps.Select(step => step with { Deadline = null })],
            },
        };
        var result = await ScenarioRunner.RunAsync(timeless, Find("day-14"), CancellationToken.None);
        Assert.That(result.Problems, Has.Some.Contains("expected the chain completed, got running"));
    }

    [Test]
    public async Task Run_ServerBreaks_SaysWhereInsteadOfThrowing()
    {
        var hollow = OwnPackages.Discharge with { Templates = ImmutableDictionary<StepName, StepTemplate>.Empty };
        var result = await ScenarioRunner.RunAsync(hollow, Find("concern"), CancellationToken.None);
        Assert.That(result.Problems, Has.Some.StartsWith("scenario discharge-follow-up/concern, step ")
            .And.Some.Contains("expected no error of this server"));
    }

    [Test]
    public async Task Run_DraftPackage_IsPlayedAsIfActive()
    {
        var draft = OwnPackages.Discharge with { MayStart = false };
        var result = await ScenarioRunner.RunAsync(draft, Find("concern"), CancellationToken.None);
        Assert.That(result.Problems, Is.Empty);
    }

    [Test]
    public async Task Run_EditOfATaskThatIsNotThere_SaysSo()
    {
        var result = await RunAsync(Read(
            """{"at":"PT1H","task":{"step":"follow-up-call","status":"completed"}}"""));
        Assert.That(result.Problems, Is.EqualTo(new[]
        {
            "scenario discharge-follow-up/written, step 1 (PT1H): expected a Task of follow-up-call to edit, got none",
        }));
    }

    [TestCase("""{"at":"PT1H","change":{"resource":"Encounter/e9","set":{"status":"finished"}}}""")]
    [TestCase("""{"at":"PT1H","delete":"Encounter/e9"}""")]
    public async Task Run_RecordThatIsNotThere_SaysSo(string step)
    {
        var result = await RunAsync(Read(step));
        Assert.That(result.Problems, Has.Some.Contains("expected Encounter/e9 at the EHR, got none"));
    }

    [Test]
    public async Task RunAll_OwnPackage_GivesAResultForEachScenario()
    {
        var package = OwnPackages.Referral;
        var results = await ScenarioRunner.RunAllAsync(package, CancellationToken.None);
        Assert.That(
            results.Select(result => result.Name),
            Is.EqualTo(package.Scenarios.Select(each => ScenarioRunner.NameOf(package, each))));
    }

    private static Task<ScenarioResult> RunAsync(Scenario scenario) =>
        ScenarioRunner.RunAsync(OwnPackages.Discharge, scenario, CancellationToken.None);

    private static Scenario Find(string name) =>
        OwnPackages.Discharge.Scenarios.Single(each => Path.GetFileNameWithoutExtension(each.File) == name);

    private static Scenario Read(string step)
    {
        var problems = new ProblemList();
        var json = $$"""{"title":"t","start":"2026-03-02T09:00:00Z","steps":[{{step}}]}""";
        var scenario = ScenarioReader.Read("scenarios/written.json", Encoding.UTF8.GetBytes(json), problems);
        Assert.That(problems.Count, Is.Zero);
        return scenario ?? throw new AssertionException("expected a scenario, got none");
    }

    private static Scenario WithLast(Scenario scenario, Func<ScenarioExpectation, ScenarioExpectation> change)
    {
        var last = (ScenarioStep.Expect)scenario.Steps[^1];
        return scenario with
        {
            Steps = scenario.Steps.SetItem(scenario.Steps.Length - 1, last with { Expected = change(last.Expected) }),
        };
    }

    /// <summary>Each expectation of a scenario made wrong in every way, one at a time.</summary>
    private static IEnumerable<(Scenario Mutant, string Change)> Mutants(Scenario scenario) =>
        from at in Enumerable.Range(0, scenario.Steps.Length)
        let step = scenario.Steps[at] as ScenarioStep.Expect
        where step is not null
        from mutant in Mutants(step.Expected)
        select (
            scenario with { Steps = scenario.Steps.SetItem(at, step with { Expected = mutant.Mutant }) },
            $"step {at + 1}: {mutant.Change}");

    private static IEnumerable<(ScenarioExpectation Mutant, string Change)> Mutants(ScenarioExpectation right)
    {
        yield return (right with { Chain = "suspended" }, "another phase");
        yield return (right with { ChainReason = "no-such" }, "another reason");
        yield return (right with { MatchReason = "no-such" }, "another verdict");
        var stranger = new ExpectedTask("x", null, null, null, null, null, null, null);
        foreach (var (tasks, change) in Each(right.Tasks, MutantsOf, stranger))
        {
            yield return (right with { Tasks = tasks }, $"Task: {change}");
        }

        foreach (var (messages, change) in Each(
            right.Communications, MutantsOf, new ExpectedMessage("x", null, null, [])))
        {
            yield return (right with { Communications = messages }, $"Communication: {change}");
        }
    }

    private static IEnumerable<(ImmutableArray<T> Items, string Change)> Each<T>(
        ImmutableArray<T>? right, Func<T, IEnumerable<(T Item, string Change)>> mutants, T additional)
    {
        if (right is not { } items)
        {
            yield break;
        }

        yield return (items.Add(additional), "one too many");
        for (var at = 0; at < items.Length; at++)
        {
            yield return (items.RemoveAt(at), $"{at} missing");
            foreach (var (item, change) in mutants(items[at]))
            {
                yield return (items.SetItem(at, item), $"{at}: {change}");
            }
        }
    }

    private static IEnumerable<(ExpectedTask Item, string Change)> MutantsOf(ExpectedTask right) =>
    [
        (right with { Round = 7 }, "round"),
        (right with { Status = "on-hold" }, "status"),
        (right with { Priority = "stat" }, "priority"),
        (right with { Owner = "Practitioner/nobody" }, "owner"),
        (right with { Pool = "no-such" }, "pool"),
        (right with { Reason = "no-such" }, "reason"),
        (right with { Due = TimeSpan.FromDays(400) }, "due"),
    ];

    private static IEnumerable<(ExpectedMessage Item, string Change)> MutantsOf(ExpectedMessage right) =>
    [
        (right with { Status = "on-hold" }, "status"),
        (right with { Recipient = "Practitioner/nobody" }, "recipient"),
        (right with { Contains = right.Contains.Add("no such words") }, "payload"),
    ];
}
