using FhirOrchestrator.Fhir.Json;

namespace FhirOrchestrator.Tests.Rest;

/// <summary>What only the door shows of searches and histories: links, modes, preferences, shapes.</summary>
internal sealed class SearchDoorTests
{
    private FhirServerFixture _server = null!;

    [OneTimeSetUp]
    public async Task Start()
    {
        _server = await FhirServerFixture.StartAsync();
        await PutAsync("Organization/o1", """{"resourceType":"Organization","id":"o1","name":"House"}""");
        await PutAsync("Patient/p1", """
            {"resourceType":"Patient","id":"p1","text":{"status":"generated",
             "div":"<div xmlns=\"http://www.w3.org/1999/xhtml\">x</div>"},
             "active":true,"name":[{"family":"A"}],"birthDate":"1970-01-01","photo":[{"title":"me"}],
             "managingOrganization":{"reference":"Organization/o1"},
             "communication":[{"language":{"text":"de"},"preferred":true}]}
            """);
        foreach (var (id, other) in ((string, string)[])[("p2", "p1"), ("p3", "p2")])
        {
            await PutAsync($"Patient/{id}", $$"""
                {"resourceType":"Patient","id":"{{id}}",
                 "link":[{"other":{"reference":"Patient/{{other}}"},"type":"refer"}]}
                """);
        }

        await PutAsync("Observation/b1", """
            {"resourceType":"Observation","id":"b1","status":"final","code":{"text":"x"},
             "subject":{"reference":"Patient/p1"}}
            """);
    }

    [OneTimeTearDown]
    public async Task Stop() => await _server.DisposeAsync();

    [TestCase("Patient?_id=p1&_include=Patient:organization", "match p1, include o1")]
    [TestCase("Patient?_id=p1&_revinclude=Observation:subject", "match p1, include b1")]
    [TestCase("Patient?_id=p3&_include=Patient:link", "match p3, include p2")]
    [TestCase("Patient?_id=p3&_include:iterate=Patient:link", "match p3, include p2, include p1")]
    [TestCase("Patient?_id=p3&_include:iterate=Patient:link&_include:iterate=Patient:organization",
        "match p3, include p2, include p1, include o1")]
    [TestCase("Patient?_id=p2&_include=*&_revinclude=*", "match p2, include p1, include p3")]
    [TestCase("Patient?_id=p1,p2&_include=Patient:link:Patient", "match p1, match p2")]
    [TestCase("Observation?_id=b1&_include=Observation:subject:Group", "match b1")]
    [TestCase("?_type=Patient,Organization&_id=p1,o1", "match o1, match p1")]
    [TestCase("?_id=b1", "match b1")]
    [TestCase("Patient/p1/Observation", "match b1")]
    [TestCase("Patient/p1/*", "match p2, match b1")]
    [TestCase("Patient/p1/*?_type=Observation", "match b1")]
    [TestCase("Patient/p1/Observation?status=amended", "")]
    public async Task Search_OverHttp_GivesEntriesWithTheirModes(string url, string entries)
    {
        var answer = await _server.SendAsync("GET", url);

        Assert.That(answer.Code, Is.EqualTo(200), answer.Words);
        Assert.That(
            string.Join(", ", answer.Entries.Select(each =>
                $"{each.Child("search")!.Text("mode")} {each.Child("resource")!.Text("id")}")),
            Is.EqualTo(entries));
        Assert.That(answer.Entries.All(each =>
            each.Text("fullUrl")!.StartsWith(_server.Base, StringComparison.Ordinal)));
    }

    [TestCase("_summary=true", "active,name,birthDate,managingOrganization")]
    [TestCase("_summary=text", "text")]
    [TestCase("_summary=data", "active,name,birthDate,photo,managingOrganization,communication")]
    [TestCase("_elements=name,birthDate", "active,name,birthDate")]
    [TestCase("_elements=Patient.photo", "active,photo")]
    public async Task Shape_OfASearchAndARead_KeepsTheElements(string shape, string elements)
    {
        var search = await _server.SendAsync("GET", $"Patient?_id=p1&{shape}");
        var read = await _server.SendAsync("GET", $"Patient/p1?{shape}");

        foreach (var patient in (ObjectNode[])[search.Entries.Single().Child("resource")!, read.Body!.Root])
        {
            Assert.That(
                string.Join(',', patient.Members.Select(each => each.Name)
                    .Where(name => name is not ("resourceType" or "id" or "meta"))),
                Is.EqualTo(elements));
            Assert.That(
                patient.Child("meta")!.Children("tag").Single().Text("code"), Is.EqualTo("SUBSETTED"));
        }
    }

