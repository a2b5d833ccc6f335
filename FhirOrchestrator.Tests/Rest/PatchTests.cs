using System.Text;
using FhirOrchestrator.Fhir.Json;

namespace FhirOrchestrator.Tests.Rest;

/// <summary>The patch interaction (R4, http, patch), in all the forms that it comes in.</summary>
internal sealed class PatchTests
{
    private const string JsonPatch = "application/json-patch+json";
    private FhirServerFixture _server = null!;

    [OneTimeSetUp]
    public async Task StartAsync() => _server = await FhirServerFixture.StartAsync();

    [OneTimeTearDown]
    public async Task StopAsync() => await _server.DisposeAsync();

    [Test]
    public async Task Patch_JsonPatch_IsStoredAsTheNextVersion()
    {
        await PutAsync("p1", "\"birthDate\":\"1920-01-01\"");

        var answer = await PatchAsync("Patient/p1", Replace("/birthDate", "\"1930-01-01\""));

        Assert.Multiple(() =>
        {
            Assert.That(answer.Code, Is.EqualTo(200), answer.Words);
            Assert.That(answer.Body?.Root.Text("birthDate"), Is.EqualTo("1930-01-01"));
            Assert.That(answer.ETag, Is.EqualTo("W/\"2\""));
        });
        var stored = await _server.SendAsync("GET", "Patient/p1");
        Assert.That(stored.Body?.Root.Text("birthDate"), Is.EqualTo("1930-01-01"));
    }

    [Test]
    public async Task Patch_FhirPathPatch_IsStoredAsTheNextVersion()
    {
        await PutAsync("p2", "\"name\":[{\"family\":\"A\"}]");

        var answer = await _server.SendAsync(
            "PATCH", "Patient/p2", Parameters("replace", "Patient.name[0].family", "B"));

        Assert.That(answer.Code, Is.EqualTo(200), answer.Words);
        Assert.That(answer.Body?.Root.Children("name").Single().Text("family"), Is.EqualTo("B"));
    }

    [TestCase("""[{"op":"replace","path":"/id","value":"other"}]""", 422)]
    [TestCase("""[{"op":"replace","path":"/resourceType","value":"Group"}]""", 422)]
    [TestCase("""[{"op":"remove","path":"/resourceType"}]""", 422)]
    [TestCase("""[{"op":"replace","path":"","value":[]}]""", 422)]
    [TestCase("""[{"op":"add","path":"/birthDate","value":"yesterday"}]""", 422)]
    [TestCase("""[{"op":"add","path":"/birthdate","value":"1920-01-01"}]""", 422)]
    [TestCase("""[{"op":"test","path":"/active","value":false}]""", 422)]
    [TestCase("""[{"op":"remove","path":"/gender"}]""", 422)]
    [TestCase("""[{"op":"explode","path":"/gender"}]""", 400)]
    [TestCase("""[{"op":"add","path":"gender","value":"male"}]""", 400)]
    [TestCase("""{"op":"remove","path":"/gender"}""", 400)]
    [TestCase("""[{"op":"remove","path":"/active"}""", 400)]
    public async Task Patch_NotApplicable_IsRefusedAndChangesNothing(string patch, int status)
    {
        var id = $"r{TestContext.CurrentContext.Test.ID}";
        await PutAsync(id, "\"active\":true");

        var answer = await PatchAsync($"Patient/{id}", patch);

        Assert.That(answer.Code, Is.EqualTo(status), answer.Words);
        Assert.That(answer.Body?.Type, Is.EqualTo("OperationOutcome"));
        Assert.That(answer.Words, Does.Contain("expected"));
        Assert.That((await _server.SendAsync("GET", $"Patient/{id}")).ETag, Is.EqualTo("W/\"1\""));
    }

    [Test]
    public async Task Patch_NoSuchResource_Is404() =>
        Assert.That((await PatchAsync("Patient/absent", "[]")).Code, Is.EqualTo(404));

    [Test]
    public async Task Patch_Deleted_Is410()
    {
        await PutAsync("gone", "\"active\":true");
        await _server.SendAsync("DELETE", "Patient/gone");

        Assert.That((await PatchAsync("Patient/gone", "[]")).Code, Is.EqualTo(410));
    }

    [Test]
    public async Task Patch_StaleIfMatch_Is412()
    {
        await PutAsync("stale", "\"active\":true");

        var stale = await PatchAsync("Patient/stale", Replace("/active", "false"), ("If-Match", "W/\"7\""));
        var fresh = await PatchAsync("Patient/stale", Replace("/active", "false"), ("If-Match", "W/\"1\""));

        Assert.That((stale.Code, fresh.Code), Is.EqualTo((412, 200)));
    }

