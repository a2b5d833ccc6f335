using System.IO.Compression;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using FhirOrchestrator.Fhir.Json;
using FhirOrchestrator.Intake;
using FhirOrchestrator.Settings;
using FhirOrchestrator.Storage;
using FhirOrchestrator.Subscriptions;
using FhirOrchestrator.Tests.Support;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace FhirOrchestrator.Tests.Intake;

/// <summary>The door for notifications, over real HTTP.</summary>
internal sealed class HookTests
{
    private const int BytesMax = 64 * 1024;
    private static readonly string Token = new('t', 43);
    private readonly FakeInbox _inbox = new();
    private readonly FakeRegistrations _registrations = new(FakeRegistrations.Sample());
    private WebApplication _server = null!; // set up before each test
    private HttpClient _http = null!; // set up before each test

    [SetUp]
    public async Task Start()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Services.AddSingleton<IInbox>(_inbox).AddSingleton<IRegistrations>(_registrations)
            .AddSingleton(KindProfiles.Load())
            .AddSingleton(TimeProvider.System).AddSingleton(Settings("hapi")).AddIntake();
        _server = builder.Build();
        HookEndpoints.Map(_server);
        await _server.StartAsync();
        _http = new HttpClient { BaseAddress = new Uri(_server.Urls.First()) };
        _inbox.Deliveries.Clear();
        _inbox.IsGone = false;
        _registrations.IsGone = false;
    }

    [TearDown]
    public async Task Stop()
    {
        _http.Dispose();
        await _server.DisposeAsync();
    }

    [Test]
    public async Task Hook_UnknownToken_Is404()
    {
        Assert.That((await Send("POST", new string('x', 43), "{}")).Status, Is.EqualTo(404));
        Assert.That((await Send("POST", "short", "{}")).Status, Is.EqualTo(404));
        Assert.That(_inbox.Deliveries, Is.Empty);
    }

    [TestCase(null)]
    [TestCase("")]
    [TestCase("wrong")]
    [TestCase("s3cret ")]
    [TestCase("S3CRET")]
    public async Task Hook_WrongOrMissingSecret_Is401AndKeepsNothing(string? secret)
    {
        // A trailing blank is no part of a header's value, so that one is right.
        var expected = secret?.Trim() == "s3cret" ? 200 : 401;

        var reply = await Send("POST", Token, "{}", secret);

        Assert.That(reply.Status, Is.EqualTo(expected));
        Assert.That(_inbox.Deliveries, Has.Count.EqualTo(expected == 200 ? 1 : 0));
    }

    [Test]
    public async Task Hook_EveryCharacterOfTheSecretChanged_Is401()
    {
        for (var at = 0; at < 6; at++)
        {
            var wrong = "s3cret".ToCharArray();
            wrong[at]++;
            Assert.That((await Send("POST", Token, "{}", new string(wrong))).Status, Is.EqualTo(401));
        }
    }

    [Test]
    public async Task Hook_RegistrationWithoutSecret_AcceptsNobody()
    {
        await _registrations.SaveAsync(FakeRegistrations.Sample() with { Secret = "" }, default);
        try
        {
            Assert.That((await Send("POST", Token, "{}", "")).Status, Is.EqualTo(401));
        }
        finally
        {
            await _registrations.SaveAsync(FakeRegistrations.Sample(), default);
        }
    }

    [Test]
    public async Task Hook_BearerSecret_IsAccepted()
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, $"/hooks/{Token}");
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", "s3cret");

        using var reply = await _http.SendAsync(request);

        Assert.That(reply.StatusCode, Is.EqualTo(HttpStatusCode.OK));
    }

    [Test]
    public async Task Hook_PutOfAResource_IsKeptRawAndEchoed()
    {
        const string body = """{"resourceType":"Encounter","id":"e1","unknown":1.50}""";

        var reply = await Send("PUT", $"{Token}/Encounter/e1", body);

        Assert.Multiple(() =>
        {
            Assert.That(reply.Status, Is.EqualTo(200));
            Assert.That(reply.MediaType, Is.EqualTo("application/fhir+json"));
            Assert.That(reply.Body, Is.EqualTo(body));
            Assert.That(_inbox.Deliveries[0].Target, Is.EqualTo("Encounter/e1"));
            Assert.That(Encoding.UTF8.GetString(_inbox.Deliveries[0].Body.Span), Is.EqualTo(body));
        });
    }

    [Test]
    public async Task Hook_Transaction_IsAnsweredByItsResponse()
    {
        var reply = await Send("POST", Token, """
            {"resourceType":"Bundle","type":"transaction","entry":[
            {"resource":{"resourceType":"Task","id":"1"}},{"resource":{"resourceType":"Task","id":"2"}}]}
            """);

        Assert.That(reply.Body, Is.EqualTo(
            """{"resourceType":"Bundle","type":"transaction-response","entry":["""
            + """{"response":{"status":"200"}},{"response":{"status":"200"}}]}"""));
    }

    [TestCase("POST", "")]
    [TestCase("POST", """{"resourceType":"Bundle","type":"history"}""")]
    [TestCase("DELETE", "")]
    public async Task Hook_AnythingElse_IsAnsweredByAnOperationOutcome(string method, string body)
    {
        var reply = await Send(method, method == "DELETE" ? $"{Token}/Encounter/e1" : Token, body);

        Assert.That(reply.Status, Is.EqualTo(200));
        Assert.That(Resource.Read(Encoding.UTF8.GetBytes(reply.Body)).Value?.Type, Is.EqualTo("OperationOutcome"));
        Assert.That(_inbox.Deliveries[0].Method, Is.EqualTo(method));
    }

    [TestCase("not json at all")]
    [TestCase("{\"resourceType\":\"Encounter\",\"id\":")]
    [TestCase("{\"id\":\"1\",\"id\":\"2\"}")]
    [TestCase("{\"id\":\"\\u0000\"}")]
    public async Task Hook_AuthenticatedGarbage_IsKeptRawAndAcknowledged(string body)
    {
        var reply = await Send("POST", Token, body);

        Assert.That(reply.Status, Is.EqualTo(200));
        Assert.That(Encoding.UTF8.GetString(_inbox.Deliveries[0].Body.Span), Is.EqualTo(body));
    }

    [Test]
    public async Task Hook_BadUtf8AndDeepNesting_AreKeptRawAndAcknowledged()
    {
        byte[] bad = [0x7b, 0xff, 0xfe, 0x7d];
        var deep = Encoding.UTF8.GetBytes(new string('[', 60_000));

        Assert.That((await Send("POST", Token, bad)).Status, Is.EqualTo(200));
        Assert.That((await Send("POST", Token, deep)).Status, Is.EqualTo(200));
        Assert.That(_inbox.Deliveries[0].Body.ToArray(), Is.EqualTo(bad));
        Assert.That(_inbox.Deliveries[1].Body.Length, Is.EqualTo(60_000));
    }

    [Test]
    public async Task Hook_MedplumDeletion_BecomesADelete()
    {
        await Send("POST", Token, "{}", "s3cret", null, (HookDesk.DeletedHeader, "Encounter/e1"));

        Assert.That((_inbox.Deliveries[0].Method, _inbox.Deliveries[0].Target), Is.EqualTo(("DELETE", "Encounter/e1")));
    }

    [TestCase("Encounter/a%2F..%2Fb")]
    [TestCase("encounter/e1")]
    public async Task Hook_AddressThatNamesNoResource_IsKeptWithoutTarget(string path)
    {
        var reply = await Send("PUT", $"{Token}/{path}", "{}");

        Assert.That(reply.Status, Is.EqualTo(200));
        Assert.That(_inbox.Deliveries[0].Target, Is.Null);
    }

    [TestCase(BytesMax, 200)]
    [TestCase(BytesMax + 1, 413)]
    [TestCase(BytesMax * 20, 413)]
    public async Task Hook_Size_IsLimited(int bytes, int status)
    {
        var reply = await Send("POST", Token, new byte[bytes]);

        Assert.That(reply.Status, Is.EqualTo(status));
        Assert.That(_inbox.Deliveries, Has.Count.EqualTo(status == 200 ? 1 : 0));
    }

    [Test]
    public async Task Hook_LongChunkedBody_Is413()
    {
        using var request = Request("POST", Token, "s3cret");
        request.Content = new PushedContent(BytesMax * 4);

        using var reply = await _http.SendAsync(request);

        Assert.That((int)reply.StatusCode, Is.EqualTo(413));
        Assert.That(_inbox.Deliveries, Is.Empty);
    }

    [TestCase("gzip")]
    [TestCase("br")]
    public async Task Hook_Compressed_IsKeptPlain(string coding)
    {
        var reply = await Send(
            "POST", Token, Packed(coding, Encoding.UTF8.GetBytes("{\"resourceType\":\"Task\"}")), "s3cret", coding);

        Assert.That(reply.Status, Is.EqualTo(200));
        Assert.That(Encoding.UTF8.GetString(_inbox.Deliveries[0].Body.Span), Is.EqualTo("{\"resourceType\":\"Task\"}"));
    }

    [TestCase("gzip")]
    [TestCase("br")]
    public async Task Hook_Bomb_Is413(string coding)
    {
        var bomb = Packed(coding, new byte[50 * 1024 * 1024]);
        Assert.That(bomb, Has.Length.LessThan(BytesMax));

        Assert.That((await Send("POST", Token, bomb, "s3cret", coding)).Status, Is.EqualTo(413));
        Assert.That(_inbox.Deliveries, Is.Empty);
    }

    [TestCase("gzip", 200)]
    [TestCase("br", 200)]
    [TestCase("deflate", 415)]
    [TestCase("gzip, gzip", 415)]
    public async Task Hook_BrokenOrUnknownCompression_IsKeptAsItCameOrRefused(string coding, int status)
    {
        byte[] bytes = [0xff, 0xfe, 0xfd, 0xfc, 0xfb, 0xfa, 0xf9, 0xf8];

        var reply = await Send("POST", Token, bytes, "s3cret", coding);

        Assert.That(reply.Status, Is.EqualTo(status));
        Assert.That(
            _inbox.Deliveries.Select(each => each.Body.ToArray()),
            status == 200 ? Is.EqualTo((byte[][])[bytes]) : Is.Empty);
    }

    [Test]
    public async Task Hook_DatabaseGone_Is503AndRecovers()
    {
        _inbox.IsGone = true;
        var down = await Send("POST", Token, "{}");
        _inbox.IsGone = false;
        var up = await Send("POST", Token, "{}");

        Assert.Multiple(() =>
        {
            Assert.That((down.Status, down.RetryAfter), Is.EqualTo((503, 5)));
            Assert.That(up.Status, Is.EqualTo(200));
            Assert.That(_inbox.Deliveries, Has.Count.EqualTo(1));
        });
    }

    [Test]
    public async Task Hook_DatabaseGoneBeforeTheTokenIsKnown_Is503()
    {
        _registrations.IsGone = true;

        Assert.That((await Send("POST", Token, "{}")).Status, Is.EqualTo(503));
    }

    [Test]
    public async Task Hook_Get_IsNotAllowed() =>
        Assert.That((await Send("GET", Token, "")).Status, Is.EqualTo(405));

    internal static ServerSettings Settings(string kind) => new()
    {
        Urls = ["http://localhost:5080"],
        PublicUrl = new Uri("https://orchestrator.example/base/"),
        DataFolder = "/nowhere",
        DataFolderGiven = true,
        Workflows = new WorkflowsSettings { Folder = "/nowhere" },
        Ehrs = [ScriptedEhr.Settings(kind)],
        Intake = new IntakeSettings { BodyBytesMax = BytesMax },
    };

    private static byte[] Packed(string coding, byte[] plain)
    {
        using var packed = new MemoryStream();
        using (Stream writer = coding == "br"
            ? new BrotliStream(packed, CompressionLevel.Optimal)
            : new GZipStream(packed, CompressionLevel.Optimal))
        {
            writer.Write(plain);
        }

        return packed.ToArray();
    }

    private static HttpRequestMessage Request(string method, string path, string? secret)
    {
        var request = new HttpRequestMessage(new HttpMethod(method), $"/hooks/{path}");
        if (secret is not null)
        {
            request.Headers.TryAddWithoutValidation(Submission.SecretHeader, secret);
        }

        return request;
    }

    private Task<Answer> Send(string method, string path, string body) => Send(method, path, body, "s3cret");

    private Task<Answer> Send(string method, string path, byte[] body) => Send(method, path, body, "s3cret", null);

    private Task<Answer> Send(
        string method, string path, string body, string? secret, string? coding = null,
        (string Name, string Value)? header = null) =>
        Send(method, path, Encoding.UTF8.GetBytes(body), secret, coding, header);

    private async Task<Answer> Send(
        string method, string path, byte[] body, string? secret, string? coding,
        (string Name, string Value)? header = null)
    {
        using var request = Request(method, path, secret);
        if (body.Length > 0)
        {
            request.Content = new ByteArrayContent(body);
            request.Content.Headers.TryAddWithoutValidation("Content-Type", "application/fhir+json");
            if (coding is not null)
            {
                request.Content.Headers.TryAddWithoutValidation("Content-Encoding", coding);
            }
        }

        if (header is { } extra)
        {
            request.Headers.TryAddWithoutValidation(extra.Name, extra.Value);
        }

        using var reply = await _http.SendAsync(request);
        return new Answer(
            (int)reply.StatusCode, reply.Content.Headers.ContentType?.MediaType,
            await reply.Content.ReadAsStringAsync(),
            (int?)reply.Headers.RetryAfter?.Delta?.TotalSeconds);
    }

    private sealed record Answer(int Status, string? MediaType, string Body, int? RetryAfter);

    // A body whose length nobody says beforehand.
    private sealed class PushedContent(int bytes) : HttpContent
    {
        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            var chunk = new byte[8 * 1024];
            for (var sent = 0; sent < bytes; sent += chunk.Length)
            {
                await stream.WriteAsync(chunk);
            }
        }

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }
}