    [Test]
    public async Task UnknownParameter_ByPreference_IsRefusedOrLeftOutAndTold()
    {
        const string url = "Patient?_id=p1&colour=red&name:sounds=x";
        var plain = await _server.SendAsync("GET", url);
        var strict = await _server.SendAsync("GET", url, null, ("Prefer", "handling=strict"));
        var lenient = await _server.SendAsync("GET", url, null, ("Prefer", "handling=lenient"));
        var broken = await _server.SendAsync("GET", "Patient?birthdate=red", null, ("Prefer", "handling=lenient"));

        Assert.Multiple(() =>
        {
            Assert.That((plain.Code, strict.Code, lenient.Code, broken.Code), Is.EqualTo((400, 400, 200, 400)));
            Assert.That(lenient.Entries.Select(each => each.Child("search")!.Text("mode")),
                Is.EqualTo(new[] { "match", "outcome" }));
            Assert.That(lenient.Entries[1].Child("resource")!.Children("issue").Count(), Is.EqualTo(2));
            Assert.That(lenient.Body!.Root["total"]!.ToString(), Is.EqualTo("1"));
            Assert.That(lenient.Link("self"), Does.EndWith("Patient?_id=p1"));
        });
    }

    [Test]
    public async Task Post_SearchInTheFormOrTheUrl_IsTheSame()
    {
        var form = await _server.SendAsync(
            "POST", "Patient/_search", "_id=p1", ("Content-Type", "application/x-www-form-urlencoded"));
        var url = await _server.SendAsync("POST", "Patient/_search?_id=p1");
        var system = await _server.SendAsync(
            "POST", "_search", "_type=Patient&_id=p1", ("Content-Type", "application/x-www-form-urlencoded"));
        var compartment = await _server.SendAsync("POST", "Patient/p1/Observation/_search");

        Assert.That(
            new[] { form, url, system, compartment }.Select(each => each.Ids.Single()),
            Is.EqualTo(new[] { "p1", "p1", "p1", "b1" }));
        Assert.That(form.Link("self"), Does.EndWith("/Patient?_id=p1"));
    }

    [TestCase("Encounter/own-e/Encounter", "own-e")]
    [TestCase("Encounter/own-e/Observation", "own-b")]
    [TestCase("Encounter/own-e/*", "own-b own-e")]
    [TestCase("Practitioner/own-d/Practitioner", "own-d")]
    public async Task Compartment_DefinedWithItsOwnResource_HasIt(string path, string ids)
    {
        await PutAsync("Practitioner/own-d", """{"resourceType":"Practitioner","id":"own-d","active":true}""");
        await PutAsync(
            "Encounter/own-e",
            """{"resourceType":"Encounter","id":"own-e","status":"finished","class":{"code":"IMP"}}""");
        await PutAsync("Observation/own-b", """
            {"resourceType":"Observation","id":"own-b","status":"final","code":{"text":"x"},
             "encounter":{"reference":"Encounter/own-e"}}
            """);

        var answer = await _server.SendAsync("GET", path);

        Assert.That(answer.Ids.Order(StringComparer.Ordinal), Is.EqualTo(ids.Split(' ')));
    }

    [Test]
    public async Task OwnParameter_StoredLaterChangedAndDeleted_IsInForceAtOnce()
    {
        await PutAsync("Patient/m1", """{"resourceType":"Patient","id":"m1","multipleBirthInteger":3}""");
        static string Parameter(string code, string expression) => $$"""
            {"resourceType":"SearchParameter","id":"mine","url":"http://example.org/mine","name":"mine",
             "status":"active",
             "description":"x","code":"{{code}}","base":["Patient"],"type":"number","expression":"{{expression}}"}
            """;
        async Task<(int, string)> AskAsync(string query)
        {
            var answer = await _server.SendAsync("GET", $"Patient?{query}&_sort=_id");
            return (answer.Code, string.Join(' ', answer.Ids));
        }

        var before = await AskAsync("twin=3");
        await PutAsync("SearchParameter/mine", Parameter("twin", "(Patient.multipleBirth as integer)"));
        var existing = await AskAsync("twin=3");
        await PutAsync("Patient/m2", """{"resourceType":"Patient","id":"m2","multipleBirthInteger":3}""");
        var written = await AskAsync("twin=le3");
        var listed = await _server.SendAsync("GET", "metadata");
        await PutAsync("SearchParameter/mine", Parameter("twin", "Patient.multipleBirth.nonsense("));
        var broken = await _server.SendAsync("GET", "Patient?twin=3");
        await _server.SendAsync("DELETE", "SearchParameter/mine");
        var after = await AskAsync("twin=3");

        Assert.Multiple(() =>
        {
            Assert.That((before.Item1, existing, written), Is.EqualTo((400, (200, "m1"), (200, "m1 m2"))));
            Assert.That(listed.Body!.Root.ToString(), Does.Contain("\"twin\""));
            Assert.That((broken.Code, broken.Words.Contains("expression", StringComparison.Ordinal)),
                Is.EqualTo((400, true)));
            Assert.That(after.Item1, Is.EqualTo(400));
        });
    }

