using System.Globalization;
using System.IO.Compression;
using System.Net.Http.Headers;
using System.Text;
using AngleSharp.Html.Parser;
using Npgsql;

namespace FhirOrchestrator.Tests.EndToEnd;

/// <summary>What the hooks do with what nobody should send: who may, how much, and what cannot be read.</summary>
internal sealed class BadInputTests
{
    private const int BytesMax = 64 * 1024;
    private const string FhirJson = "application/fhir+json";

    private Stage stage = null!;
    private Hook hook = null!;

    private static IEnumerable<TestCaseData> Unreadable =>
    [
        Case("not JSON", "hello", "not-json"),
        Case("XML", "<Encounter xmlns=\"http://hl7.org/fhir\"><id value=\"1\"/></Encounter>", "not-json"),
        Case("truncated", """{"resourceType":"Encounter","id":"e1","status":"fini""", "not-json"),
        Case("two values", """{"resourceType":"Encounter","id":"e1"}{"resourceType":"Encounter"}""", "not-json"),
        Case("bad UTF-8", [.. """{"resourceType":"Encounter","id":" """u8, 0xC3, 0x28, .. "\"}"u8], "not-json"),
        Case("UTF-16", Encoding.Unicode.GetBytes("""{"resourceType":"Encounter","id":"e1"}"""), "not-json"),
        Case("200 levels", Nested(200), "not-json"),
        Case("10000 levels", Nested(10_000), "not-json"),
        Case("duplicate keys", """{"resourceType":"Encounter","id":"e1","id":"e2"}""", "not-json"),
        Case("escaped U+0000", """{"resourceType":"Encounter","id":"e1","language":"a\u0000b"}""", "not-json"),
        Case("raw U+0000", "{\"resourceType\":\"Encounter\",\"id\":\"e\0\"}", "not-json"),
        Case("lone surrogate", """{"resourceType":"Encounter","id":"e1","language":"\ud800"}""", "not-json"),
        Case("a number", "42", "not-fhir"),
        Case("a list", """[{"resourceType":"Encounter","id":"e1"}]""", "not-fhir"),
        Case("no resourceType", """{"id":"e1"}""", "not-fhir"),
        Case("a collection", """{"resourceType":"Bundle","type":"collection"}""", "unknown-form"),
        Case("a resource without id", """{"resourceType":"Encounter","status":"finished"}""", "contradiction"),
    ];

    [OneTimeSetUp]
    public async Task SetStage()
    {
        stage = await Stage.SetAsync(["city"], settings: [$"--Intake:BodyBytesMax={BytesMax}"]);
        hook = await stage.HookAsync("city");
    }

    [OneTimeTearDown]
    public async Task StrikeStage() => await (stage?.DisposeAsync() ?? ValueTask.CompletedTask);

    [Test]
    public async Task Hook_WrongOrMissingSecret_401AndNothingKept()
    {
        var other = await stage.HookAsync("city", "subscription-patient");
        var before = await stage.CountAsync("inbox");
        var right = hook.Secret;
        string?[] secrets = [null, "", "wrong", $"{right}x", right[1..], right.ToUpperInvariant(), other.Secret];
        foreach (var secret in secrets)
        {
            Assert.That(await PostAsync(hook.Path, "{}"u8.ToArray(), secret: secret), Is.EqualTo(401), secret);
        }

        Assert.That(await stage.CountAsync("inbox"), Is.EqualTo(before));
        TestContext.Out.WriteLine($"{secrets.Length} of {secrets.Length} wrong or missing secrets: 401, nothing kept");
    }

    [Test]
    public async Task Hook_UnknownToken_404AndNothingKept()
    {
        var before = await stage.CountAsync("inbox");
        string[] tokens =
        [
            "x", new('a', 43), $"{hook.Token}x", hook.Token[1..], new('a', 5000), "..%2F..%2Fhealth", "%E2%80%AE",
        ];
        foreach (var token in tokens)
        {
            var status = await PostAsync($"hooks/{token}", "{}"u8.ToArray(), secret: hook.Secret);
            Assert.That(status, Is.EqualTo(404), token);
        }

        Assert.That(await stage.CountAsync("inbox"), Is.EqualTo(before));
        TestContext.Out.WriteLine($"{tokens.Length} of {tokens.Length} unknown tokens: 404, nothing kept");
    }

