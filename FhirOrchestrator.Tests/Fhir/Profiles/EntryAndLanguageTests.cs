using FhirOrchestrator.Fhir.Json;
using FhirOrchestrator.Fhir.Profiles;

namespace FhirOrchestrator.Tests.Fhir.Profiles;

/// <summary>What a fullUrl says of its resource (R4, bundle), and the form of language tags (RFC 5646).</summary>
internal sealed class EntryAndLanguageTests
{
    [TestCase("http://a.b/Patient/1", null)]
    [TestCase("urn:uuid:6e1fae5c-0000-4000-8000-000000000001", null)]
    [TestCase("http://a.b/any/1", null)]
    [TestCase("http://a.b/Observation/1", "Bundle.entry[0].fullUrl")]
    public void Entry_WithTheUrlOfAnotherType_IsRefused(string fullUrl, string? at) => Check(
        $$$"""
        {"resourceType":"Bundle","type":"collection","entry":[
         {"fullUrl":"{{{fullUrl}}}","resource":{"resourceType":"Patient","id":"1","active":true}}]}
        """,
        at);

    [TestCase("en", null)]
    [TestCase("en-US", null)]
    [TestCase("zh-Hant-TW", null)]
    [TestCase("x-private", null)]
    [TestCase("en_US", "Patient.language")]
    [TestCase("not!", "Patient.language")]
    [TestCase("english-languages", "Patient.language")]
    public void Language_ThatIsNoTag_IsRefused(string language, string? at) =>
        Check($$"""{"resourceType":"Patient","active":true,"language":"{{language}}"}""", at);

    private static void Check(string json, string? at)
    {
        var resource = Resource.Read(System.Text.Encoding.UTF8.GetBytes(json)).Value;
        var report = Validator.R4.Validate(resource!, new ValidationOptions { Time = TimeProvider.System });

        Assert.That(
            report.Errors.Select(issue => issue.Location),
            Is.EqualTo(at is null ? Array.Empty<string>() : [at]));
    }
}
