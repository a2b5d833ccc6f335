using FhirOrchestrator.Fhir.Json;
using FhirOrchestrator.Fhir.Profiles;

namespace FhirOrchestrator.Tests.Corpus;

/// <summary>R4's own profile of a blood pressure, with its slices by value and of a code's codings.</summary>
internal sealed class ValidatorVitalSignsTests
{
    private const string Url = "http://hl7.org/fhir/StructureDefinition/bp";

    [Test]
    public void BloodPressure_AsPublished_IsValid() => Assert.That(Errors(Example()), Is.Empty);

    [TestCase("category", "Observation")]
    [TestCase("subject", "Observation")]
    [TestCase("effectiveDateTime", "Observation")]
    [TestCase("component", "Observation")]
    public void BloodPressure_WithoutAnElement_IsRefused(string name, string at) =>
        Assert.That(Errors(Example().With(name, null)), Does.Contain(at));

    [Test]
    public void BloodPressure_WithOneComponentOnly_LacksASlice()
    {
        var components = Example().Root.Items("component");
        var one = Example().With("component", new ArrayNode([components[0]]));

        Assert.That(Errors(one), Does.Contain("Observation"));
    }

    [Test]
    public void BloodPressure_WithAnotherCode_LacksTheCodingSlice()
    {
        var other = Node.Object(("coding", Node.Array(Node.Object(
            ("system", "http://loinc.org"), ("code", "8867-4")))));

        Assert.That(Errors(Example().With("code", other)), Does.Contain("Observation.code"));
    }

    [Test]
    public void BloodPressure_InAnotherUnit_BreaksTheFixedValue()
    {
        var components = Example().Root.Items("component");
        var first = (ObjectNode)components[0];
        var value = first.Child("valueQuantity")!.With("code", "kPa");
        var other = Example().With(
            "component", new ArrayNode(components.SetItem(0, first.With("valueQuantity", value))));

        Assert.That(Errors(other), Does.Contain("Observation.component[0].value.ofType(Quantity).code"));
    }

    private static Resource Example() =>
        OfficialExamples.All.First(each => each.File == "Observation-blood-pressure.json").Resource;

    private static List<string> Errors(Resource resource) =>
    [
        .. Validator.R4.Validate(resource, new ValidationOptions { Profiles = [Url] }).Errors
            .Select(error => error.Location),
    ];
}
