using FhirOrchestrator.Facts;
using FhirOrchestrator.Fhir.Json;
using FhirOrchestrator.Remote;
using FhirOrchestrator.Scenarios;
using FhirOrchestrator.Settings;

namespace FhirOrchestrator.Tests.Scenarios;

/// <summary>
/// The EHR in memory keeps the rules that the product relies on, asked through the product's own client.
/// </summary>
internal sealed class ScenarioEhrTests
{
    private static readonly DateTimeOffset Start = new(2026, 3, 2, 9, 0, 0, TimeSpan.Zero);

    private ScenarioEhr ehr = null!;
    private EhrClient client = null!;

    [SetUp]
    public void Open()
    {
        var clock = new ScenarioClock(Start);
        ehr = new ScenarioEhr(clock);
        var settings = new EhrSettings
        {
            Name = new EhrId("scenario"), BaseUrl = new Uri("https://scenario.invalid/fhir"), Kind = "sandbox",
        };
        client = new EhrClient(
            settings, new ScenarioEhrHandler(ehr, settings.BaseUrl, clock), clock, new RemoteLimits());
    }

    [TearDown]
    public void Close() => client.Dispose();

    [Test]
    public async Task Read_UnknownAndDeleted_AreSurelyGone()
    {
        ehr.Keep(Task("t1", "1"));
        ehr.Delete("Task/t1");
        Assert.That((await client.ReadAsync("Task", "t1", default)).Status, Is.EqualTo(410));
        Assert.That((await client.ReadAsync("Task", "t2", default)).IsSurelyGone);
    }

    [Test]
    public async Task Create_SameIdentifierTwice_GivesTheFirst()
    {
        var made = await client.CreateAsync(Task(null, "1"), "identifier=urn:s%7C1", default);
        var again = await client.CreateAsync(Task(null, "1"), "identifier=urn:s%7C1", default);
        Assert.That((made.Status, again.Status), Is.EqualTo((201, 200)));
        Assert.That(again.Id, Is.EqualTo(made.Id));
        Assert.That(ehr.All("Task").Count(), Is.EqualTo(1));
    }

    [Test]
    public async Task Create_SeveralMatch_IsRefused()
    {
        ehr.Keep(Task("t1", "1"));
        ehr.Keep(Task("t2", "1"));
        Assert.That(
            (await client.CreateAsync(Task(null, "1"), "identifier=urn:s%7C1", default)).Outcome,
            Is.EqualTo(FhirOutcome.PreconditionFailed));
    }

    [Test]
    public async Task Update_OlderVersion_IsRefusedAndNothingWritten()
    {
        ehr.Keep(Task("t1", "1"));
        ehr.Keep(Task("t1", "1").With("status", "ready"));
        var refused = await client.UpdateAsync(Task("t1", "1"), "1", default);
        Assert.That(refused.Outcome, Is.EqualTo(FhirOutcome.PreconditionFailed));
        Assert.That(ehr.Find("Task/t1")?.Root.Text("status"), Is.EqualTo("ready"));
        Assert.That((await client.UpdateAsync(Task("t1", "1"), "2", default)).Version, Is.EqualTo("3"));
    }

    [Test]
    public async Task Search_ParameterThatIsNotKnown_IsRefused()
    {
        Assert.That((await client.SearchAsync("Task?colour=red", default)).Outcome, Is.EqualTo(FhirOutcome.Refused));
        Assert.That((await client.HistoryAsync("Task", "t1", default)).Outcome, Is.EqualTo(FhirOutcome.Refused));
    }

    [Test]
    public async Task Put_AnyWriter_IsAnnounced()
    {
        var told = new List<string>();
        ehr.OnAnnounced = resource => told.Add($"{resource.Path}/{resource.VersionId}");
        ehr.Keep(Task("t1", "1"));
        ehr.Put(Task("t1", "1"));
        await client.UpdateAsync(Task("t1", "1"), null, default);
        Assert.That(told, Is.EqualTo(new[] { "Task/t1/2", "Task/t1/3" }));
    }

    private static Resource Task(string? id, string value) => Resource.Create(
        "Task",
        ("status", "requested"),
        ("identifier", Node.Array(Node.Object(("system", "urn:s"), ("value", value))))).WithId(id);
}
