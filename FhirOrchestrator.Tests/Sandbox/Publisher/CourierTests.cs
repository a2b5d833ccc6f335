using System.Net;
using System.Threading.Channels;
using FhirOrchestrator.Sandbox;
using FhirOrchestrator.Sandbox.Publisher;
using FhirOrchestrator.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;

namespace FhirOrchestrator.Tests.Sandbox.Publisher;

/// <summary>The courier's waits, by a clock that stands still.</summary>
internal sealed class CourierTests
{
    private readonly SteppedTime _time = new();

    [Test]
    public void DelayAfter_Attempts_DoublesUpToTheLongest()
    {
        var settings = new PublisherSettings { BaseUrl = () => "" };
        var delays = Enumerable.Range(1, 6).Select(each => settings.DelayAfter(each).TotalMilliseconds);

        Assert.That(string.Join(' ', delays), Is.EqualTo("500 1000 2000 4000 5000 5000"));
    }

    [Test]
    public async Task Work_EndpointFails_RepeatsAfterGrowingWaits()
    {
        var records = new MemoryRecords(_time);
        var ledger = new MemoryLedger();
        var registry = new SubscriberRegistry();
        var settings = new PublisherSettings { BaseUrl = () => PublisherBed.BaseUrl };
        var reader = new SubscriptionReader((type, query) => StoreRecords.Compile(type, query, PublisherBed.BaseUrl));
        var router = new ChangeRouter(records, ledger, reader, registry, settings, _time, NullLogger<ChangeRouter>.Instance);
        using var endpoint = new StubEndpoint(_time) { FailuresLeft = 3 };
        using var http = new HttpMessageInvoker(endpoint);
        var courier = new Courier(records, ledger, registry, settings, http, _time, NullLogger<Courier>.Instance);
        await records.WriteAsync(
            [
                RecordWrite.Create(PublisherBed.Parse(SubscriptionJson.Classic("http://hook.test").Replace(
                    "requested", "active", StringComparison.Ordinal)).WithId("sub-1")),
            ],
            CancellationToken.None);
        await records.WriteAsync(
            [
                RecordWrite.Create(PublisherBed.Parse(
                    """{"resourceType":"Encounter","id":"e1","status":"planned","class":{"code":"IMP"}}""")),
            ],
            CancellationToken.None);
        await router.RouteAsync(CancellationToken.None);

        var start = _time.GetUtcNow();
        var work = courier.WorkAsync("sub-1", CancellationToken.None);
        foreach (var wait in (ReadOnlySpan<int>)[500, 1000, 2000])
        {
            _time.Advance(TimeSpan.FromMilliseconds(wait - 1));
            _time.Advance(TimeSpan.FromMilliseconds(1));
        }

        using var guard = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        await work.WaitAsync(guard.Token);
        endpoint.Calls.Writer.Complete();
        var calls = await endpoint.Calls.Reader.ReadAllAsync(guard.Token).ToListAsync(guard.Token);
        Assert.That(
            string.Join(' ', calls.Select(each => (each - start).TotalMilliseconds)), Is.EqualTo("0 500 1500 3500"));
    }

    private sealed class StubEndpoint(TimeProvider time) : HttpMessageHandler
    {
        public Channel<DateTimeOffset> Calls { get; } = Channel.CreateUnbounded<DateTimeOffset>();

        public int FailuresLeft { get; set; }

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken ct)
        {
            Calls.Writer.TryWrite(time.GetUtcNow());
            return Task.FromResult(new HttpResponseMessage(
                FailuresLeft-- > 0 ? HttpStatusCode.BadGateway : HttpStatusCode.OK));
        }
    }
}
