using System.Net;
using FhirOrchestrator.Fhir.Json;
using FhirOrchestrator.Remote;
using FhirOrchestrator.Tests.Support;

namespace FhirOrchestrator.Tests.Remote;

internal sealed class ResilienceTests
{
    private static readonly Resource Ready = Resource.Create("Task", ("status", "ready"));

    [Test]
    public async Task Ehr_Hangs_ReadIsUnavailableAndWriteUnknownAtTheDeadline()
    {
        var time = new SteppedTime();
        using var ehr = Hanging(out _);
        using var client = ehr.Client(time);
        var reading = client.ReadAsync("Patient", "p1", default);
        var writing = client.CreateAsync(Ready, null, default);

        time.Advance(TimeSpan.FromSeconds(31));

        Assert.That((await reading).Outcome, Is.EqualTo(FhirOutcome.Unavailable));
        Assert.That((await writing).Outcome, Is.EqualTo(FhirOutcome.Unknown));
    }

    [Test]
    public async Task Ehr_Hangs_WhatWaitedForAPlaceWasNotSent()
    {
        var time = new SteppedTime();
        using var ehr = Hanging(out _);
        using var client = ehr.Client(
            time, limits: new RemoteLimits { ConcurrentMax = 1, WaitingMax = 1, TotalMax = TimeSpan.FromSeconds(20) });
        var sent = client.CreateAsync(Ready, null, default);
        var waiting = client.CreateAsync(Ready, null, default);
        var refused = await client.CreateAsync(Ready, null, default);

        time.Advance(TimeSpan.FromSeconds(21));

        Assert.Multiple(async () =>
        {
            Assert.That(refused.Outcome, Is.EqualTo(FhirOutcome.Unavailable));
            Assert.That((await sent).Outcome, Is.EqualTo(FhirOutcome.Unknown));
            Assert.That((await waiting).Outcome, Is.EqualTo(FhirOutcome.Unavailable));
            Assert.That(ehr.Seen, Has.Length.EqualTo(1));
        });
    }

    [Test]
    public async Task Ehr_FailsAgainAndAgain_BreakerSparesItAndClosesLater()
    {
        var time = new SteppedTime();
        var isSick = true;
        using var ehr = new ScriptedEhr(_ => isSick
            ? throw new HttpRequestException(HttpRequestError.ConnectionError)
            : ScriptedEhr.Json(200, """{"resourceType":"Patient","id":"p1"}"""));
        using var client = ehr.Client(time);
        for (var count = 0; count < 20; count++)
        {
            await client.ReadAsync("Patient", "p1", default);
        }

        var spared = await client.CreateAsync(Ready, null, default);
        isSick = false;
        time.Advance(TimeSpan.FromSeconds(11));
        var healed = await client.ReadAsync("Patient", "p1", default);

        Assert.Multiple(() =>
        {
            Assert.That(ehr.Seen, Has.Length.EqualTo(7), "6 failures open the breaker, 1 read after the pause");
            Assert.That(spared.Outcome, Is.EqualTo(FhirOutcome.Unavailable), "nothing was sent");
            Assert.That(spared.RetryAfter, Is.GreaterThan(TimeSpan.Zero));
            Assert.That(healed.Outcome, Is.EqualTo(FhirOutcome.Ok));
        });
    }

