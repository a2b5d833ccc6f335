using System.Globalization;
using System.Text;
using FhirOrchestrator.Fhir.Json;
using FhirOrchestrator.Remote;
using FhirOrchestrator.Settings;
using FhirOrchestrator.Storage;
using FhirOrchestrator.Subscriptions;
using FhirOrchestrator.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;

namespace FhirOrchestrator.Tests.Subscriptions;

internal sealed class GapSweepTests
{
    private static readonly DateTimeOffset Start = new(2026, 3, 1, 8, 0, 0, TimeSpan.Zero);

    private static readonly SweepSettings Rules =
        new() { Grace = TimeSpan.FromSeconds(10), Overlap = TimeSpan.FromSeconds(60) };

    private readonly FakeInbox _inbox = new();
    private readonly List<(string Id, string Version, DateTimeOffset At)> _there = [];
    private Func<SentRequest, HttpResponseMessage?> _instead = _ => null;
    private int _pageSize = 200;
    private DateTimeOffset _now = Start + TimeSpan.FromMinutes(10);
    private ScriptedEhr _ehr = new(_ => ScriptedEhr.Json(500, ""));

    [SetUp]
    public void Clean()
    {
        _inbox.Found.Clear();
        _inbox.Seen.Clear();
        _inbox.Watermarks.Clear();
        _there.Clear();
        _instead = _ => null;
        _pageSize = 200;
        _now = Start + TimeSpan.FromMinutes(10);
        _ehr = new ScriptedEhr(Answer);
    }

    [TearDown]
    public void End() => _ehr.Dispose();

    [Test]
    public async Task Sweep_UnseenVersions_AreAppendedAndTheWatermarkMovesByTheEhrsClock()
    {
        Add("a", "1", 1);
        Add("b", "2", 2);
        _inbox.Seen.Add(Found("a", "1"));

        var report = await Sweep();

        Assert.Multiple(() =>
        {
            Assert.That(_inbox.Found, Is.EqualTo((FoundVersion[])[Found("b", "2")]));
            Assert.That(report, Is.EqualTo(new SweepReport(1, _now - Rules.Grace, null)));
            Assert.That(_ehr.Seen[0].PathAndQuery, Is.EqualTo(
                "/fhir/Encounter?class=IMP&_lastUpdated=ge2026-03-01T07:59:00.000Z&_sort=_lastUpdated&_count=200"));
        });
    }

    [Test]
    public async Task Sweep_WhatChangedJustNow_IsLeftToItsNotification()
    {
        Add("old", "1", 60);
        Add("new", "1", 595);

        var first = await Sweep();
        var foundFirst = _inbox.Found.ToArray();
        _now += TimeSpan.FromSeconds(30);
        await Sweep(first.Watermark);

        Assert.That(foundFirst, Is.EqualTo((FoundVersion[])[Found("old", "1")]));
        Assert.That(_inbox.Found, Is.EqualTo((FoundVersion[])[Found("old", "1"), Found("new", "1")]));
    }

    [Test]
    public async Task Sweep_ResourceChangesWhilePagesAreRead_SkipsNothing()
    {
        _pageSize = 2;
        for (var at = 0; at < 6; at++)
        {
            Add($"e{at}", "1", at);
        }

        // Between the first and the second page the first resource moves to the end: by offset, e2 would be skipped.
        var isMoved = false;
        _instead = _ =>
        {
            if (_ehr.Seen.Length == 2 && !isMoved)
            {
                isMoved = true;
                _there.RemoveAt(0);
                Add("e0", "2", 300);
            }

            return null;
        };

        await Sweep();

        Assert.That(
            _inbox.Found.Select(each => each.Key.Id),
            Is.EquivalentTo((string[])["e0", "e1", "e2", "e3", "e4", "e5", "e0"]));
    }

    [Test]
    public async Task Sweep_ManyAtOneInstant_AreAllFound()
    {
        _pageSize = 3;
        for (var at = 0; at < 20; at++)
        {
            Add($"e{at}", "1", 5);
        }

        var report = await Sweep();

        Assert.That(report.Found, Is.EqualTo(20));
        Assert.That(report.Problem, Is.Null);
    }

    [Test]
    public async Task Sweep_LongHistory_GoesOnWhereItStopped()
    {
        _pageSize = 2;
        for (var at = 0; at < 120; at++)
        {
            Add($"e{at}", "1", at);
        }

        var first = await Sweep();
        var second = await Sweep(first.Watermark);
        var rounds = 2;
        for (var last = second; last.Problem is not null && rounds < 20; rounds++)
        {
            last = await Sweep(last.Watermark);
        }

        Assert.Multiple(() =>
        {
            Assert.That(first.Problem, Is.EqualTo("more than 20 pages; the next round goes on"));
            Assert.That(_inbox.Found, Has.Count.EqualTo(120));
            Assert.That(_inbox.Watermarks, Is.Ordered);
        });
    }

