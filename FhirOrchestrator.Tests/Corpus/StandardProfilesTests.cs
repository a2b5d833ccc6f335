using FhirOrchestrator.Fhir.Definitions;
using FhirOrchestrator.Fhir.Json;
using FhirOrchestrator.Tests.Support;

namespace FhirOrchestrator.Tests.Corpus;

/// <summary>What the digest gives back of every official StructureDefinition is what was published.</summary>
internal sealed class StandardProfilesTests
{
    private static readonly string[] Outer =
        ["url", "kind", "type", "baseDefinition", "derivation", "abstract", "context"];

    [TestCase("profiles-types", 63)]
    [TestCase("profiles-resources", 148)]
    [TestCase("profiles-others", 44)]
    [TestCase("extension-definitions", 393)]
    public void Find_EveryDefinition_HasTheOfficialFacts(string bundle, int count)
    {
        var all = OfficialDefinitions.Structures(bundle).ToList();
        var wrong = all.SelectMany(official => Wrong(official, StandardProfiles.R4.Find(official.Text("url") ?? "")))
            .ToList();

        Assert.That(all, Has.Count.EqualTo(count));
        Assert.That(wrong, Is.Empty, $"{wrong.Count} facts\n" + string.Join('\n', wrong.Take(40)));
    }

    [Test]
    public void Find_OtherThings_IsNull() => Assert.Multiple(() =>
    {
        Assert.That(StandardProfiles.R4.Find("http://example.org/StructureDefinition/none"), Is.Null);
        Assert.That(StandardProfiles.R4.Find("http://hl7.org/fhir/StructureDefinition/Nothing"), Is.Null);
        Assert.That(StandardProfiles.R4.Find("Patient"), Is.Null, "a name is no canonical URL");
        Assert.That(StandardProfiles.R4.Find("http://hl7.org/fhir/StructureDefinition/bp|4.0.1"), Is.Not.Null);
    });

    private static IEnumerable<string> Wrong(ObjectNode official, ObjectNode? got)
    {
        var name = official.Text("id");
        if (got is null)
        {
            return [$"{name}: expected it, got none"];
        }

        var outer = Outer
            .Where(member => official[member]?.ToString() != got[member]?.ToString())
            .Select(member => $"{name}.{member}: expected {official[member]}, got {got[member]}");
        return outer.Concat(SnapshotFacts.Differences(official, got).Select(line => $"{name}: {line}"));
    }
}
