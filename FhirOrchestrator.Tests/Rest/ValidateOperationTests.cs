using System.Diagnostics.CodeAnalysis;
using FhirOrchestrator.Fhir.Json;
using FhirOrchestrator.Fhir.Profiles;
using FhirOrchestrator.Rest;

namespace FhirOrchestrator.Tests.Rest;

/// <summary><c>$validate</c> over HTTP (R4, resource, operation validate).</summary>
internal sealed class ValidateOperationTests
{
    private const string Good = """{"resourceType":"Patient","id":"p1","gender":"female","birthDate":"1980-02-29"}""";
    private const string Bad = """{"resourceType":"Patient","id":"p1","gender":"woman","birthDate":"1981-02-29"}""";

    [SuppressMessage("Usage", "CA2213", Justification = "disposed in StopAsync")]
    private FhirServerFixture _server = null!;

    [OneTimeSetUp]
    public async Task StartAsync() => _server = await FhirServerFixture.StartAsync(server => server with
    {
        Operations = new ValidateOperation(() => Validator.R4, TimeProvider.System).Operations,
    });

    [OneTimeTearDown]
    public async Task StopAsync() => await _server.DisposeAsync();

    [TestCase("$validate")]
    [TestCase("Patient/$validate")]
    public async Task Validate_GoodResource_SaysThatThereIsNoError(string path)
    {
        var answer = await _server.SendAsync("POST", path, Good);

        Assert.That(answer.Code, Is.EqualTo(200));
        Assert.That(Severities(answer.Body!), Does.Not.Contain("error").And.Not.Empty);
    }

    [Test]
    public async Task Validate_BadResource_NamesEachErrorAndItsPlace()
    {
        var answer = await _server.SendAsync("POST", "Patient/$validate", Bad);

        var errors = answer.Body!.Root.Children("issue").Where(issue => issue.Text("severity") == "error").ToList();
        Assert.Multiple(() =>
        {
            Assert.That(answer.Code, Is.EqualTo(200));
            Assert.That(
                errors.Select(issue => (issue.Text("code"), issue.Items("expression").Single().AsText)),
                Is.EqualTo(new[] { ("code-invalid", "Patient.gender"), ("value", "Patient.birthDate") }));
            Assert.That(answer.Body!.Root.ToString(), Does.Not.Contain("woman").And.Not.Contain("1981"));
        });
    }

    [Test]
    public async Task Validate_InParameters_TakesResourceAndProfile()
    {
        var parameters = $$$"""
            {"resourceType":"Parameters","parameter":[{"name":"resource","resource":{{{Good}}}},
            {"name":"profile","valueUri":"http://example.org/none"},{"name":"mode","valueCode":"create"}]}
            """;
        var answer = await _server.SendAsync("POST", "Patient/$validate", parameters);

        Assert.That(
            answer.Body!.Root.Children("issue").Select(issue => (issue.Text("severity"), issue.Text("code"))),
            Does.Contain(("error", "not-found")).And.Contain(("information", "informational")));
    }

    [Test]
    public async Task Validate_ProfileInTheUrl_IsAppliedToo()
    {
        const string vitals = "http://hl7.org/fhir/StructureDefinition/vitalsigns";
        const string observation =
            """{"resourceType":"Observation","status":"final","code":{"text":"x"},"valueString":"y"}""";
        var without = await _server.SendAsync("POST", "Observation/$validate", observation);
        var with = await _server.SendAsync("POST", $"Observation/$validate?profile={vitals}", observation);

        Assert.Multiple(() =>
        {
            Assert.That(Severities(without.Body!), Does.Not.Contain("error"));
            Assert.That(Severities(with.Body!), Does.Contain("error"));
        });
    }

    [Test]
    public async Task Validate_AnotherTypeThanThePath_IsAnError()
    {
        var answer = await _server.SendAsync("POST", "Observation/$validate", Good);

        Assert.That(Severities(answer.Body!), Does.Contain("error"));
    }

    [Test]
    public async Task Validate_StoredResource_NeedsNoBody()
    {
        await _server.SendAsync("PUT", "Patient/p1", Good);
        var answer = await _server.SendAsync("POST", "Patient/p1/$validate");
        var read = await _server.SendAsync("GET", "Patient/p1/$validate?mode=update");
        var missing = await _server.SendAsync("POST", "Patient/nobody/$validate");

        Assert.That((answer.Code, read.Code, missing.Code), Is.EqualTo((200, 200, 404)));
    }

    [TestCase("Patient/$validate", 400)]
    [TestCase("Patient/$validate?nonsense=1", 400)]
    [TestCase("Patient/$validate?mode=nonsense", 400)]
    public async Task Validate_WithoutResourceOrWithUnknownParameters_IsRefused(string path, int code)
    {
        var answer = await _server.SendAsync("POST", path);

        Assert.That(answer.Code, Is.EqualTo(code));
    }

    private static IEnumerable<string?> Severities(Resource outcome) =>
        outcome.Root.Children("issue").Select(issue => issue.Text("severity"));
}
