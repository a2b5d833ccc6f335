using System.Text;
using FhirOrchestrator.Fhir.Json;
using FhirOrchestrator.Sandbox;
using FhirOrchestrator.Sandbox.Publisher;
using Microsoft.Extensions.Logging.Abstractions;

namespace FhirOrchestrator.Tests.Sandbox.Publisher;

/// <summary>A publisher to be tested, over records and a ledger that outlive its stops.</summary>
internal sealed class PublisherBed(IRecords records, IPublisherLedger ledger, TimeProvider time) : IAsyncDisposable
{
    public const string BaseUrl = "http://sandbox.test/sandbox/fhir";

    private static readonly TimeSpan HangGuard = TimeSpan.FromSeconds(20);

    private readonly HttpMessageInvoker _http = new(new SocketsHttpHandler { AllowAutoRedirect = false });
    private PublisherLoop? _loop;
    private int _number;

    public PublisherBell Bell { get; } = new();

    public PublisherSettings Settings { get; init; } = new() { BaseUrl = () => BaseUrl };

    public IRecords Records => records;

    public IPublisherLedger Ledger => ledger;

    public SubscriptionReader Reader { get; } = new((type, query) => StoreRecords.Compile(type, query, BaseUrl));

    public StatusOperation Status => new(records, ledger, Settings, time);

    public async Task StartAsync()
    {
        var registry = new SubscriberRegistry();
        var router = new ChangeRouter(
            records, ledger, Reader, registry, Settings, time, NullLogger<ChangeRouter>.Instance);
        var courier = new Courier(records, ledger, registry, Settings, _http, time, NullLogger<Courier>.Instance);
        _loop = new PublisherLoop(router, courier, Bell, Settings, time, NullLogger<PublisherLoop>.Instance);
        await _loop.StartAsync(CancellationToken.None);
    }

    public async Task StopAsync()
    {
        if (_loop is not null)
        {
            await _loop.StopAsync(CancellationToken.None);
            _loop.Dispose();
            _loop = null;
        }
    }

    /// <summary>Submits a Subscription through the gate, as a client does, and returns it as stored.</summary>
    public async Task<Resource> SubmitAsync(string json, string? id = null)
    {
        var proposed = Parse(json);
        var gate = new SubscriptionGate(Reader, ledger, time);
        var admitted = await gate.AdmitAsync(proposed, CancellationToken.None);
        Assert.That(admitted, Is.InstanceOf<Admission.Accepted>(), admitted.ToString());
        return await WriteAsync(((Admission.Accepted)admitted).Resource.WithId(id ?? $"sub-{++_number}"));
    }

    /// <summary>Writes a resource, new or over its current version.</summary>
    public async Task<Resource> WriteAsync(Resource resource)
    {
        var current = await records.ReadAsync(resource.Type, resource.Id!, CancellationToken.None);
        var written = await records.WriteAsync([new RecordWrite(resource, current?.VersionId)], CancellationToken.None);
        Bell.Ring();
        return written!.Value[0];
    }

    public Task<Resource> WriteAsync(string json) => WriteAsync(Parse(json));

    /// <summary>An inpatient Encounter.</summary>
    public Task<Resource> WriteStayAsync(string id, string status = "in-progress", string patient = "p1") => WriteAsync(
        $$$"""
        {"resourceType":"Encounter","id":"{{{id}}}","status":"{{{status}}}",
         "class":{"system":"http://terminology.hl7.org/CodeSystem/v3-ActCode","code":"IMP"},
         "subject":{"reference":"Patient/{{{patient}}}"}}
        """);

    /// <summary>The Subscription once it has a status; fails the test where it never comes.</summary>
    public async Task<Resource> WhenAsync(string id, string status)
    {
        using var guard = new CancellationTokenSource(HangGuard);
        while (true)
        {
            var subscription = await records.ReadAsync("Subscription", id, guard.Token);
            if (subscription?.Root.Text("status") == status)
            {
                return subscription;
            }

            guard.Token.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }

    /// <summary>Waits until nothing is due any more.</summary>
    public async Task WhenIdleAsync()
    {
        using var guard = new CancellationTokenSource(HangGuard);
        while ((await ledger.ReportAsync(guard.Token)).Waiting > 0)
        {
            await Task.Yield();
        }
    }

    public static Resource Parse(string json)
    {
        Assert.That(Resource.Read(Encoding.UTF8.GetBytes(json)).Succeeded(out var resource), Is.True);
        return resource!;
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _http.Dispose();
    }
}

/// <summary>Subscriptions to submit.</summary>
internal static class SubscriptionJson
{
    private const string Backport = "http://hl7.org/fhir/uv/subscriptions-backport/StructureDefinition/";

    public const string EncounterTopic = "https://fhirorchestrator.dev/sandbox/SubscriptionTopic/encounter-changed";

    public static string Classic(
        string endpoint, string criteria = "Encounter?class=IMP", bool hasPayload = true, string header = "X-Secret: open") =>
        $$$"""
        {"resourceType":"Subscription","status":"requested","reason":"test","criteria":"{{{criteria}}}",
         "channel":{"type":"rest-hook","endpoint":"{{{endpoint}}}",
         {{{(hasPayload ? "\"payload\":\"application/fhir+json\"," : "")}}}"header":["{{{header}}}"]}}
        """;

    public static string Topic(string endpoint, string content, params string[] filters)
    {
        var extensions = string.Join(',', filters.Select(each =>
            $$$"""{"url":"{{{Backport}}}backport-filter-criteria","valueString":"{{{each}}}"}"""));
        var criteria = filters.Length == 0 ? "" : $$$"""
            "_criteria":{"extension":[{{{extensions}}}]},
            """;
        return $$$"""
            {"resourceType":"Subscription","status":"requested","reason":"test","criteria":"{{{EncounterTopic}}}",
             {{{criteria}}}"channel":{"type":"rest-hook","endpoint":"{{{endpoint}}}",
             "payload":"application/fhir+json",
             "_payload":{"extension":[{"url":"{{{Backport}}}backport-payload-content","valueCode":"{{{content}}}"}]},
             "header":["Authorization: Bearer t0ken","X-Secret: a:b"]}}
            """;
    }
}