    [Test]
    public async Task Hook_OverTheLimit_413AndNothingKept()
    {
        var before = await stage.CountAsync("inbox");
        var large = new byte[BytesMax + 1];
        var bomb = new byte[200 * 1024 * 1024];
        var statuses = new Dictionary<string, int>
        {
            ["plain"] = await PostAsync(hook.Path, large, secret: hook.Secret),
            ["chunked"] = await PostAsync(hook.Path, large, secret: hook.Secret, chunked: true),
            ["gzip bomb"] = await PostAsync(hook.Path, Gzip(bomb[..(32 * 1024 * 1024)]), "gzip", hook.Secret),
            ["brotli bomb"] = await PostAsync(hook.Path, Brotli(bomb), "br", hook.Secret),
        };

        Assert.That(statuses.Values, Is.All.EqualTo(413), string.Join(", ", statuses));
        Assert.That(await stage.CountAsync("inbox"), Is.EqualTo(before));
        Assert.That(
            await PostAsync(hook.Path, Encoding.UTF8.GetBytes(new string(' ', BytesMax)), secret: hook.Secret),
            Is.EqualTo(200),
            "exactly at the limit");
        TestContext.Out.WriteLine(string.Join(", ", statuses.Select(each => $"{each.Key} {each.Value}")));
    }

    [TestCaseSource(nameof(Unreadable))]
    public async Task Hook_UnreadableBody_200KeptRawQuarantinedVisible(byte[] body, string reason)
    {
        var status = await PostAsync(hook.Path, body, secret: hook.Secret);
        Assert.That(status, Is.EqualTo(200), stage.Server.Output);
        await ExpectQuarantinedAsync(body, reason);
    }

    [Test]
    public async Task Hook_BrokenCompression_200KeptAsItCame()
    {
        var packed = Gzip("""{"resourceType":"Encounter","id":"e1"}"""u8.ToArray());
        (string Coding, byte[] Body)[] broken =
        [
            ("gzip", packed[..^12]), ("gzip", packed[..^3]), ("gzip", [.. packed[..^6], 1, 2, 3, 4, 5, 6]),
            ("gzip", "no gzip at all"u8.ToArray()),
            ("br", Brotli("""{"resourceType":"Encounter","id":"e2"}"""u8.ToArray())[..^4]),
        ];
        foreach (var (coding, body) in broken)
        {
            Assert.That(await PostAsync(hook.Path, body, coding, hook.Secret), Is.EqualTo(200));
            await ExpectQuarantinedAsync(body, "not-json");
        }
    }

    [Test]
    public async Task Hook_WellFormedGzip_KeptUnpacked()
    {
        var body = """{"resourceType":"Encounter","id":"e1","duplicate":1,"duplicate":2}"""u8.ToArray();
        Assert.That(await PostAsync(hook.Path, Gzip(body), "gzip", hook.Secret), Is.EqualTo(200));
        await ExpectQuarantinedAsync(body, "not-json");
    }

    [Test]
    public async Task Hook_AddressAndBodyContradict_200Quarantined()
    {
        var body = """{"resourceType":"Encounter","id":"other"}"""u8.ToArray();
        Assert.That(await PostAsync($"{hook.Path}/Encounter/e1", body, secret: hook.Secret), Is.EqualTo(200));
        await ExpectQuarantinedAsync(body, "contradiction");
    }

    [Test]
    public async Task Hook_ReferenceToAnotherServer_200QuarantinedNotFollowed()
    {
        var body = """
            {"resourceType":"Bundle","type":"history","meta":{"profile":[
            "http://hl7.org/fhir/uv/subscriptions-backport/StructureDefinition/backport-subscription-notification-r4"]},
            "entry":[{"resource":{"resourceType":"Parameters","parameter":[
            {"name":"subscription","valueReference":{"reference":"Subscription/1"}},
            {"name":"status","valueCode":"active"},
            {"name":"type","valueCode":"event-notification"},{"name":"notification-event","part":[
            {"name":"event-number","valueString":"1"},
            {"name":"focus","valueReference":{"reference":"http://127.0.0.1:1/fhir/Encounter/e1"}}]}]}}]}
            """u8.ToArray();
        Assert.That(await PostAsync(hook.Path, body, secret: hook.Secret), Is.EqualTo(200));
        await ExpectQuarantinedAsync(body, "foreign-reference");
    }

