using FhirOrchestrator.Fhir;
using FhirOrchestrator.Fhir.Json;
using FhirOrchestrator.Matching;

namespace FhirOrchestrator.Tests.Matching;

internal sealed class CorrelationsTests
{
    private static readonly Uri Ehr = new("https://ehr.example.org/fhir");

    [Test]
    public void Of_Resource_ItselfAndEveryTopLevelReference()
    {
        var request = Read(
            """
            {"resourceType":"ServiceRequest","id":"7","subject":{"reference":"Patient/1"},
             "replaces":[{"reference":"ServiceRequest/5"},{"reference":"ServiceRequest/6/_history/2"}],
             "performer":[{"display":"nobody"}],"code":{"text":"x"}}
            """);

        Assert.That(Correlations.Of(request, Ehr), Is.EqualTo((string[])
        [
            "ServiceRequest/7", "ServiceRequest.subject=Patient/1", "ServiceRequest.replaces=ServiceRequest/5",
            "ServiceRequest.replaces=ServiceRequest/6",
        ]));
    }

    [TestCase("Patient/1", "Patient/1")]
    [TestCase("https://ehr.example.org/fhir/Patient/1", "Patient/1")]
    [TestCase("https://ehr.example.org/fhir/Patient/1/_history/3", "Patient/1")]
    [TestCase("https://other.example.org/fhir/Patient/1", null)]
    [TestCase("https://ehr.example.org/fhir2/Patient/1", null)]
    [TestCase("urn:uuid:6f6979f0-10ef-5ec0-a783-d9c17985cea1", null)]
    [TestCase("#p", null)]
    public void PathOf_Reference_OnlyOfThisEhr(string reference, string? path) =>
        Assert.That(Correlations.PathOf(ResourceReference.Parse(reference), Ehr), Is.EqualTo(path));

    private static Resource Read(string json) => Resource.Read(System.Text.Encoding.UTF8.GetBytes(json)).Value!;
}