    [Test]
    public async Task History_OfTypeAndSystem_IsNewestFirstAndPaged()
    {
        await PutAsync("Device/d1", """{"resourceType":"Device","id":"d1"}""");
        await PutAsync("Device/d2", """{"resourceType":"Device","id":"d2"}""");
        await PutAsync("Device/d1", """{"resourceType":"Device","id":"d1","status":"active"}""");
        await _server.SendAsync("DELETE", "Device/d2");
        static string Versions(FhirServerFixture.Answer answer) => string.Join(' ', answer.Entries.Select(each =>
            $"{each.Child("request")!.Text("method")} {each.Text("fullUrl")!.Split('/')[^1]}"));

        var type = await _server.SendAsync("GET", "Device/_history");
        var first = await _server.SendAsync("GET", "Device/_history?_count=3");
        var second = await _server.SendAsync("GET", first.Link("next")![(_server.Base.Length + 1)..]);
        var system = await _server.SendAsync("GET", "_history?_count=1");
        var since = await _server.SendAsync("GET", "Device/_history?_since=2999-01-01T00:00:00Z");
        var at = await _server.SendAsync("GET", "Device/_history?_at=1999");

        Assert.Multiple(() =>
        {
            Assert.That(Versions(type), Is.EqualTo("DELETE d2 PUT d1 PUT d2 PUT d1"));
            Assert.That($"{Versions(first)} {Versions(second)}", Is.EqualTo(Versions(type)));
            Assert.That(second.Link("next"), Is.Null);
            Assert.That((type.Body!.Root["total"]!.ToString(), first.Body!.Root["total"]!.ToString()),
                Is.EqualTo(("4", "4")));
            Assert.That(Versions(system), Is.EqualTo("DELETE d2"));
            Assert.That((since.Entries.Count, at.Entries.Count), Is.EqualTo((0, 0)));
        });
    }

    [Test]
    public async Task ConditionalDelete_OneNoneSeveral_DeletesOnlyTheOne()
    {
        await PutAsync("Basic/c1", """{"resourceType":"Basic","id":"c1","code":{"coding":[{"code":"one"}]}}""");
        await PutAsync("Basic/c2", """{"resourceType":"Basic","id":"c2","code":{"coding":[{"code":"two"}]}}""");
        await PutAsync("Basic/c3", """{"resourceType":"Basic","id":"c3","code":{"coding":[{"code":"two"}]}}""");
        var one = await _server.SendAsync("DELETE", "Basic?code=one");
        var none = await _server.SendAsync("DELETE", "Basic?code=one");
        var several = await _server.SendAsync("DELETE", "Basic?code=two");
        var bundle = await _server.SendAsync("POST", "", """
            {"resourceType":"Bundle","type":"transaction","entry":[
             {"request":{"method":"DELETE","url":"Basic?_id=c2"}},
             {"request":{"method":"DELETE","url":"Basic?_id=nobody"}}]}
            """);
        var left = await _server.SendAsync("GET", "Basic?_summary=count");

        Assert.That((one.Code, none.Code, several.Code, bundle.Code), Is.EqualTo((204, 204, 412, 200)));
        Assert.That(left.Body!.Root["total"]!.ToString(), Is.EqualTo("1"));
    }

    [Test]
    public async Task Conditions_OfWrites_AskForNoSystemByTheBar()
    {
        await PutAsync("Task/s1", """
            {"resourceType":"Task","id":"s1","status":"requested","intent":"order",
             "identifier":[{"system":"urn:s","value":"7"}]}
            """);
        const string task =
            """{"resourceType":"Task","status":"requested","intent":"order","identifier":[{"value":"7"}]}""";
        var search = await _server.SendAsync("GET", "Task?identifier=|7");
        var created = await _server.SendAsync("POST", "Task", task, ("If-None-Exist", "identifier=|7"));
        var again = await _server.SendAsync("POST", "Task", task, ("If-None-Exist", "identifier=|7"));

        Assert.That((search.Ids.Single(), created.Code, again.Code), Is.EqualTo(("s1", 201, 200)));
    }

    private async Task PutAsync(string path, string json)
    {
        var answer = await _server.SendAsync("PUT", path, json);
        Assert.That(answer.Code, Is.AnyOf(200, 201), answer.Words);
    }
}
