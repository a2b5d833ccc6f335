namespace FhirOrchestrator.Tests.Rest;

internal sealed class BundleTests
{
    private FhirServerFixture _server = null!;

    [SetUp]
    public async Task Start() => _server = await FhirServerFixture.StartAsync();

    [TearDown]
    public async Task Stop()
    {
        if (_server is not null)
        {
            await _server.DisposeAsync();
        }
    }

    [Test]
    public async Task Transaction_References_AreRewrittenEverywhere()
    {
        await _server.SendAsync("PUT", "Practitioner/d1", """
            {"resourceType":"Practitioner","id":"d1","identifier":[{"system":"urn:npi","value":"280"}]}
            """);
        var answer = await PostAsync("transaction", """
            {"fullUrl":"urn:uuid:11111111-1111-1111-1111-111111111111","request":{"method":"POST","url":"Patient"},
             "resource":{"resourceType":"Patient","identifier":[{"system":"urn:mrn","value":"7"},
              {"value":"urn:uuid:11111111-1111-1111-1111-111111111111"}]}},
            {"fullUrl":"http://old.example/fhir/Organization/9","request":{"method":"POST","url":"Organization"},
             "resource":{"resourceType":"Organization","name":"X"}},
            {"fullUrl":"http://old.example/fhir/Task/1","request":{"method":"PUT","url":"Task/t1"},
             "resource":{"resourceType":"Task","id":"t1","status":"requested","intent":"order",
              "text":{"status":"generated",
               "div":"<div><a href=\"urn:uuid:11111111-1111-1111-1111-111111111111\">x</a></div>"},
              "for":{"reference":"urn:uuid:11111111-1111-1111-1111-111111111111"},
              "owner":{"reference":"Organization/9"},"requester":{"reference":"Practitioner?identifier=urn:npi|280"},
              "focus":{"reference":"Patient?identifier=urn:mrn|7"},
              "_authoredOn":{"extension":[
               {"url":"http://x","valueReference":{"reference":"urn:uuid:11111111-1111-1111-1111-111111111111"}}]},
              "instantiatesUri":"urn:uuid:11111111-1111-1111-1111-111111111111",
              "description":"urn:uuid:11111111-1111-1111-1111-111111111111"}},
            {"request":{"method":"GET","url":"Task?identifier:missing=true"}}
            """);
        Assert.That(answer.Code, Is.EqualTo(200), answer.Words);

        var patient = Location(answer, 0);
        var task = (await _server.SendAsync("GET", "Task/t1")).Body!.Root;
        Assert.Multiple(() =>
        {
            Assert.That(answer.Entries.Select(each => each.Child("response")!.Text("status")),
                Is.EqualTo(new[] { "201 Created", "201 Created", "201 Created", "200 OK" }));
            Assert.That(task.Child("for")!.Text("reference"), Is.EqualTo(patient));
            Assert.That(task.Child("owner")!.Text("reference"), Is.EqualTo(Location(answer, 1)));
            Assert.That(task.Child("requester")!.Text("reference"), Is.EqualTo("Practitioner/d1"));
            Assert.That(task.Child("focus")!.Text("reference"), Is.EqualTo(patient));
            Assert.That(task.Child("_authoredOn")!.ToString(), Does.Contain(patient));
            Assert.That(task.Text("instantiatesUri"), Is.EqualTo(patient));
            Assert.That(task.Child("text")!.Text("div"), Does.Contain($"href=\"{patient}\""));
            Assert.That(task.Text("description"), Does.StartWith("urn:uuid:"), "text is no reference");
            Assert.That(
                answer.Entries[3].Child("resource")!.Children("entry").Count(), Is.EqualTo(1), "reads see the writes");
        });
        var identifiers = (await _server.SendAsync("GET", patient)).Body!.Root.Children("identifier").ToList();
        Assert.That(identifiers[1].Text("value"), Does.StartWith("urn:uuid:"), "an identifier is no reference");
    }

    [Test]
    public async Task Transaction_OneEntryFails_NothingIsWritten()
    {
        await _server.SendAsync("PUT", "Patient/p1", """{"resourceType":"Patient","id":"p1"}""");
        var answer = await PostAsync("transaction", """
            {"request":{"method":"PUT","url":"Patient/new"},"resource":{"resourceType":"Patient","id":"new"}},
            {"request":{"method":"PUT","url":"Patient/p1","ifMatch":"W/\"9\""},
             "resource":{"resourceType":"Patient","id":"p1"}}
            """);

        Assert.Multiple(() =>
        {
            Assert.That(answer.Code, Is.EqualTo(412));
            Assert.That(answer.Body!.Root.ToString(), Does.Contain("Bundle.entry[1]"));
        });
        Assert.That((await _server.SendAsync("GET", "Patient/new")).Code, Is.EqualTo(404));
    }