    [Test]
    public async Task Sweep_EhrBreaksOff_KeepsWhatItHasAndTheWatermarkStaysBeforeTheGap()
    {
        _pageSize = 2;
        for (var at = 0; at < 6; at++)
        {
            Add($"e{at}", "1", at * 60);
        }

        _instead = _ => _ehr.Seen.Length > 1 ? ScriptedEhr.Outcome(500, "exception") : null;

        var report = await Sweep();

        Assert.Multiple(() =>
        {
            Assert.That(report.Found, Is.EqualTo(2));
            Assert.That(report.Problem, Is.EqualTo("GET Encounter: status 500 (exception)"));
            Assert.That(report.Watermark - Rules.Overlap, Is.LessThanOrEqualTo(Start.AddSeconds(60)), "e2 comes next");
        });
    }

    [Test]
    public async Task Sweep_ServerIgnoresTheFilter_SaysSoAndTheWatermarkStays()
    {
        Add("ancient", "1", -100_000);
        _instead = _ => Page([.. _there.Select(each => Entry(each))], null);

        var report = await Sweep();

        Assert.That(
            report.Problem,
            Is.EqualTo("expected results from the watermark on, got an older one: _lastUpdated is ignored"));
        Assert.That(report.Watermark, Is.EqualTo(Start));
    }

    [Test]
    public async Task Sweep_ServerIgnoresTheOrder_SaysSo()
    {
        Add("b", "1", 9);
        Add("a", "1", 3);
        _instead = _ => Page([.. _there.Select(each => Entry(each))], null);

        Assert.That(
            (await Sweep()).Problem,
            Is.EqualTo("expected results in order of _lastUpdated, got others: _sort is ignored"));
    }

    [Test]
    public async Task Sweep_ServerWithoutVersions_CountsContentAsVersion()
    {
        Add("a", "", 3);

        await Sweep();

        Assert.That(_inbox.Found[0].Version, Does.StartWith("sha256:").And.Length.EqualTo(71));
    }

    [Test]
    public async Task Round_EveryRegistrationOfTheEhr_IsSweptByOneReplicaOnly()
    {
        Add("a", "1", 3);
        var registrations = new FakeRegistrations(
            FakeRegistrations.Sample(), FakeRegistrations.Sample("Encounter?class=AMB", "other"),
            FakeRegistrations.Sample(kind: "not-yet") with { Watermark = null });
        using var clients = Clients();
        var sweep = new GapSweep(
            clients, registrations, _inbox, Rules, TimeProvider.System, NullLogger<GapSweep>.Instance);

        await sweep.RunRoundAsync(default);
        registrations.IsLedElsewhere = true;
        await sweep.RunRoundAsync(default);

        Assert.That(_ehr.Seen, Has.Length.EqualTo(2));
        Assert.That(_inbox.Found, Has.Count.EqualTo(1));
    }

    private static FoundVersion Found(string id, string version) => new(new(new("north"), "Encounter", id), version);

    private void Add(string id, string version, double seconds) => _there.Add((id, version, Start.AddSeconds(seconds)));

    private EhrClients Clients() => new(
        [ScriptedEhr.Settings()], TimeProvider.System, new RemoteLimits { SafeRetriesMax = 0 }, _ => _ehr);

    private async Task<SweepReport> Sweep(DateTimeOffset? watermark = null)
    {
        using var clients = Clients();
        var sweep = new GapSweep(
            clients, new FakeRegistrations(), _inbox, Rules, TimeProvider.System, NullLogger<GapSweep>.Instance);
        return await sweep.SweepAsync(
            clients.All[0], FakeRegistrations.Sample() with { Watermark = watermark ?? Start }, default);
    }

    // Pages by offset, like most servers: what changes between two pages shifts the rest.
    private HttpResponseMessage Answer(SentRequest sent)
    {
        if (_instead(sent) is { } other)
        {
            other.Headers.Date = _now;
            return other;
        }

        var query = sent.Address.Query.TrimStart('?').Split('&').Select(part => part.Split('=', 2))
            .ToDictionary(part => part[0], part => part[1], StringComparer.Ordinal);
        var since = Resource.Instant(query["_lastUpdated"][2..]) ?? throw new AssertionException("no instant");
        var offset = query.TryGetValue("_offset", out var text) ? int.Parse(text, CultureInfo.InvariantCulture) : 0;
        var all = _there.Where(each => each.At >= since)
            .OrderBy(each => each.At).ThenBy(each => each.Id, StringComparer.Ordinal)
            .ToArray();
        var next = offset + _pageSize < all.Length
            ? $"https://ehr.example{sent.PathAndQuery.Split("&_offset")[0]}&_offset={offset + _pageSize}"
            : null;
        return Page([.. all.Skip(offset).Take(_pageSize).Select(Entry)], next);
    }

    private HttpResponseMessage Page(string[] entries, string? next)
    {
        var link = next is null ? "" : $$"""
            "link":[{"relation":"next","url":"{{next}}"}],
            """;
        var body = new StringBuilder("{\"resourceType\":\"Bundle\",\"type\":\"searchset\",").Append(link.Trim())
            .Append("\"entry\":[").AppendJoin(',', entries).Append("]}");
        var reply = ScriptedEhr.Json(200, body.ToString());
        reply.Headers.Date = _now;
        return reply;
    }

    private static string Entry((string Id, string Version, DateTimeOffset At) each) =>
        Node.Object(("resource", Resource.Create("Encounter", ("id", each.Id))
            .WithVersion(each.Version.Length == 0 ? null : each.Version, each.At).Root)).ToString();
}
