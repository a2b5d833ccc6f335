using FhirOrchestrator.Fhir.Json;
using FhirOrchestrator.Rest;
using FhirOrchestrator.Tests.Corpus;

namespace FhirOrchestrator.Tests.Rest;

internal sealed class FhirEndpointsTests
{
    private const string Patient = """{"resourceType":"Patient","id":"p1","name":[{"family":"A"}]}""";
    private FhirServerFixture _server = null!;

    [OneTimeSetUp]
    public async Task Start() => _server = await FhirServerFixture.StartAsync(server => server with
    {
        BodyBytesMax = 100_000,
        Operations =
        [
            new RestOperation("$status", OperationLevel.Instance, "Subscription", "http://example.org/status", true,
                (request, _, _) => Task.FromResult(
                    RestAnswer.Of(200, Resource.Create("Parameters", ("id", request.Id))))),
        ],
        Interceptors =
        [
            (write, _) =>
            {
                if (write.Resource is { Type: "Subscription" } subscription)
                {
                    if (subscription.Root.Text("criteria") == "no")
                    {
                        return Task.FromResult<WriteRefusal?>(
                            new WriteRefusal(422, "business-rule", "expected yes, got no"));
                    }

                    write.Resource = subscription.With("status", "requested");
                }

                return Task.FromResult<WriteRefusal?>(null);
            },
        ],
    });

    [OneTimeTearDown]
    public async Task Stop()
    {
        if (_server is not null)
        {
            await _server.DisposeAsync();
        }
    }

    [Test]
    public async Task LifeOfAResource_OverHttp_HasVersionsAndHeaders()
    {
        var created = await _server.SendAsync("POST", "Patient", Patient);
        var id = created.Body!.Id!;
        var read = await _server.SendAsync("GET", $"Patient/{id}");
        var notModified = await _server.SendAsync("GET", $"Patient/{id}", null, ("If-None-Match", "W/\"1\""));
        var updated = await _server.SendAsync(
            "PUT", $"Patient/{id}", $$"""{"resourceType":"Patient","id":"{{id}}","active":true}""");
        var old = await _server.SendAsync("GET", $"Patient/{id}/_history/1");
        var deleted = await _server.SendAsync("DELETE", $"Patient/{id}");
        var gone = await _server.SendAsync("GET", $"Patient/{id}");
        var history = await _server.SendAsync("GET", $"Patient/{id}/_history");
        var again = await _server.SendAsync("DELETE", $"Patient/{id}");

        Assert.Multiple(() =>
        {
            Assert.That(created.Code, Is.EqualTo(201));
            Assert.That(id, Is.Not.EqualTo("p1"));
            Assert.That(created.Location, Is.EqualTo($"{_server.Base}/Patient/{id}/_history/1"));
            Assert.That(created.ContentType, Does.StartWith("application/fhir+json"));
            Assert.That((read.Code, read.ETag, read.Body!.VersionId), Is.EqualTo((200, "W/\"1\"", "1")));
            Assert.That(
                read.LastModified?.ToUnixTimeSeconds(), Is.EqualTo(read.Body!.LastUpdated?.ToUnixTimeSeconds()));
            Assert.That((notModified.Code, notModified.Body), Is.EqualTo((304, (Resource?)null)));
            Assert.That((updated.Code, updated.ETag), Is.EqualTo((200, "W/\"2\"")));
            Assert.That(old.Body!.Root.Children("name").Single().Text("family"), Is.EqualTo("A"));
            Assert.That(deleted.Code, Is.EqualTo(204));
            Assert.That((gone.Code, gone.Body!.Type), Is.EqualTo((410, "OperationOutcome")));
            Assert.That(history.Entries.Select(each => each.Child("request")!.Text("method")),
                Is.EqualTo(new[] { "DELETE", "PUT", "POST" }));
            Assert.That(history.Entries[0]["resource"], Is.Null);
            Assert.That(history.Body!.Root["total"]!.ToString(), Is.EqualTo("3"));
            Assert.That(again.Code, Is.EqualTo(204));
        });
    }

