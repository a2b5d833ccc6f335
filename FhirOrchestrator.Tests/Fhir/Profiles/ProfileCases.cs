using System.Text;
using FhirOrchestrator.Fhir.Definitions.Packages;
using FhirOrchestrator.Fhir.Json;
using FhirOrchestrator.Fhir.Profiles;

namespace FhirOrchestrator.Tests.Fhir.Profiles;

/// <summary>A profile made of a differential, and a resource held against it.</summary>
internal static class ProfileCases
{
    private const string Url = "http://example.org/StructureDefinition/profile";

    /// <summary>Expects the errors at places separated by blanks, or none for the empty text.</summary>
    public static void Check(string type, string elements, string resource, string at)
    {
        var report = Validate(type, elements, resource);
        Assert.That(
            report.Errors.Select(error => error.Location).Distinct(),
            Is.EqualTo(at.Length == 0 ? [] : at.Split(' ')),
            string.Join('\n', report.Issues));
    }

    public static ValidationReport Validate(string type, string elements, string resource, params string[] more)
    {
        var profile = $$"""
            {"resourceType":"StructureDefinition","url":"{{Url}}","name":"Profile","status":"active","kind":"resource",
             "abstract":false,"type":"{{type}}","baseDefinition":"http://hl7.org/fhir/StructureDefinition/{{type}}",
             "derivation":"constraint","differential":{"element":[{{elements}}]} }
            """;
        var files = more.Prepend(profile).Select(text => new ConformanceFile("profile.json", Read(text)));
        var set = ConformanceSet.Of(new ConformanceFiles([.. files], []));
        Assert.That(set.Problems, Is.Empty);
        Assert.That(new SnapshotShelf(set).Find(Url)?.Problems, Is.Empty);
        return new Validator(ProfileCatalog.Of(set)).Validate(
            Resource.From(Read(resource))!, new ValidationOptions { Profiles = [Url], IsBestPracticeSkipped = true });
    }

    private static ObjectNode Read(string json) =>
        JsonText.Read(Encoding.UTF8.GetBytes(json)).Value as ObjectNode
        ?? throw new InvalidDataException($"expected an object, got {json}");
}
