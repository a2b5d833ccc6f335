using System.Globalization;
using FhirOrchestrator.Fhir.Json;
using FhirOrchestrator.Remote;
using FhirOrchestrator.Settings;
using FhirOrchestrator.Storage;
using FhirOrchestrator.Subscriptions;
using FhirOrchestrator.Tests.Support;

namespace FhirOrchestrator.Tests.Subscriptions;

internal sealed class LookoutTests
{
    private readonly FakeInbox _inbox = new();
    private readonly SteppedTime _time = new();

    [SetUp]
    public void Clean() => _inbox.Seen.Clear();

    [Test]
    public async Task Look_WithoutGrace_GivesWhatIsNotSeen()
    {
        using var ehr = new ScriptedEhr(_ => Page(2));
        using var clients = Clients(ehr);
        _inbox.Seen.Add(Version(0));

        var result = await Lookout(clients).LookAsync(FakeRegistrations.Sample(), new(1), default);

        Assert.That(Found(result), Is.EqualTo((FoundVersion[])[Version(1)]));
        Assert.That(_inbox.Found, Is.Empty, "the asker deals with it");
    }

    [Test]
    public async Task Look_WhileAnotherEntryDealsWithIt_GivesItToNobodyElseButAgainToThatOne()
    {
        using var ehr = new ScriptedEhr(_ => Page(3));
        using var clients = Clients(ehr);
        var lookout = Lookout(clients);

        var first = await lookout.LookAsync(FakeRegistrations.Sample(), new(1), default);
        var second = await lookout.LookAsync(FakeRegistrations.Sample(), new(2), default);
        var again = await lookout.LookAsync(FakeRegistrations.Sample(), new(1), default);
        _time.Advance(TimeSpan.FromMinutes(6));
        var late = await lookout.LookAsync(FakeRegistrations.Sample(), new(3), default);

        Assert.Multiple(() =>
        {
            Assert.That(Found(first), Has.Length.EqualTo(3));
            Assert.That(Found(second), Is.Empty);
            Assert.That(Found(again), Is.EqualTo(Found(first)));
            Assert.That(Found(late), Has.Length.EqualTo(3), "nobody waits for ever");
        });
    }

    [Test]
    public async Task Look_VeryMany_AreGivenInPortions()
    {
        using var ehr = new ScriptedEhr(_ => Page(150));
        using var clients = Clients(ehr);
        var lookout = Lookout(clients);

        var first = (LookResult.Found)await lookout.LookAsync(FakeRegistrations.Sample(), new(1), default);
        _inbox.Seen.UnionWith(first.Versions);
        var second = (LookResult.Found)await lookout.LookAsync(FakeRegistrations.Sample(), new(1), default);

        Assert.That((first.Versions.Length, first.IsComplete), Is.EqualTo((100, false)));
        Assert.That((second.Versions.Length, second.IsComplete), Is.EqualTo((50, true)));
    }

    [Test]
    public async Task Look_BurstOfAnnouncements_SharesSearches()
    {
        var gate = new TaskCompletionSource();
        using var ehr = new ScriptedEhr(async (_, _) =>
        {
            await gate.Task;
            return Page(0);
        });
        using var clients = Clients(ehr);
        var lookout = Lookout(clients);
        var looks = Enumerable.Range(0, 100)
            .Select(at => lookout.LookAsync(FakeRegistrations.Sample(), new(at), default)).ToArray();

        gate.SetResult();
        var results = await Task.WhenAll(looks);

        Assert.That(ehr.Seen, Has.Length.EqualTo(2), "the one under way, and one for all that came meanwhile");
        Assert.That(results.Count(result => result is LookResult.Shared), Is.EqualTo(98));
    }

    [Test]
    public async Task Look_EhrThrottles_IsNotNow()
    {
        using var ehr = new ScriptedEhr(_ => ScriptedEhr.Json(429, "", ("Retry-After", "7")));
        using var clients = Clients(ehr);

        var result = await Lookout(clients).LookAsync(FakeRegistrations.Sample(), new(1), default);

        Assert.That(result, Is.EqualTo(new LookResult.NotNow(TimeSpan.FromSeconds(7), "GET Encounter: status 429")));
    }

    private static FoundVersion[] Found(LookResult result) => [.. ((LookResult.Found)result).Versions];

    private static FoundVersion Version(int at) =>
        new(new(new("north"), "Encounter", at.ToString(CultureInfo.InvariantCulture)), "1");

    private static HttpResponseMessage Page(int count)
    {
        var at = new DateTimeOffset(2026, 3, 1, 8, 0, 0, TimeSpan.Zero);
        var entries = Enumerable.Range(0, count).Select(each => Node.Object(("resource", Resource.Create(
            "Encounter", ("id", Version(each).Key.Id)).WithVersion("1", at.AddMilliseconds(each)).Root)));
        return ScriptedEhr.Json(
            200, Resource.Create("Bundle", ("type", "searchset"), ("entry", Node.Array(entries))).Root.ToString(),
            ("Date", "Sun, 01 Mar 2026 08:00:05 GMT"));
    }

    private EhrClients Clients(ScriptedEhr ehr) => new(
        [ScriptedEhr.Settings()], _time, new RemoteLimits { SafeRetriesMax = 0 }, _ => ehr);

    private Lookout Lookout(EhrClients clients) => new(clients, _inbox, new SweepSettings(), _time);
}