    [Test]
    public async Task Update_Conditions_AreHeld()
    {
        const string body = """{"resourceType":"Patient","id":"m1"}""";
        var byPut = await _server.SendAsync("PUT", "Patient/m1", body);
        var stale = await _server.SendAsync("PUT", "Patient/m1", body, ("If-Match", "W/\"7\""));
        var current = await _server.SendAsync("PUT", "Patient/m1", body, ("If-Match", "W/\"1\""));
        var nothing = await _server.SendAsync(
            "PUT", "Patient/m2", """{"resourceType":"Patient","id":"m2"}""", ("If-Match", "W/\"1\""));
        var staleDelete = await _server.SendAsync("DELETE", "Patient/m1", null, ("If-Match", "W/\"1\""));

        Assert.That(
            new[] { byPut.Code, stale.Code, current.Code, nothing.Code, staleDelete.Code },
            Is.EqualTo(new[] { 201, 412, 200, 412, 412 }));
    }

    [Test]
    public async Task ConditionalCreateAndUpdate_ByIdentifier_KeepOneResource()
    {
        const string body =
            """{"resourceType":"Task","identifier":[{"system":"urn:c","value":"1"}]"""
            + ""","status":"requested","intent":"order"}""";
        var condition = ("If-None-Exist", "identifier=urn:c|1");
        var first = await _server.SendAsync("POST", "Task", body, condition);
        var second = await _server.SendAsync("POST", "Task", body, condition);
        var update = await _server.SendAsync("PUT", "Task?identifier=urn:c|1", body);
        var create = await _server.SendAsync(
            "PUT", "Task?identifier=urn:c|2", body.Replace("\"1\"", "\"2\"", StringComparison.Ordinal));
        await _server.SendAsync("POST", "Task", body);
        var several = await _server.SendAsync("PUT", "Task?identifier=urn:c|1", body);
        var everything = await _server.SendAsync("POST", "Task", body, ("If-None-Exist", "_sort=_id"));

        Assert.Multiple(() =>
        {
            Assert.That(new[] { first.Code, second.Code, update.Code, create.Code, several.Code, everything.Code },
                Is.EqualTo(new[] { 201, 200, 200, 201, 412, 400 }));
            Assert.That(second.Body!.Id, Is.EqualTo(first.Body!.Id));
            Assert.That((update.Body!.Id, update.Body!.VersionId), Is.EqualTo((first.Body!.Id, "2")));
        });
    }

    [TestCase("GET", "Patient/nobody", 404, "no such resource")]
    [TestCase("GET", "Patiant", 404, "did you mean 'Patient'")]
    [TestCase("GET", "Patient/a_b", 400, "an id of 1 to 64")]
    [TestCase("GET", "Patient?birthdat=1", 400, "did you mean 'birthdate'")]
    [TestCase("GET", "Patient/x/_history", 404, "no such resource")]
    [TestCase("GET", "Patient/x/_history/1", 404, "a version")]
    [TestCase("GET", "Patient/x/_history?_until=2020", 400, "at most")]
    [TestCase("GET", "Patient/x?_summary=count", 400, "no parameter but")]
    [TestCase("GET", "Patient?_cursor=xxx", 400, "next link")]
    [TestCase("GET", "Patient/x/$everything", 404, "'$everything'")]
    [TestCase("GET", "a/b/c/d/e", 404, "resource type")]
    [TestCase("DELETE", "Patient", 400, "at least one search parameter")]
    [TestCase("DELETE", "", 405, "POST, GET")]
    [TestCase("GET", "?name=x", 400, "expected a search parameter of")]
    [TestCase("GET", "Patient/x/Medication", 404, "the compartment of Patient")]
    [TestCase("GET", "Organization/x/Patient", 404, "a compartment of Device")]
    [TestCase("POST", "Patient/x", 405, "GET, PUT, PATCH, DELETE")]
    [TestCase("POST", "Patient", 400, "got none")]
    [TestCase("PUT", "Subscription/x/$status", 405, "GET, POST")]
    public async Task Request_NotAsItMustBe_GetsAnOutcome(string method, string url, int code, string words)
    {
        var answer = await _server.SendAsync(method, url);

        Assert.Multiple(() =>
        {
            Assert.That(answer.Code, Is.EqualTo(code));
            Assert.That(answer.Body?.Type, Is.EqualTo("OperationOutcome"));
            Assert.That(answer.Words, Does.Contain(words));
            Assert.That(answer.Allow, code == 405 ? Is.Not.Empty : Is.Empty);
        });
    }

