using System.Net;
using FhirOrchestrator.Fhir.Json;
using FhirOrchestrator.Fhir.Notifications;
using FhirOrchestrator.Sandbox;
using FhirOrchestrator.Tests.Sandbox.Publisher;
using FhirOrchestrator.Tests.Support;

namespace FhirOrchestrator.Tests.Sandbox.Doors;

/// <summary>The sandbox EHR as its users and subscribers meet it: over HTTP, on PostgreSQL.</summary>
internal sealed class SandboxDoorsTests
{
    private const string Fhir = "/sandbox/fhir";

    private SandboxApp _app = null!;
    private HookListener _hook = null!;

    [OneTimeSetUp]
    public async Task SetUp()
    {
        _hook = await HookListener.StartAsync();
        _app = await SandboxApp.StartAsync();
    }

    [OneTimeTearDown]
    public async Task TearDown()
    {
        if (_app is not null)
        {
            await _app.DisposeAsync();
        }

        await _hook.DisposeAsync();
    }

    [Test]
    public async Task Metadata_Subscription_ListsTopicsAndStatus()
    {
        var (status, body) = await _app.SendAsync(HttpMethod.Get, Fhir + "/metadata");
        var described = body!.Children("rest").Single().Children("resource").Single(each => each.Text("type") == "Subscription");

        using (Assert.EnterMultipleScope())
        {
            Assert.That(status, Is.EqualTo(200));
            Assert.That(
                described.Children("extension").Select(each => each.Text("valueCanonical")),
                Does.Contain(SubscriptionJson.EncounterTopic));
            Assert.That(described.ToString(), Does.Contain(NotificationWords.StatusOperation));
            Assert.That(R4Validity.Problems(Resource.From(body)!), Is.Empty);
        }
    }

    [Test]
    public async Task Subscription_ByRest_ActivatesAndTellsOfADischarge()
    {
        var (status, created) = await _app.SendAsync(
            HttpMethod.Post, Fhir + "/Subscription", SubscriptionJson.Topic(_hook.Url + "/a", "full-resource", "status=finished"));
        var id = created!.Text("id")!;
        await _app.WhenAsync($"Subscription/{id}", each => each.Root.Text("status") == "active");
        var (_, acted) = await _app.SendAsync(HttpMethod.Post, "/sandbox/acts/discharge", """{"disposition":"01","seed":3}""");
        var calls = await _hook.NextAsync(2);
        var (_, one) = await _app.SendAsync(HttpMethod.Get, $"{Fhir}/Subscription/{id}/$status");
        var (_, many) = await _app.SendAsync(HttpMethod.Get, $"{Fhir}/Subscription/$status?id={id}&status=active");
        var (_, read) = await _app.SendAsync(HttpMethod.Get, $"{Fhir}/Subscription/{id}");
        var (put, _) = await _app.SendAsync(
            HttpMethod.Put, $"{Fhir}/Subscription/{id}", read!.With("status", "off").ToString());

        using (Assert.EnterMultipleScope())
        {
            Assert.That(status, Is.EqualTo(201));
            Assert.That(created.Text("status"), Is.EqualTo("requested"));
            Assert.That(created.ToString(), Does.Not.Contain("t0ken"));
            Assert.That(calls[0].Notification?.Type, Is.EqualTo(NotificationType.Handshake));
            Assert.That(calls[1].Headers["Authorization"], Is.EqualTo("Bearer t0ken"));
            Assert.That(calls[1].Notification?.Events.Single().Resource?.Path, Is.EqualTo(acted!.Text("resource")));
            Assert.That(
                calls[1].Resource!.Root.Children("entry").First().Child("request")!.Text("url"),
                Does.StartWith("http://127.0.0.1").And.EndsWith($"/sandbox/fhir/Subscription/{id}/$status"));
            Assert.That(R4Validity.Problems(calls[1].Resource!), Is.Empty);
            Assert.That(NotificationReader.ReadStatuses(Resource.From(one)!).Single().EventsSinceStart, Is.EqualTo(1));
            Assert.That(NotificationReader.ReadStatuses(Resource.From(many)!).Single().SubscriptionId, Is.EqualTo(id));
            Assert.That(put, Is.EqualTo(200));
        }
    }

    [Test]
    public async Task Subscription_SubmittedActive_IsRefusedWithTheElement()
    {
        var (status, body) = await _app.SendAsync(
            HttpMethod.Post,
            Fhir + "/Subscription",
            SubscriptionJson.Classic(_hook.Url).Replace("requested", "active", StringComparison.Ordinal));

        Assert.That(status, Is.EqualTo(422));
        Assert.That(body!.ToString(), Does.Contain("Subscription.status"));
    }

