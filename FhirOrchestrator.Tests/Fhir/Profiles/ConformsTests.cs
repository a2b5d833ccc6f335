using FhirOrchestrator.Fhir.Json;
using FhirOrchestrator.Fhir.Path;
using FhirOrchestrator.Fhir.Profiles;

namespace FhirOrchestrator.Tests.Fhir.Profiles;

/// <summary><c>conformsTo</c> by the validator.</summary>
internal sealed class ConformsTests
{
    private const string Structures = "http://hl7.org/fhir/StructureDefinition/";

    [TestCase("Patient", true)]
    [TestCase("DomainResource", true)]
    [TestCase("Observation", false)]
    [TestCase("vitalsigns", false)]
    public void ConformsTo_OfAPatient_AsksTheValidator(string name, bool expected)
    {
        var patient = PathItem.Of(Resource.Create("Patient", ("active", true)));
        var context = new PathContext { Conforms = Validator.R4.Conforms };

        Assert.That(
            PathExpression.Compile($"conformsTo('{Structures}{name}')").IsTrue(patient, context),
            Is.EqualTo(expected));
    }

    [Test]
    public void Conforms_UnknownUrl_IsNotKnown() =>
        Assert.That(Validator.R4.Conforms(PathItem.OfString("x"), "http://example.org/none"), Is.Null);
}
