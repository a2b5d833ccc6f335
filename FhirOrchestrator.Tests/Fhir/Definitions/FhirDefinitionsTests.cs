using System.Diagnostics;
using System.Reflection;
using FhirOrchestrator.Fhir.Definitions;

namespace FhirOrchestrator.Tests.Fhir.Definitions;

internal sealed class FhirDefinitionsTests
{
    private static FhirDefinitions R4 => FhirDefinitions.R4;

    [Test]
    public void Load_EmbeddedDigest_PrintsItsTime()
    {
        var load = typeof(FhirDefinitions).GetMethod("Load", BindingFlags.NonPublic | BindingFlags.Static);
        var watch = Stopwatch.StartNew();
        var loaded = load?.Invoke(null, null) as FhirDefinitions;
        var loading = watch.Elapsed;
        var parameters = loaded?.SearchParameters("Encounter").Length;
        TestContext.Out.WriteLine(
            $"digest read in {loading.TotalMilliseconds:F1} ms, with search parameters {watch.ElapsedMilliseconds} ms");
        Assert.That(parameters, Is.GreaterThan(10));
        Assert.That(watch.Elapsed, Is.LessThan(TimeSpan.FromMilliseconds(1500)));
    }

    [Test]
    public void Load_TermsAndProfiles_PrintTheirTimeAndMemory()
    {
        foreach (var file in new[] { "r4-digest.json.gz", "r4-terminology.json.gz", "r4-profiles.json.gz" })
        {
            var before = GC.GetTotalMemory(forceFullCollection: true);
            var watch = Stopwatch.StartNew();
            var content = EmbeddedFile.Read(file);
            var loading = watch.Elapsed;
            var kept = (GC.GetTotalMemory(forceFullCollection: true) - before) / 1024;
            TestContext.Out.WriteLine($"{file}: {loading.TotalMilliseconds:F1} ms, {kept} KiB");
            Assert.That(content.EnumerateObject().Any(), Is.True);
            Assert.That(loading, Is.LessThan(TimeSpan.FromMilliseconds(500)));
        }
    }

    [TestCase("id", @"[A-Za-z0-9\-\.]{1,64}")]
    [TestCase("boolean", "true|false")]
    [TestCase("Period", null)]
    public void Regex_OfAType_IsThatOfItsPrimitive(string type, string? regex) =>
        Assert.That(R4.Type(type)?.Regex, Is.EqualTo(regex));

    [Test]
    public void Element_WithLimits_HasThem() => Assert.Multiple(() =>
    {
        Assert.That(R4.Type("string")?.Element("value")?.MaxLength, Is.EqualTo(1048576));
        Assert.That(R4.Type("integer")?.Element("value")?.MinValue?.ToString(), Is.EqualTo("-2147483648"));
        Assert.That(R4.Type("integer")?.Element("value")?.MaxValue?.ToString(), Is.EqualTo("2147483647"));
    });

    [Test]
    public void ResourceTypes_OfR4_Are146()
    {
        Assert.That(R4.ResourceTypes, Has.Count.EqualTo(146));
        Assert.That(R4.IsResource("Encounter"), Is.True);
        Assert.That(R4.IsResource("DomainResource"), Is.False);
        Assert.That(R4.IsResource("HumanName"), Is.False);
    }

    [Test]
    public void Type_EveryOne_BuildsAndKnowsTheTypesOfItsElements()
    {
        var unknown = R4.TypeNames.Select(R4.Type).OfType<TypeDefinition>()
            .SelectMany(type => type.Elements)
            .SelectMany(element => element.Types.Select(type => (element.Path, Type: type)))
            .Where(each => each.Type.Definition is null).Select(each => $"{each.Path}: {each.Type.Code}").ToList();
        Assert.That(R4.TypeNames.Select(R4.Type), Has.None.Null);
        Assert.That(unknown, Is.Empty);
    }

    [Test]
    public void Lineage_OfCodeAgeAndEncounter_ReachesTheRoot()
    {
        Assert.That(R4.Type("code")?.Lineage, Is.EqualTo((string[])["code", "string", "Element"]));
        Assert.That(R4.Type("Age")?.Is("Quantity"), Is.True);
        Assert.That(R4.Type("Encounter")?.Lineage, Is.EqualTo((string[])["Encounter", "DomainResource", "Resource"]));
        Assert.That(R4.Type("Nothing"), Is.Null);
    }