    [Test]
    public async Task Act_UnknownRefusedAndMisspelt_SayWhy()
    {
        var (unknown, words) = await _app.SendAsync(HttpMethod.Post, "/sandbox/acts/fly");
        var (refused, _) = await _app.SendAsync(
            HttpMethod.Post, "/sandbox/acts/discharge", """{"encounter":"Encounter/nobody"}""");
        var (misspelt, _) = await _app.SendAsync(HttpMethod.Post, "/sandbox/acts/discharge", """{"encountr":"x"}""");
        var (broken, _) = await _app.SendAsync(HttpMethod.Post, "/sandbox/acts/discharge", "{");

        Assert.That((unknown, refused, misspelt, broken), Is.EqualTo((404, 409, 400, 400)));
        Assert.That(words?.Text("problem"), Does.Contain("reverse-discharge"));
    }

    [Test]
    public async Task Page_WithAHostileName_EncodesIt()
    {
        var (_, admitted) = await _app.SendAsync(HttpMethod.Post, "/sandbox/acts/admit", """{"seed":8}""");
        var stay = (await _app.Records.ReadAsync(
            "Encounter", admitted!.Text("resource")!.Split('/')[1], CancellationToken.None))!;
        var patient = (await _app.Records.ReadAsync(
            "Patient", stay.Root.Child("subject")!.Text("reference")!.Split('/')[1], CancellationToken.None))!;
        await _app.Records.WriteAsync(
            [RecordWrite.Update(patient.With("name", Node.Array(Node.Object(("text", "<script>alert(1)</script>")))))],
            CancellationToken.None);

        using var answer = await _app.Http.GetAsync("/sandbox");
        var html = await answer.Content.ReadAsStringAsync();
        using (Assert.EnterMultipleScope())
        {
            Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.OK));
            Assert.That(html, Does.Contain("&lt;script&gt;").And.Not.Contain("<script"));
            Assert.That(html, Does.Contain("In house").And.Contain("formaction=\"/sandbox/acts/discharge\""));
        }
    }

    [Test]
    public async Task Form_OfThePage_GetsThePageAgain()
    {
        using var form = new FormUrlEncodedContent([new("patient", ""), new("kind", "lab")]);
        using var answer = await _app.Http.PostAsync("/sandbox/acts/decoy", form);

        Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.SeeOther));
        Assert.That(answer.Headers.Location?.ToString(), Does.StartWith("/sandbox?said=decoy%3A%20ServiceRequest"));
    }

    [TestCase("Origin", "http://evil.example")]
    [TestCase("Origin", "null")]
    [TestCase("Host", "evil.example")]
    public async Task Doors_CalledFromAnotherSite_AreShut(string header, string value)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/sandbox/acts/discharge");
        request.Headers.TryAddWithoutValidation(header, value);
        using var answer = await _app.Http.SendAsync(request);

        Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.Forbidden));
    }

    [Test]
    public async Task Misbehave_SetAndAsked_IsTold()
    {
        var (set, _) = await _app.SendAsync(
            HttpMethod.Post, "/sandbox/misbehave", """{"dropPercent":5,"duplicates":true,"reorderPercent":20,"seed":4}""");
        var (_, told) = await _app.SendAsync(HttpMethod.Get, "/sandbox/misbehave");
        var (wrong, words) = await _app.SendAsync(HttpMethod.Post, "/sandbox/misbehave", """{"dropPercent":500}""");
        await _app.SendAsync(HttpMethod.Post, "/sandbox/misbehave", "{}");

        using (Assert.EnterMultipleScope())
        {
            Assert.That((set, wrong), Is.EqualTo((200, 400)));
            Assert.That(told!.ToString(), Does.StartWith("""{"dropPercent":5,"duplicates":true,"reorderPercent":20,"""));
            Assert.That(words?.Text("problem"), Is.EqualTo("expected dropPercent from 0 to 100, got 500"));
        }
    }

    [Test]
    public async Task BusyHour_AtFullSpeed_Ends()
    {
        var (started, _) = await _app.SendAsync(
            HttpMethod.Post, "/sandbox/busy-hour", """{"acts":40,"speed":3600,"seed":2}""");
        using var guard = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        ObjectNode? report;
        do
        {
            guard.Token.ThrowIfCancellationRequested();
            (_, report) = await _app.SendAsync(HttpMethod.Get, "/sandbox/busy-hour");
        }
        while (report?["running"] is not BooleanNode { Value: false });

        TestContext.Out.WriteLine(report.ToString());
        Assert.That(started, Is.EqualTo(202));
        Assert.That(report["done"]!.ToString(), Is.Not.EqualTo("0"));
    }

    [Test]
    public async Task Load_TwoBundles_Counts()
    {
        var folder = SharedFolder.Path("data/synthea/smart-100/bundles");
        var order = Node.Object(("folder", folder), ("types", "Patient,Encounter"), ("gps", true), ("bundles", 2));
        var (status, report) = await _app.SendAsync(HttpMethod.Post, "/sandbox/load", order.ToString());
        var (missing, _) = await _app.SendAsync(HttpMethod.Post, "/sandbox/load", """{"folder":"/nowhere/at/all"}""");

        Assert.That((status, missing), Is.EqualTo((200, 400)));
        Assert.That(report!.Child("resources")!["Patient"]!.ToString(), Is.EqualTo("2"));
    }
}