    [TestCase("""{"resourceType":"Patient","id":"p1",""", 400, "end")]
    [TestCase("""{"resourceType":"Patient","id":"p1","id":"p1"}""", 400, "each name once")]
    [TestCase("""{"id":"p1"}""", 400, "resourceType")]
    [TestCase("""{"resourceType":"Observation","id":"p1"}""", 400, "of type Patient")]
    [TestCase("""{"resourceType":"Patient","id":"p2"}""", 400, "id of the URL")]
    [TestCase("""{"resourceType":"Patient"}""", 400, "id of the URL")]
    [TestCase("""{"resourceType":"Patient","id":"p1","nam":[{"family":"A"}]}""", 422, "did you mean 'name'")]
    [TestCase(
        """{"resourceType":"Patient","id":"p1","name":{"family":"A"}}""",
        422,
        "an array, got an object at Patient.name")]
    [TestCase(
        """{"resourceType":"Patient","id":"p1","name":[{"family":["A"]}]}""",
        422,
        "one value, got an array at Patient.name[0].family")]
    [TestCase("""{"resourceType":"Patient","id":"p1","active":"true"}""", 422, "true or false")]
    [TestCase("""{"resourceType":"Patient","id":"p1","birthDate":"1.1.2000"}""", 422, "a date")]
    [TestCase(
        """{"resourceType":"Patient","id":"p1","extension":[{"url":"x","valueStrin":"x"}]}""",
        422,
        "Patient.extension[0]")]
    [TestCase(
        """{"resourceType":"Patient","id":"p1","contained":[{"resourceType":"Nothing"}]}""",
        422,
        "Patient.contained[0]")]
    [TestCase("""{"resourceType":"Patient","id":"p1","name":[]}""", 422, "not empty")]
    public async Task Body_NotAsItMustBe_GetsAnOutcome(string json, int code, string words)
    {
        var answer = await _server.SendAsync("PUT", "Patient/p1", json);

        Assert.Multiple(() =>
        {
            Assert.That(answer.Code, Is.EqualTo(code));
            Assert.That(answer.Words, Does.Contain(words));
        });
    }

    [TestCase("Content-Type", "application/fhir+xml", 415)]
    [TestCase("Content-Type", "text/plain", 415)]
    [TestCase("Content-Type", "application/json; charset=utf-8", 201)]
    [TestCase("Content-Type", "application/fhir+json; fhirVersion=4.0", 201)]
    [TestCase("Accept", "application/fhir+xml", 406)]
    [TestCase("Accept", "text/html, */*;q=0.1", 201)]
    [TestCase("If-Match", "W/\"1\"", 400)]
    [TestCase("If-None-Match", "*", 400)]
    public async Task Create_Header_IsNegotiated(string name, string value, int code) => Assert.That(
        (await _server.SendAsync("POST", "Patient", Patient, (name, value))).Code, Is.EqualTo(code));

    [Test]
    public async Task Body_TooLong_Is413()
    {
        var json = $$"""{"resourceType":"Patient","name":[{"family":"{{new string('x', 100_000)}}"}]}""";

        Assert.That((await _server.SendAsync("POST", "Patient", json)).Code, Is.EqualTo(413));
    }

    [TestCase("return=minimal", null)]
    [TestCase("return=representation", "Patient")]
    [TestCase("return=OperationOutcome", "OperationOutcome")]
    public async Task Create_Prefer_DecidesTheBody(string prefer, string? type) => Assert.That(
        (await _server.SendAsync("POST", "Patient", Patient, ("Prefer", prefer))).Body?.Type, Is.EqualTo(type));

    [Test]
    public async Task Search_PagesAndPost_FindAll()
    {
        for (var at = 0; at < 7; at++)
        {
            await _server.SendAsync(
                "PUT", $"Organization/o{at}", $$"""{"resourceType":"Organization","id":"o{{at}}","name":"Ä {{at}}"}""");
        }

        var ids = new List<string?>();
        var url = "Organization?name=a&_count=3&_sort=-name";
        for (var page = 0; page < 3; page++)
        {
            var answer = await _server.SendAsync("GET", url);
            ids.AddRange(answer.Ids);
            Assert.That(answer.Body!.Root["total"]!.ToString(), Is.EqualTo("7"));
            url = answer.Link("next")?[(_server.Base.Length + 1)..] ?? "";
        }

        using var form = new FormUrlEncodedContent([new("name", "ä"), new("_summary", "count")]);
        using var posted = await _server.Client.PostAsync(new Uri($"{_server.Base}/Organization/_search"), form);
        Assert.Multiple(() =>
        {
            Assert.That(ids, Is.EqualTo(new[] { "o6", "o5", "o4", "o3", "o2", "o1", "o0" }));
            Assert.That(url, Is.Empty);
            Assert.That(posted.IsSuccessStatusCode);
        });
        var count = Resource.Read(await posted.Content.ReadAsByteArrayAsync()).Value!;
        Assert.That(count.Root["total"]!.ToString(), Is.EqualTo("7"));
        Assert.That(count.Root["entry"], Is.Null);
    }