    [TestCase("Encounter.hospitalization.dischargeDisposition", "CodeableConcept")]
    [TestCase("Encounter.period.start", "dateTime")]
    [TestCase("Encounter.extension.url", "uri")]
    [TestCase("Encounter.id", "id")]
    [TestCase("Encounter.identifier.id", "string")]
    [TestCase("Questionnaire.item.item.item.linkId", "string")]
    [TestCase("Timing.repeat.frequency", "positiveInt")]
    public void Element_ByPath_HasItsType(string path, string type) =>
        Assert.That(R4.Element(path)?.Types.Select(each => each.Code), Is.EqualTo((string[])[type]));

    [TestCase("Encounter.hospitalisation")]
    [TestCase("Encounter.period.begin")]
    [TestCase("Nothing.at")]
    public void Element_ThatIsNone_IsNull(string path) => Assert.That(R4.Element(path), Is.Null);

    [Test]
    public void Element_Choice_IsFoundByBothNames()
    {
        var observation = R4.Type("Observation");
        var byJson = observation?.JsonElement("valueQuantity");
        Assert.That(observation?.Element("value")?.IsChoice, Is.True);
        Assert.That(byJson?.Element, Is.SameAs(observation?.Element("value")));
        Assert.That(byJson?.Type?.Code, Is.EqualTo("Quantity"));
        Assert.That(observation?.JsonElement("valueMoney"), Is.Null);
        Assert.That(observation?.Element("valueQuantity"), Is.Null);
    }

    [Test]
    public void Element_WithContentReference_HasTheContentOfItsTarget()
    {
        var reference = R4.Element("Questionnaire.item.item");
        Assert.That(reference?.ContentReference, Is.EqualTo("Questionnaire.item"));
        Assert.That(reference?.Content, Is.SameAs(R4.Type("Questionnaire.item")));
    }

    [Test]
    public void Type_OfABackbonePath_IsABackboneElement()
    {
        Assert.That(R4.Type("Encounter.hospitalization")?.FhirName, Is.EqualTo("BackboneElement"));
        Assert.That(R4.Type("Timing.repeat")?.FhirName, Is.EqualTo("Element"));
    }

    [Test]
    public void SearchParameters_OfEncounter_HaveOwnAndInheritedOnes()
    {
        var codes = R4.SearchParameters("Encounter").Select(each => each.Code).ToList();
        Assert.That(codes, Is.SupersetOf((string[])["_id", "_lastUpdated", "_text", "patient", "status", "date"]));
        Assert.That(codes, Is.Unique);
        Assert.That(R4.SearchParameter("Encounter", "date")?.Type, Is.EqualTo("date"));
        Assert.That(R4.SearchParameter("Encounter", "_id")?.Url,
            Is.EqualTo("http://hl7.org/fhir/SearchParameter/Resource-id"));
        Assert.That(R4.SearchParameters("HumanName"), Is.Empty);
    }

    [TestCase("http://hl7.org/fhir/ValueSet/task-status", "http://hl7.org/fhir/task-status", "completed", true)]
    [TestCase("http://hl7.org/fhir/ValueSet/task-status|4.0.1", null, "completed", true)]
    [TestCase("http://hl7.org/fhir/ValueSet/task-status", null, "done", false)]
    [TestCase("http://hl7.org/fhir/ValueSet/task-status", "http://other", "completed", false)]
    public void Codes_OfAnEnumeratedValueSet_AreKnown(string valueSet, string? system, string code, bool expected) =>
        Assert.That(R4.Codes(valueSet, system, code), Is.EqualTo(expected));

    [Test]
    public void Codes_OfAnotherValueSet_AreUnknown() =>
        Assert.That(R4.Codes("http://example.org/ValueSet/none", null, "a"), Is.Null);

    [Test]
    public void Compartment_OfPatient_NamesTheSearchParameters()
    {
        Assert.That(R4.Compartment("Patient", "Encounter"), Does.Contain("patient"));
        Assert.That(R4.Compartment("Patient", "ValueSet"), Is.Empty);
    }
}
