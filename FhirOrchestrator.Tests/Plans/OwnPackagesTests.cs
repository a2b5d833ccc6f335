using System.Text;
using FhirOrchestrator.Plans;

namespace FhirOrchestrator.Tests.Plans;

internal sealed class OwnPackagesTests
{
    [Test]
    public void LoadAll_OwnPackages_HaveNoProblems()
    {
        var all = OwnPackages.All;
        Assert.That(all.Lines(), Is.Empty);
        Assert.That(
            all.Packages.Select(package => package.Name),
            Is.EqualTo(new[] { "discharge-follow-up", "referral-intake" }));
    }

    [Test]
    public void Scenarios_EachPackage_HasAtLeastEight()
    {
        foreach (var package in OwnPackages.All.Packages)
        {
            TestContext.Out.WriteLine($"{package.Name}: {package.Scenarios.Length} scenarios");
            Assert.That(package.Scenarios, Has.Length.AtLeast(8));
            Assert.That(
                package.Scenarios.SelectMany(scenario => scenario.Steps).OfType<ScenarioStep.Expect>(), Is.Not.Empty);
        }
    }

    // Every way to end before the end has a scenario that shows it.
    [Test]
    public void Scenarios_EveryStopAndStep_IsShown()
    {
        foreach (var package in OwnPackages.All.Packages)
        {
            var expected = package.Scenarios.SelectMany(scenario => scenario.Steps).OfType<ScenarioStep.Expect>()
                .Select(step => step.Expected).ToList();
            var shown = expected.Select(each => each.ChainReason).ToHashSet(StringComparer.Ordinal);
            Assert.That(
                package.Definition.Stops.Select(stop => stop.Reason.Value).Where(reason => !shown.Contains(reason)),
                Is.Empty);
        }
    }

    [Test]
    public void Compile_StoredVersion_GoesOnWithTheCodeListsOfItsTime()
    {
        var package = OwnPackages.Discharge;
        var hash = package.Definition.Plan.ContentHash;
        var elsewhere = Path.Combine(Path.GetTempPath(), "no-such-folder", "subscriptions");
        var again = PackageFolder.Compile(package.Name, package.Files, hash, elsewhere);
        Assert.That(again?.Definition.Plan, Is.EqualTo(package.Definition.Plan));
        Assert.That(PackageFolder.Compile(package.Name, package.Files, "another", elsewhere), Is.Null);
    }

    [Test]
    public void CodeLists_LocalFile_AddsToTheList()
    {
        var folder = Directory.CreateTempSubdirectory("profiles").FullName;
        try
        {
            const string list =
                """{"resourceType":"ValueSet","url":"urn:l","compose":{"include":["""
                + """{"system":"urn:s","concept":[{"code":"CODE"}]}]}}""";
            Directory.CreateDirectory(Path.Combine(folder, "local", "clinic"));
            File.WriteAllText(Path.Combine(folder, "a.json"), list.Replace("CODE", "1", StringComparison.Ordinal));
            File.WriteAllText(
                Path.Combine(folder, "local", "clinic", "b.json"), list.Replace("CODE", "2", StringComparison.Ordinal));
            var problems = new ProblemList();
            Assert.That(CodeLists.Load(folder, problems).Find("urn:l"), Is.EqualTo(new[] { "urn:s|1", "urn:s|2" }));
            Assert.That(problems.Count, Is.Zero);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [TestCase(
        """{"title":"t","start":"2026-03-02T09:00:00Z","steps":["""
        + """{"at":"PT0S","put":{"resourceType":"Encouter","id":"x"}}]}""",
        "scenario.steps[0].put: expected an R4 resource with an id, got 'Encouter'")]
    [TestCase("""{"title":"t","start":"2026-03-02","steps":[{"at":"PT0S","delete":"Encounter/1"}]}""",
        "scenario.start: expected an instant with a zone, got '2026-03-02'")]
    [TestCase("""{"title":"t","start":"2026-03-02T09:00:00Z","steps":[{"at":"1 day","delete":"Encounter/1"}]}""",
        "scenario.steps[0].at: expected a duration such as P2DT3H, got '1 day'")]
    [TestCase("""{"title":"t","start":"2026-03-02T09:00:00Z","steps":[{"at":"P1M","delete":"Encounter/1"}]}""",
        "scenario.steps[0].at: expected a duration such as P2DT3H, got 'P1M'")]
    [TestCase(
        """{"title":"t","start":"2026-03-02T09:00:00Z","steps":["""
        + """{"at":"P1D","delete":"Encounter/1"},{"at":"PT1H","delete":"Encounter/1"}]}""",
        "expected a time not before the step above (1.00:00:00), got 01:00:00")]
    [TestCase("""{"title":"t","start":"2026-03-02T09:00:00Z","steps":[{"at":"P1D"}]}""",
        "scenario.steps[0]: expected one of put | change | delete | task | expect, got 0")]
    [TestCase("""{"title":"t","start":"2026-03-02T09:00:00Z","steps":[{"at":"P1D","expect":{"chain":"stoped"}}]}""",
        "scenario.steps[0].expect.chain: expected none | running | suspended | held | stopping | completed | stopped, "
        + "got 'stoped' (nearest: stopped)")]
    [TestCase("""{"title":"t","start":"2026-03-02T09:00:00Z","steps":[{"at":"P1D","expect":{"task":[]}}]}""",
        "scenario.steps[0].expect.task: expected an element that is understood in expect, got 'task' (nearest: tasks)")]
    public void Scenario_SomethingWrong_IsRefused(string json, string expected)
    {
        var problems = new ProblemList();
        ScenarioReader.Read("s.json", Encoding.UTF8.GetBytes(json), problems);
        Assert.That(problems.ToImmutable().Select(problem => problem.ToString()), Has.Some.Contains(expected));
    }

    [TestCase(
        "\"step\": \"second-call\"",
        "\"step\": \"second-cal\"",
        "expected a step of the plan, got 'second-cal' (nearest: second-call)")]
    [TestCase("\"outcome\": \"no-answer\"", "\"outcome\": \"no-anser\"", "got 'no-anser' (nearest: no-answer)")]
    public void Scenario_NameThatThePlanDoesNotHave_IsRefused(string old, string text, string expected)
    {
        var file = Path.Combine(OwnPackages.Root, "subscriptions/discharge-follow-up/scenarios/no-answer-twice.json");
        var broken = Broken.Package()
            .WithFile("scenarios/x.json", File.ReadAllText(file)).With("scenarios/x.json", old, text);
        Assert.That(broken.Lines(), Has.Some.Contains(expected));
    }
}