    [Test]
    public async Task Patch_OtherContentType_Is415()
    {
        await PutAsync("xml", "\"active\":true");

        var answer = await _server.SendAsync(
            "PATCH", "Patient/xml", "<diff/>", ("Content-Type", "application/xml-patch+xml"));

        Assert.That(answer.Code, Is.EqualTo(415));
        Assert.That(answer.Words, Does.Contain(JsonPatch));
    }

    [Test]
    public async Task Patch_Condition_TakesTheOneMatch()
    {
        await PutAsync("c1", "\"identifier\":[{\"system\":\"urn:c\",\"value\":\"1\"}]");
        await PutAsync("c2", "\"identifier\":[{\"system\":\"urn:c\",\"value\":\"2\"}]");

        var one = await PatchAsync("Patient?identifier=urn:c%7C2", Add("/active", "true"));
        var none = await PatchAsync("Patient?identifier=urn:c%7C3", Add("/active", "true"));
        var several = await PatchAsync("Patient?identifier=urn:c%7C1,urn:c%7C2", Add("/active", "true"));
        var empty = await PatchAsync("Patient", Add("/active", "true"));

        Assert.That((one.Code, none.Code, several.Code, empty.Code), Is.EqualTo((200, 404, 412, 400)), one.Words);
        Assert.That(one.Body?.Id, Is.EqualTo("c2"));
    }

    [Test]
    public async Task Patch_ManyAtOnce_NoneIsLost()
    {
        await PutAsync("race", "\"active\":true");

        await PatchAsync("Patient/race", Add("/identifier", "[{\"value\":\"0\"}]"));

        var answers = await Task.WhenAll(Enumerable.Range(1, 12).Select(each =>
            PatchAsync("Patient/race", Add("/identifier/-", $$"""{"value":"{{each}}"}"""))));

        Assert.That(answers.Select(each => each.Code), Is.All.EqualTo(200));
        var stored = await _server.SendAsync("GET", "Patient/race");
        Assert.That(stored.Body?.Root.Children("identifier"), Has.Exactly(13).Items);
    }

    [TestCase("generated", true)]
    [TestCase("empty", false)]
    public async Task Patch_NarrativeLeftBehind_GoesWhereItWasMadeOfTheContent(string status, bool isGone)
    {
        var id = $"text-{status}";
        await PutAsync(id, $$"""
            "text":{"status":"{{status}}","div":"<div xmlns=\"http://www.w3.org/1999/xhtml\">a</div>"},"active":true
            """);

        var answer = await PatchAsync($"Patient/{id}", Replace("/active", "false"));

        Assert.That(answer.Code, Is.EqualTo(200), answer.Words);
        Assert.That(answer.Body?.Root["text"] is null, Is.EqualTo(isGone));
    }

    [Test]
    public async Task Patch_NarrativeThatSaysMore_IsRefused()
    {
        await PutAsync("text-more", """
            "text":{"status":"additional","div":"<div xmlns=\"http://www.w3.org/1999/xhtml\">a</div>"},"active":true
            """);

        Assert.That((await PatchAsync("Patient/text-more", Replace("/active", "false"))).Code, Is.EqualTo(422));
    }

    [TestCase("batch")]
    [TestCase("transaction")]
    public async Task Patch_InABundle_IsCarriedOut(string type)
    {
        await PutAsync($"{type}-1", "\"active\":true");
        await PutAsync($"{type}-2", "\"active\":true");
        var patch = Convert.ToBase64String(Encoding.UTF8.GetBytes(Replace("/active", "false")));
        var owned = Add("managingOrganization", "valueReference", """{"reference":"Organization/1"}""");
        var bundle = $$"""
            {"resourceType":"Bundle","type":"{{type}}","entry":[
             {"resource":{"resourceType":"Binary","contentType":"{{JsonPatch}}","data":"{{patch}}"},
              "request":{"method":"PATCH","url":"Patient/{{type}}-1","ifMatch":"W/\"1\""} },
             {"fullUrl":"urn:uuid:05efabf0-4be2-4561-91ce-51548425acb9",
              "resource":{"resourceType":"Organization","name":"A"},"request":{"method":"POST","url":"Organization"} },
             {"resource":{{owned}},
              "request":{"method":"PATCH","url":"Patient/{{type}}-2"} }]}
            """;

        var answer = await _server.SendAsync("POST", "", bundle);

        Assert.That(answer.Code, Is.EqualTo(200), answer.Words);
        Assert.That(
            answer.Entries.Select(each => each.Child("response")?.Text("status")?[..3]),
            Is.EqualTo(new[] { "200", "201", "200" }));
        var first = await _server.SendAsync("GET", $"Patient/{type}-1");
        var second = await _server.SendAsync("GET", $"Patient/{type}-2");
        Assert.That((first.Body?.Root["active"] as BooleanNode)?.Value, Is.False);
        Assert.That(second.Body?.Root.Child("managingOrganization")?.Text("reference"), Is.EqualTo("Organization/1"));
    }

