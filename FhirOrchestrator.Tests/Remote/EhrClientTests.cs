using FhirOrchestrator.Facts;
using FhirOrchestrator.Fhir.Json;
using FhirOrchestrator.Remote;
using FhirOrchestrator.Settings;
using FhirOrchestrator.Tests.Support;

namespace FhirOrchestrator.Tests.Remote;

internal sealed class EhrClientTests
{
    private static readonly Resource Ready = Resource.Create("Task", ("status", "ready"));

    [Test]
    public async Task Read_AResource_GivesBodyVersionIdAndServerClock()
    {
        using var ehr = new ScriptedEhr(_ => ScriptedEhr.Json(
            200, """{"resourceType":"Patient","id":"p1","meta":{"versionId":"9"}}""",
            ("ETag", "W/\"3\""), ("Date", "Sun, 01 Mar 2026 08:00:07 GMT")));
        using var client = ehr.Client();

        var reply = await client.ReadAsync("Patient", "p1", default);

        Assert.Multiple(() =>
        {
            Assert.That(reply.Outcome, Is.EqualTo(FhirOutcome.Ok));
            Assert.That(reply.Version, Is.EqualTo("3"));
            Assert.That(reply.Id, Is.EqualTo("p1"));
            Assert.That(reply.Date, Is.EqualTo(new DateTimeOffset(2026, 3, 1, 8, 0, 7, TimeSpan.Zero)));
            Assert.That(ehr.Seen[0].PathAndQuery, Is.EqualTo("/fhir/Patient/p1"));
            Assert.That(ehr.Seen[0].Headers["Accept"], Is.EqualTo("application/fhir+json"));
        });
    }

    [Test]
    public async Task Read_AnotherPatientThanAskedFor_IsNoAnswer()
    {
        using var ehr = new ScriptedEhr(_ => ScriptedEhr.Json(200, """{"resourceType":"Patient","id":"p2"}"""));
        using var client = ehr.Client();

        var reply = await client.ReadAsync("Patient", "p1", default);

        Assert.That(reply.Outcome, Is.EqualTo(FhirOutcome.Unavailable));
        Assert.That(reply.Words, Does.Not.Contain("p2"));
    }

    [Test]
    public async Task Read_AProxysPage_IsNoAnswer()
    {
        using var ehr = new ScriptedEhr(_ => ScriptedEhr.Json(200, "<html>please sign in</html>"));
        using var client = ehr.Client();

        var reply = await client.ReadAsync("Patient", "p1", default);

        Assert.That(reply.Outcome, Is.EqualTo(FhirOutcome.Unavailable));
        Assert.That(reply.Words, Is.EqualTo(
            "GET Patient: expected the Patient asked for, got something that is not FHIR JSON (status 200)"));
    }

    [TestCase(404, true, FhirOutcome.NotFound, true)]
    [TestCase(404, false, FhirOutcome.NotFound, false)]
    [TestCase(410, false, FhirOutcome.Gone, true)]
    public async Task Read_NotThere_IsGoneOnlyWhereTheServerSaysSoInFhir(
        int status, bool inFhir, FhirOutcome outcome, bool isGone)
    {
        using var ehr = new ScriptedEhr(
            _ => inFhir ? ScriptedEhr.Outcome(status, "not-found") : ScriptedEhr.Json(status, "no such page"));
        using var client = ehr.Client();

        var reply = await client.ReadAsync("Patient", "p1", default);

        Assert.That(reply.Outcome, Is.EqualTo(outcome));
        Assert.That(reply.IsSurelyGone, Is.EqualTo(isGone));
    }

    [TestCase(400, FhirOutcome.Refused)]
    [TestCase(401, FhirOutcome.Unauthorized)]
    [TestCase(403, FhirOutcome.Unauthorized)]
    [TestCase(409, FhirOutcome.Conflict)]
    [TestCase(412, FhirOutcome.PreconditionFailed)]
    [TestCase(422, FhirOutcome.Refused)]
    [TestCase(302, FhirOutcome.Refused)]
    [TestCase(429, FhirOutcome.Throttled)]
    [TestCase(408, FhirOutcome.Unavailable)]
    [TestCase(500, FhirOutcome.Unknown)]
    [TestCase(502, FhirOutcome.Unknown)]
    [TestCase(503, FhirOutcome.Unknown)]
    [TestCase(504, FhirOutcome.Unknown)]
    public async Task Update_Status_SaysWhatMayHaveBeenDone(int status, FhirOutcome outcome)
    {
        using var ehr = new ScriptedEhr(_ => ScriptedEhr.Outcome(status, "processing"));
        using var client = ehr.Client();

        var reply = await client.UpdateAsync(Ready.WithId("t1"), "4", default);

        Assert.Multiple(() =>
        {
            Assert.That(reply.Outcome, Is.EqualTo(outcome));
            Assert.That(reply.Words, Does.Contain("processing").And.Not.Contain("Canary"));
            Assert.That(ehr.Seen, Has.Length.EqualTo(1), "a write is sent once");
            Assert.That(ehr.Seen[0].Headers["If-Match"], Is.EqualTo("W/\"4\""));
        });
    }

