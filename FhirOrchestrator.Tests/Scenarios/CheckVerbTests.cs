using FhirOrchestrator.Tests.EndToEnd;
using FhirOrchestrator.Tests.Plans;
using FhirOrchestrator.Tests.Support;

namespace FhirOrchestrator.Tests.Scenarios;

/// <summary>The built server's verb <c>check</c> plays the scenarios.</summary>
internal sealed class CheckVerbTests
{
    private string folder = null!;

    [SetUp]
    public void Copy()
    {
        folder = TestCluster.NewFolder();
        foreach (var name in new[] { "subscriptions", "profiles" })
        {
            var from = Path.Combine(OwnPackages.Root, name);
            foreach (var file in Directory.EnumerateFiles(from, "*", SearchOption.AllDirectories))
            {
                var to = Path.Combine(folder, name, Path.GetRelativePath(from, file));
                Directory.CreateDirectory(Path.GetDirectoryName(to)!); // Not null: a file in a folder of ours.
                File.Copy(file, to);
            }
        }
    }

    [TearDown]
    public void Delete() => Directory.Delete(folder, recursive: true);

    [Test]
    public async Task Check_OwnPackages_AllScenariosPass()
    {
        await using var check = ServerProcess.Launch(Start());

        Assert.That(await check.EndAsync(TimeSpan.FromSeconds(60)), Is.Zero, check.Output + check.Errors);
        var count = OwnPackages.All.Packages.Sum(package => package.Scenarios.Length);
        Assert.That(check.Output, Does.Contain($"{count} scenarios passed, 0 failed"));
    }

    [Test]
    public async Task Check_OneScenarioFails_LineAndExitCode1()
    {
        var file = Path.Combine(folder, "subscriptions/referral-intake/scenarios/stat.json");
        var text = await File.ReadAllTextAsync(file);
        await File.WriteAllTextAsync(
            file, text.Replace("\"due\": \"PT1H\"", "\"due\": \"PT2H\"", StringComparison.Ordinal));

        await using var check = ServerProcess.Launch(Start());

        Assert.That(await check.EndAsync(TimeSpan.FromSeconds(60)), Is.EqualTo(1), check.Output + check.Errors);
        Assert.That(check.Output, Does.Contain("scenarios passed, 1 failed"));
        Assert.That(check.Errors, Does.Contain(
            "scenario referral-intake/stat, step 2 (PT1M): Task of triage: expected due PT2H, got PT1H"));
    }

    private ServerStart Start() => new()
    {
        Verb = "check", Settings = [$"--Workflows:Folder={Path.Combine(folder, "subscriptions")}"],
    };
}