    [Test]
    public async Task Patch_TransactionWithReferenceToAnEntry_IsRewritten()
    {
        await PutAsync("tx", "\"active\":true");
        const string Url = "urn:uuid:05efabf0-4be2-4561-91ce-51548425acb8";
        var patch = Add("managingOrganization", "valueReference", $$"""{"reference":"{{Url}}"}""");

        var answer = await _server.SendAsync("POST", "", $$"""
            {"resourceType":"Bundle","type":"transaction","entry":[
             {"resource":{{patch}},"request":{"method":"PATCH","url":"Patient/tx"} },
             {"fullUrl":"{{Url}}","resource":{"resourceType":"Organization","name":"A"},
              "request":{"method":"POST","url":"Organization"} }]}
            """);

        Assert.That(answer.Code, Is.EqualTo(200), answer.Words);
        var patched = await _server.SendAsync("GET", "Patient/tx");
        Assert.That(
            patched.Body?.Root.Child("managingOrganization")?.Text("reference"), Does.StartWith("Organization/"));
    }

    [Test]
    public async Task Patch_TransactionThatFailsLater_ChangesNothing()
    {
        await PutAsync("tx-fail", "\"active\":true");
        var patch = Add("gender", "valueCode", "\"male\"");

        var answer = await _server.SendAsync("POST", "", $$"""
            {"resourceType":"Bundle","type":"transaction","entry":[
             {"resource":{{patch}},"request":{"method":"PATCH","url":"Patient/tx-fail"} },
             {"resource":{{patch}},"request":{"method":"PATCH","url":"Patient/nobody"} }]}
            """);

        Assert.That(answer.Code, Is.EqualTo(404), answer.Words);
        Assert.That((await _server.SendAsync("GET", "Patient/tx-fail")).ETag, Is.EqualTo("W/\"1\""));
    }

    [Test]
    public async Task Metadata_SaysThatPatchIsThere()
    {
        var statement = (await _server.SendAsync("GET", "metadata")).Body?.Root;

        var codes = statement?.Children("rest").Single().Children("resource").First().Children("interaction")
            .Select(each => each.Text("code"));
        Assert.That(codes, Does.Contain("patch"));
        Assert.That(statement?.Items("patchFormat").Select(each => each.AsText), Does.Contain(JsonPatch));
    }

    private static string Replace(string path, string value) =>
        $$"""[{"op":"replace","path":"{{path}}","value":{{value}} }]""";

    private static string Add(string path, string value) =>
        $$"""[{"op":"add","path":"{{path}}","value":{{value}} }]""";

    private static string Add(string name, string member, string value) => $$"""
        {"resourceType":"Parameters","parameter":[{"name":"operation","part":[
         {"name":"type","valueCode":"add"},{"name":"path","valueString":"Patient"},
         {"name":"name","valueString":"{{name}}"},{"name":"value","{{member}}":{{value}} }]}]}
        """;

    private static string Parameters(string type, string path, string value) => $$"""
        {"resourceType":"Parameters","parameter":[{"name":"operation","part":[
         {"name":"type","valueCode":"{{type}}"},{"name":"path","valueString":"{{path}}"},
         {"name":"value","valueString":"{{value}}"}]}]}
        """;

    private Task<FhirServerFixture.Answer> PatchAsync(
        string url, string patch, params (string Name, string Value)[] headers) =>
        _server.SendAsync("PATCH", url, patch, [("Content-Type", JsonPatch), .. headers]);

    private Task<FhirServerFixture.Answer> PutAsync(string id, string members) => _server.SendAsync(
        "PUT", $"Patient/{id}", $$"""{"resourceType":"Patient","id":"{{id}}",{{members}} }""");
}
