using System.Collections.Immutable;
using System.Collections.Concurrent;
using System.Net;
using System.Text;
using FhirOrchestrator.Facts;
using FhirOrchestrator.Remote;
using FhirOrchestrator.Settings;

namespace FhirOrchestrator.Tests.Support;

/// <summary>What was sent to a <see cref="ScriptedEhr"/>.</summary>
internal sealed record SentRequest(string Method, Uri Address, string Body, ImmutableDictionary<string, string> Headers)
{
    public string PathAndQuery => Address.PathAndQuery;
}

/// <summary>An EHR behind a message handler: the test says what it answers, and sees what it was asked.</summary>
internal sealed class ScriptedEhr(Func<SentRequest, CancellationToken, Task<HttpResponseMessage>> answer)
    : HttpMessageHandler
{
    private readonly ConcurrentQueue<SentRequest> _seen = new();

    public ScriptedEhr(Func<SentRequest, HttpResponseMessage> answer)
        : this((request, _) => Task.FromResult(answer(request)))
    {
    }

    public ImmutableArray<SentRequest> Seen => [.. _seen];

    /// <summary>A reply with a JSON body.</summary>
    public static HttpResponseMessage Json(
        int status, string body, params ReadOnlySpan<(string Name, string Value)> headers)
    {
        var reply = new HttpResponseMessage((HttpStatusCode)status)
        {
            Content = new StringContent(body, Encoding.UTF8, "application/fhir+json"),
        };
        foreach (var (name, value) in headers)
        {
            reply.Headers.TryAddWithoutValidation(name, value);
        }

        return reply;
    }

    /// <summary>An OperationOutcome with one issue.</summary>
    public static HttpResponseMessage Outcome(int status, string code) => Json(
        status,
        """{"resourceType":"OperationOutcome","issue":["""
        + $$"""{"severity":"error","code":"{{code}}","diagnostics":"Eve Canary"}]}""");

    /// <summary>A client of this EHR at <c>https://ehr.example/fhir</c>.</summary>
    public EhrClient Client(
        TimeProvider? time = null, EhrAuth? auth = null, RemoteLimits? limits = null, string kind = "sandbox") =>
        new(Settings(kind) with { Auth = auth ?? new EhrAuth.None() }, this, time ?? TimeProvider.System,
            limits ?? new RemoteLimits { SafeRetriesMax = 0 });

    public static EhrSettings Settings(
        string kind = "sandbox", string name = "north", string url = "https://ehr.example/fhir") =>
        new() { Name = new EhrId(name), BaseUrl = new Uri(url), Kind = kind };

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken ct)
    {
        var body = request.Content is null ? "" : await request.Content.ReadAsStringAsync(ct);
        var headers = request.Headers.ToImmutableDictionary(
            pair => pair.Key, pair => string.Join(", ", pair.Value), StringComparer.OrdinalIgnoreCase);
        var sent = new SentRequest(request.Method.Method, request.RequestUri ?? new Uri("about:blank"), body, headers);
        _seen.Enqueue(sent);
        return await answer(sent, ct);
    }
}