    [Test]
    public async Task Create_ConditionalWithBareReply_TakesIdAndVersionFromTheHeaders()
    {
        using var ehr = new ScriptedEhr(_ => ScriptedEhr.Json(
            201, "", ("Location", "https://ehr.example/fhir/Task/77/_history/1"), ("ETag", "W/\"1\"")));
        using var client = ehr.Client();

        var reply = await client.CreateAsync(Ready, "identifier=urn:x|1", default);

        Assert.Multiple(() =>
        {
            Assert.That((reply.Outcome, reply.Id, reply.Version), Is.EqualTo((FhirOutcome.Ok, "77", "1")));
            Assert.That(ehr.Seen[0].Headers["If-None-Exist"], Is.EqualTo("identifier=urn:x|1"));
            Assert.That(ehr.Seen[0].Method, Is.EqualTo("POST"));
        });
    }

    [TestCase(200, "<html/>")]
    [TestCase(202, "")]
    [TestCase(201, "")]
    [TestCase(200, """{"resourceType":"OperationOutcome"}""")]
    public async Task Create_WithoutLearningTheId_IsUnknown(int status, string body)
    {
        using var ehr = new ScriptedEhr(_ => ScriptedEhr.Json(status, body));
        using var client = ehr.Client();

        var reply = await client.CreateAsync(Ready, null, default);

        Assert.That(reply.Outcome, Is.EqualTo(FhirOutcome.Unknown));
    }

    [Test]
    public async Task Create_WithAGuardThatCannotBeSent_IsNotSentWithoutIt()
    {
        using var ehr = new ScriptedEhr(_ => ScriptedEhr.Json(201, ""));
        using var client = ehr.Client();

        var reply = await client.CreateAsync(Ready, "identifier=a\r\nX: b", default);

        Assert.That(reply.Outcome, Is.EqualTo(FhirOutcome.Refused));
        Assert.That(ehr.Seen, Is.Empty);
    }

    [TestCase(HttpRequestError.ConnectionError, FhirOutcome.Unavailable)]
    [TestCase(HttpRequestError.NameResolutionError, FhirOutcome.Unavailable)]
    [TestCase(HttpRequestError.ResponseEnded, FhirOutcome.Unknown)]
    [TestCase(HttpRequestError.InvalidResponse, FhirOutcome.Unknown)]
    public async Task Create_ConnectionFails_IsUnknownOnceItWasSent(HttpRequestError error, FhirOutcome outcome)
    {
        using var ehr = new ScriptedEhr((_, _) => throw new HttpRequestException(error, "Eve Canary"));
        using var client = ehr.Client(limits: new RemoteLimits());

        var reply = await client.CreateAsync(Ready, null, default);

        Assert.That(reply.Outcome, Is.EqualTo(outcome));
        Assert.That(reply.Words, Does.Not.Contain("Canary"));
        Assert.That(ehr.Seen, Has.Length.EqualTo(1));
    }

    [Test]
    public void Read_CallerGivesUp_Throws()
    {
        using var ehr = new ScriptedEhr(async (_, ct) =>
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, ct);
            return ScriptedEhr.Json(200, "");
        });
        using var client = ehr.Client();
        using var stop = new CancellationTokenSource();
        var reading = client.ReadAsync("Patient", "p1", stop.Token);

        stop.Cancel();

        Assert.That(async () => await reading, Throws.InstanceOf<OperationCanceledException>());
    }

    [TestCase("https://elsewhere.example/fhir/Patient/1")]
    [TestCase("//elsewhere.example/Patient")]
    [TestCase("/Patient")]
    [TestCase("../admin")]
    [TestCase("Patient/%2e%2e/x")]
    [TestCase("Patient\\..\\x")]
    [TestCase("Patient#x")]
    [TestCase("")]
    public async Task Search_LeadingElsewhere_IsNotSent(string query)
    {
        using var ehr = new ScriptedEhr(_ => ScriptedEhr.Json(200, "{}"));
        using var client = ehr.Client(auth: new EhrAuth.Bearer("secret"));

        var reply = await client.SearchAsync(query, default);

        Assert.That(reply.Outcome, Is.EqualTo(FhirOutcome.Refused));
        Assert.That(ehr.Seen, Is.Empty);
    }

    [Test]
    public async Task Auth_BearerAndBasic_AreSentToTheEhr()
    {
        using var ehr = new ScriptedEhr(_ => ScriptedEhr.Outcome(404, "not-found"));
        using var bearer = ehr.Client(auth: new EhrAuth.Bearer("t0k"));
        using var basic = ehr.Client(auth: new EhrAuth.Basic("ann", "pw"));

        await bearer.ReadAsync("Task", "1", default);
        await basic.ReadAsync("Task", "1", default);

        Assert.That(ehr.Seen[0].Headers["Authorization"], Is.EqualTo("Bearer t0k"));
        Assert.That(ehr.Seen[1].Headers["Authorization"], Is.EqualTo("Basic YW5uOnB3"));
    }

    [TestCase("Patient/1", "Patient/1")]
    [TestCase("https://ehr.example/fhir/Patient/1/_history/2", "Patient/1")]
    [TestCase("https://EHR.example:443/fhir/Patient/1", "Patient/1")]
    [TestCase("https://ehr.example/fhir2/Patient/1", null)]
    [TestCase("https://ehr.example.evil/fhir/Patient/1", null)]
    [TestCase("http://ehr.example/fhir/Patient/1", null)]
    [TestCase("https://ehr.example:444/fhir/Patient/1", null)]
    [TestCase("https://x@ehr.example/fhir/Patient/1", null)]
    [TestCase("urn:uuid:1", null)]
    public void Own_Reference_OnlyBelowTheBase(string reference, string? path)
    {
        var address = new EhrAddress(new Uri("https://ehr.example/fhir/"));

        Assert.That(address.Own(reference)?.Path, Is.EqualTo(path));
    }
}