    [Test]
    public async Task Hook_AfterAllThat_ADischargeStillStarts()
    {
        await PostAsync(hook.Path, "rubbish"u8.ToArray(), secret: hook.Secret);
        await Chart.AdmitAsync(stage.Ehr, 1, "Still", CancellationToken.None);
        await Chart.DischargeAsync(stage.Ehr, "e1", CancellationToken.None);

        var tasks = await stage.TasksAsync(stage.Ehr, "e1", 3);

        Assert.That(tasks, Has.Length.EqualTo(3));
        var quarantined = await stage.CountAsync("quarantine");
        TestContext.Out.WriteLine(
            $"{quarantined} deliveries quarantined so far, and a discharge still started 3 Tasks");
    }

    private static TestCaseData Case(string name, string body, string reason) =>
        Case(name, Encoding.UTF8.GetBytes(body), reason);

    private static TestCaseData Case(string name, byte[] body, string reason) =>
        new TestCaseData(body, reason).SetArgDisplayNames(name);

    private static string Nested(int levels) =>
        $$"""{"resourceType":"Encounter","contained":{{new string('[', levels)}}{{new string(']', levels)}}}""";

    /// <summary>Kept byte by byte, set aside for this reason, and shown to operators and coordinators.</summary>
    private async Task ExpectQuarantinedAsync(byte[] body, string reason)
    {
        var inbox = await FindAsync(body);
        Assert.That(inbox, Is.Not.Null, "the inbox does not hold these bytes");
        var found = await Eventually.SomeAsync(
            "the entry to be quarantined",
            TimeSpan.FromSeconds(3),
            async _ => await stage.CountAsync($"quarantine WHERE inbox = {inbox}") == 1
                ? await stage.Database.ReadAsync<string>(
                    $"SELECT reason || ': ' || words FROM orchestrator.quarantine WHERE inbox = {inbox}")
                : null,
            () => stage.Server.Output);
        Assert.That(found, Does.StartWith($"{reason}: "));

        var page = new HtmlParser().ParseDocument(
            await stage.Server.Http.PageAsync("operations", CancellationToken.None));
        var row = page.GetElementById($"inbox-{inbox}");
        var size = body.Length.ToString(CultureInfo.InvariantCulture);
        Assert.That(row?.TextContent, Does.Contain(reason).And.Contain("city").And.Contain(size));
        Assert.That(
            await stage.Server.Http.PageAsync("", CancellationToken.None),
            Does.Contain("could not be read: see Operations"));
        TestContext.Out.WriteLine($"{body.Length} bytes kept as inbox {inbox}, {found}");
    }

    private async Task<long?> FindAsync(byte[] body)
    {
        await using var command = stage.Database.Source.CreateCommand(
            "SELECT id FROM orchestrator.inbox WHERE body = $1 ORDER BY id DESC LIMIT 1");
        command.Parameters.Add(new NpgsqlParameter { Value = body });
        return (long?)await command.ExecuteScalarAsync();
    }

    private async Task<int> PostAsync(
        string path, byte[] body, string? coding = null, string? secret = null, bool chunked = false)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(path, UriKind.Relative));
        request.Content = chunked ? new StreamContent(new Unsized(body)) : new ByteArrayContent(body);
        request.Headers.TransferEncodingChunked = chunked;
        request.Content.Headers.ContentType = new MediaTypeHeaderValue(FhirJson);
        if (coding is not null)
        {
            request.Content.Headers.ContentEncoding.Add(coding);
        }

        if (secret is not null)
        {
            request.Headers.TryAddWithoutValidation("X-FhirOrchestrator-Secret", secret);
        }

        using var response = await stage.Server.Http.SendAsync(request);
        return (int)response.StatusCode;
    }

    private static byte[] Gzip(byte[] plain)
    {
        using var packed = new MemoryStream();
        using (var writer = new GZipStream(packed, CompressionLevel.Optimal))
        {
            writer.Write(plain);
        }

        return packed.ToArray();
    }

    private static byte[] Brotli(byte[] plain)
    {
        using var packed = new MemoryStream();
        using (var writer = new BrotliStream(packed, CompressionLevel.Fastest))
        {
            writer.Write(plain);
        }

        return packed.ToArray();
    }

    /// <summary>Does not say how long it is.</summary>
    private sealed class Unsized(byte[] bytes) : MemoryStream(bytes)
    {
        public override bool CanSeek => false;
    }
}