    [TestCase(429, "Retry-After", "30", 30)]
    [TestCase(503, "Retry-After", "30", 30)]
    [TestCase(429, "Retry-After", "Sun, 01 Mar 2026 08:00:40 GMT", 30)]
    [TestCase(429, "RateLimit", "\"requests\";r=0;t=19", 19)]
    [TestCase(429, "X-Nothing", "-", 5)]
    public async Task Ehr_Throttles_NoRequestComesEarly(int status, string header, string value, int seconds)
    {
        var time = new SteppedTime();
        var isBusy = true;
        using var ehr = new ScriptedEhr(_ => isBusy
            ? ScriptedEhr.Json(status, "", (header, value), ("Date", "Sun, 01 Mar 2026 08:00:10 GMT"))
            : ScriptedEhr.Json(200, """{"resourceType":"Patient","id":"p1"}"""));
        using var client = ehr.Client(time);

        var first = await client.ReadAsync("Patient", "p1", default);
        isBusy = false;
        time.Advance(TimeSpan.FromSeconds(seconds - 1));
        var early = await client.ReadAsync("Patient", "p1", default);
        var before = ehr.Seen.Length;
        time.Advance(TimeSpan.FromSeconds(1));
        var late = await client.ReadAsync("Patient", "p1", default);

        Assert.Multiple(() =>
        {
            Assert.That(first.RetryAfter, Is.EqualTo(TimeSpan.FromSeconds(seconds)));
            Assert.That(
                (early.Outcome, early.RetryAfter), Is.EqualTo((FhirOutcome.Throttled, TimeSpan.FromSeconds(1))));
            Assert.That(before, Is.EqualTo(1), "nothing was sent early");
            Assert.That(late.Outcome, Is.EqualTo(FhirOutcome.Ok));
        });
    }

    [Test]
    public async Task Ehr_AsksForAPauseOfAYear_IsAskedAgainAfterAQuarterOfAnHour()
    {
        var time = new SteppedTime();
        using var ehr = new ScriptedEhr(_ => ScriptedEhr.Json(429, "", ("Retry-After", "31536000")));
        using var client = ehr.Client(time);

        var reply = await client.ReadAsync("Patient", "p1", default);

        Assert.That(reply.RetryAfter, Is.EqualTo(TimeSpan.FromMinutes(15)));
    }

    [Test]
    public async Task Reply_LargerThanTheLimit_IsNotRead()
    {
        using var ehr = new ScriptedEhr(
            _ => ScriptedEhr.Json(200, $$"""{"resourceType":"Patient","x":"{{new string('x', 5000)}}"}"""));
        using var client = ehr.Client(limits: new RemoteLimits { ReplyBytesMax = 4096 });

        var reply = await client.ReadAsync("Patient", "p1", default);

        Assert.That(reply.Outcome, Is.EqualTo(FhirOutcome.Unavailable));
        Assert.That(reply.Words, Is.EqualTo("GET Patient: expected at most 4096 bytes, got more"));
    }

    [TestCase("127.0.0.1", false, false)]
    [TestCase("127.0.0.1", true, true)]
    [TestCase("::1", false, false)]
    [TestCase("::ffff:127.0.0.1", false, false)]
    [TestCase("169.254.169.254", false, false)]
    [TestCase("169.254.169.254", true, false)]
    [TestCase("fe80::1", true, false)]
    [TestCase("0.0.0.0", false, false)]
    [TestCase("224.0.0.1", false, false)]
    [TestCase("10.1.2.3", false, true)]
    [TestCase("203.0.113.9", false, true)]
    public void MayConnect_Address_OnlyToAnEhr(string address, bool isLocalEhr, bool expected) =>
        Assert.That(EhrDoor.MayConnect(IPAddress.Parse(address), isLocalEhr), Is.EqualTo(expected));

    [Test]
    public async Task RealSockets_NobodyListens_IsUnavailableForAWriteToo()
    {
        using var listener = new System.Net.Sockets.TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;
        listener.Stop();
        using var clients = new EhrClients(
            [ScriptedEhr.Settings(url: $"http://localhost:{port}/fhir")], TimeProvider.System);

        var reply = await clients.All[0].CreateAsync(Ready, null, default);

        Assert.That(reply.Outcome, Is.EqualTo(FhirOutcome.Unavailable));
    }

    private static ScriptedEhr Hanging(out TaskCompletionSource<HttpResponseMessage> never)
    {
        var source = new TaskCompletionSource<HttpResponseMessage>();
        never = source;
        return new ScriptedEhr((_, ct) => source.Task.WaitAsync(ct));
    }
}