    [Test]
    public async Task Search_ByOwnBase_FindsRelativeReferences()
    {
        await _server.SendAsync("PUT", "Task/own", """
            {"resourceType":"Task","id":"own","status":"requested","intent":"order",
             "for":{"reference":"Patient/ownbase"}}
            """);

        Assert.That(
            (await _server.SendAsync("GET", $"Task?patient={_server.Base}/Patient/ownbase")).Ids,
            Is.EqualTo(new[] { "own" }));
    }

    [Test]
    public async Task Operations_Registered_Run()
    {
        var got = await _server.SendAsync("GET", "Subscription/s1/$status");
        var posted = await _server.SendAsync("POST", "Subscription/s1/$status", """{"resourceType":"Parameters"}""");

        Assert.That((got.Code, got.Body?.Id, posted.Code), Is.EqualTo((200, "s1", 200)));
    }

    [Test]
    public async Task Interceptors_OnWrites_ChangeAndRefuse()
    {
        string Json(string criteria) => $$"""
            {"resourceType":"Subscription","status":"active","reason":"r","criteria":"{{criteria}}",
             "channel":{"type":"rest-hook"} }
            """;
        var changed = await _server.SendAsync("POST", "Subscription", Json("yes"));
        var refused = await _server.SendAsync("POST", "Subscription", Json("no"));

        Assert.Multiple(() =>
        {
            Assert.That(changed.Body?.Root.Text("status"), Is.EqualTo("requested"));
            Assert.That((refused.Code, refused.Words), Is.EqualTo((422, "expected yes, got no")));
        });
    }

    [Test]
    public async Task Metadata_Statement_NamesWhatIsThere()
    {
        var statement = (await _server.SendAsync("GET", "metadata")).Body!;

        var types = statement.Root.Children("rest").Single().Children("resource").ToList();
        var subscription = types.Single(each => each.Text("type") == "Subscription");
        Assert.Multiple(() =>
        {
            Assert.That(ShapeCheck.Find(statement, isLenient: false), Is.Null);
            Assert.That(types, Has.Count.EqualTo(146));
            Assert.That(subscription.Children("interaction").Select(each => each.Text("code")), Is.EqualTo(new[]
            {
                "search-type", "history-type", "create", "read", "update", "patch", "delete", "history-instance",
                "vread",
            }));
            Assert.That(
                subscription.Children("searchParam").Select(each => each.Text("name")), Does.Contain("criteria"));
            Assert.That(subscription.Children("operation").Single().Text("name"), Is.EqualTo("status"));
        });
    }

    [Test]
    public async Task Head_OfAResource_HasNoBody()
    {
        await _server.SendAsync("PUT", "Patient/h1", """{"resourceType":"Patient","id":"h1"}""");
        var answer = await _server.SendAsync("HEAD", "Patient/h1");

        Assert.That((answer.Code, answer.ETag, answer.Body), Is.EqualTo((200, "W/\"1\"", (Resource?)null)));
    }

    [Test]
    public void ShapeCheck_EveryOfficialExample_Passes()
    {
        var problems = new List<string>();
        foreach (var (file, resource) in OfficialExamples.All)
        {
            if (ShapeCheck.Find(resource, isLenient: false) is { } problem)
            {
                problems.Add($"{file}: {problem.Words}");
            }
        }

        TestContext.Out.WriteLine($"{OfficialExamples.All.Length} examples, {problems.Count} refused");
        Assert.That(OfficialExamples.All, Has.Length.EqualTo(424));
        Assert.That(problems, Is.Empty, string.Join('\n', problems));
    }
}
