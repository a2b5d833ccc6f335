using FhirOrchestrator.Tests.Support;

namespace FhirOrchestrator.Tests.EndToEnd;

/// <summary>A wrong package: <c>check</c> says where and what was meant, and the server runs without it.</summary>
internal sealed class BrokenPackageTests
{
    private const string Package = "discharge-follow-up";

    private string folder = null!;

    private static IEnumerable<TestCaseData> Slips =>
    [
        Slip("plan.json", "\"actionId\": \"medication-reconciliation\"", "\"actionId\": \"medication-reconcilation\"",
            "PlanDefinition.action[0].action[", "medication-reconciliation", "a step that is not there"),
        Slip("plan.json", "\"textEquivalent\"", "\"textEquivalnt\"",
            "PlanDefinition.action[0].action[", "textEquivalent", "an element that FHIR has not"),
        Slip("plan.json", "%trigger.period.end.exists()", "%trigger.period.end.exsts()",
            "PlanDefinition.action[0]", "exists", "a function that FHIRPath has not"),
        Slip("subscription-encounter.json", "Encounter?class=", "Encounter?clas=",
            "Subscription.criteria", "class", "a search parameter that FHIR has not"),
    ];

    [SetUp]
    public void Copy()
    {
        folder = TestCluster.NewFolder();
        Copy("subscriptions");
        Copy("profiles");
    }

    [TearDown]
    public void Delete() => Directory.Delete(folder, recursive: true);

    [TestCaseSource(nameof(Slips))]
    public async Task Check_Slip_FilePathReasonNearestAndExitCode1(
        string file, string right, string wrong, string path, string nearest)
    {
        Break(file, right, wrong);

        await using var check = ServerProcess.Launch(Start("check"));

        Assert.That(await check.EndAsync(TimeSpan.FromSeconds(10)), Is.EqualTo(1), check.Output);
        Assert.That(check.Errors, Does.Contain($"{Package}/{file}: {path}"));
        Assert.That(check.Errors, Does.Contain("expected").And.Contain($"nearest: {nearest}"));
        Assert.That(check.Errors, Does.Not.Contain("referral-intake/"), "the other package is well");
        TestContext.Out.WriteLine(check.Errors);
    }

    [Test]
    public async Task Check_Unbroken_ExitCode0()
    {
        await using var check = ServerProcess.Launch(Start("check"));

        Assert.That(await check.EndAsync(TimeSpan.FromSeconds(10)), Is.Zero, check.Output);
        TestContext.Out.WriteLine(check.Output);
    }

    [Test]
    public async Task Server_BrokenPackage_RunsWithoutItAndSaysSo()
    {
        Break("plan.json", "\"textEquivalent\"", "\"textEquivalnt\"");
        await using var database = await TestDatabase.CreateAsync();

        await using var server = await ServerProcess.StartAsync(Start(null) with
        {
            Settings =
            [
                .. Hospital.Connections(database), "--Sandbox:Hospital=empty", $"--Workflows:Folder={Workflows}",
            ],
        });

        var health = HttpJson.Parse(await server.Http.PageAsync("health/ready", CancellationToken.None));
        Assert.That(health["packages"]!.GetValue<int>(), Is.EqualTo(1));
        Assert.That(health["packagesBroken"]!.GetValue<int>(), Is.EqualTo(1));
        Assert.That(server.Errors, Does.Contain($"{Package}/plan.json: PlanDefinition").And.Contain("textEquivalent"));
        Assert.That(
            await server.Http.PageAsync("", CancellationToken.None),
            Does.Contain($"The workflow {Package} cannot run"));
        Assert.That(
            await server.Http.PageAsync("operations", CancellationToken.None),
            Does.Contain($"{Package}/plan.json").And.Contain("referral-intake"));
        await Eventually.TrueAsync(
            "the other package to be subscribed to",
            TimeSpan.FromSeconds(5),
            async ct => HttpJson.Parse(await server.Http.PageAsync("health/ready", ct))["subscriptionsActive"]!
                .GetValue<int>() == 3,
            () => server.Output);
        TestContext.Out.WriteLine(server.Errors);
    }

    private string Workflows => Path.Combine(folder, "subscriptions");

    private static TestCaseData Slip(
        string file, string right, string wrong, string path, string nearest, string name) =>
        new TestCaseData(file, right, wrong, path, nearest).SetArgDisplayNames(name);

    private ServerStart Start(string? verb) => new() { Verb = verb, Settings = [$"--Workflows:Folder={Workflows}"] };

    /// <summary>Replaces the first place where it stands.</summary>
    private void Break(string file, string right, string wrong)
    {
        var path = Path.Combine(Workflows, Package, file);
        var text = File.ReadAllText(path);
        var at = text.IndexOf(right, StringComparison.Ordinal);
        Assert.That(at, Is.Not.Negative, $"{file} has no {right} any more: choose another slip");
        File.WriteAllText(path, string.Concat(text.AsSpan(0, at), wrong, text.AsSpan(at + right.Length)));
    }

    private void Copy(string name)
    {
        var from = Path.Combine(Tidy.Repository.Root, name);
        foreach (var file in Directory.EnumerateFiles(from, "*", SearchOption.AllDirectories))
        {
            var to = Path.Combine(folder, name, Path.GetRelativePath(from, file));
            Directory.CreateDirectory(Path.GetDirectoryName(to)!);
            File.Copy(file, to);
        }
    }
}