    [TestCase(
        """{"request":{"method":"POST","url":"Patient"},"resource":{"resourceType":"Patient","nam":1}}""",
        422,
        "entry[0].resource")]
    [TestCase(
        """{"request":{"method":"POST","url":"Task"}"""
        + ""","resource":{"resourceType":"Task","for":{"reference":"urn:uuid:5"}}}""",
        400, "fullUrl")]
    [TestCase(
        """{"request":{"method":"POST","url":"Task"}"""
        + ""","resource":{"resourceType":"Task","for":{"reference":"Patient?identifier=5"}}}""",
        412, "got none")]
    [TestCase("""{"request":{"method":"PATCH","url":"Patient/1"}}""", 400, "expected a patch")]
    [TestCase("""{"request":{"method":"DELETE","url":"Patient?_sort=_id"}}""", 400, "at least one search parameter")]
    [TestCase("""
        {"request":{"method":"POST","url":"Patient","ifNoneMatch":"W/\"1\""},"resource":{"resourceType":"Patient"}}
        """, 400, "only with GET")]
    [TestCase("""{"request":{"method":"GET","url":"Patient/nobody"}}""", 404, "404")]
    [TestCase("""{"resource":{"resourceType":"Patient"}}""", 400, "request.method")]
    [TestCase("""
        {"request":{"method":"DELETE","url":"Patient/1"}},
        {"request":{"method":"PUT","url":"Patient/1"},"resource":{"resourceType":"Patient","id":"1"}}
        """, 400, "each resource once")]
    public async Task Transaction_NotAsItMustBe_IsRefused(string entries, int code, string words)
    {
        var answer = await PostAsync("transaction", entries);

        Assert.That((answer.Code, answer.Body!.Root.ToString()), Is.EqualTo((code, answer.Body.Root.ToString())));
        Assert.That(answer.Body.Root.ToString(), Does.Contain(words));
    }

    [Test]
    public async Task Transaction_IfNoneExist_MakesOneAndRefersToIt()
    {
        const string entries = """
            {"fullUrl":"urn:uuid:1","request":{"method":"POST","url":"Patient","ifNoneExist":"identifier=urn:mrn|7"},
             "resource":{"resourceType":"Patient","identifier":[{"system":"urn:mrn","value":"7"}]}},
            {"fullUrl":"urn:uuid:2","request":{"method":"POST","url":"Patient","ifNoneExist":"identifier=urn:mrn|7"},
             "resource":{"resourceType":"Patient","identifier":[{"system":"urn:mrn","value":"7"}]}},
            {"request":{"method":"POST","url":"Encounter"},
             "resource":{"resourceType":"Encounter","status":"planned","class":{"code":"IMP"},
              "subject":{"reference":"urn:uuid:2"}}}
            """;
        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => PostAsync("transaction", entries)));
        var patients = await _server.SendAsync("GET", "Patient?identifier=urn:mrn|7");
        var encounters = await _server.SendAsync("GET", $"Encounter?patient={patients.Ids.Single()}");

        Assert.Multiple(() =>
        {
            Assert.That(answers.Select(each => each.Code), Is.All.EqualTo(200));
            Assert.That(encounters.Entries, Has.Count.EqualTo(8));
            Assert.That(answers.Sum(each => each.Entries.Take(2).Count(entry =>
                entry.Child("response")!.Text("status") == "201 Created")), Is.EqualTo(1));
        });
    }

    [Test]
    public async Task Batch_OneEntryFails_TheOthersStand()
    {
        var answer = await PostAsync("batch", """
            {"request":{"method":"PUT","url":"Patient/b1"},"resource":{"resourceType":"Patient","id":"b1"}},
            {"request":{"method":"GET","url":"Patient/nobody"}},
            {"request":{"method":"GET","url":"Patient/b1"}},
            {"request":{"method":"DELETE","url":"Patient/b1"}},
            {"request":{"method":"POST","url":"Nothing"},"resource":{"resourceType":"Nothing"}}
            """);

        Assert.Multiple(() =>
        {
            Assert.That(answer.Body!.Root.Text("type"), Is.EqualTo("batch-response"));
            Assert.That(answer.Entries.Select(each => each.Child("response")!.Text("status")![..3]),
                Is.EqualTo(new[] { "201", "404", "200", "204", "404" }));
            Assert.That(
                answer.Entries[1].Child("response")!.Child("outcome")!.Text("resourceType"),
                Is.EqualTo("OperationOutcome"));
        });
    }

    [Test]
    public async Task Post_NoBatchNorTransaction_IsRefused() => Assert.That(
        (await _server.SendAsync("POST", "", """{"resourceType":"Bundle","type":"collection"}""")).Code,
        Is.EqualTo(400));

    private static string Location(FhirServerFixture.Answer answer, int at)
    {
        var location = answer.Entries[at].Child("response")!.Text("location")!;
        return location[..location.IndexOf("/_history", StringComparison.Ordinal)];
    }

    private Task<FhirServerFixture.Answer> PostAsync(string type, string entries) =>
        _server.SendAsync("POST", "", $$"""{"resourceType":"Bundle","type":"{{type}}","entry":[{{entries}}]}""");
}
