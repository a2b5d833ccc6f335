using System.Text;
using FhirOrchestrator.Fhir.Json;
using FhirOrchestrator.Fhir.Path;
using FhirOrchestrator.Fhir.Profiles;

namespace FhirOrchestrator.Tests.Fhir.Profiles;

/// <summary><c>slice</c> by the validator's profiles (R4, FHIRPath, "Additional functions").</summary>
internal sealed class SliceFunctionTests
{
    private const string Pressure = "http://hl7.org/fhir/StructureDefinition/bp";

    private const string Observation = """
        {"resourceType":"Observation","status":"final",
         "category":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/observation-category",
          "code":"vital-signs"}]},{"text":"other"}],
         "code":{"coding":[{"system":"http://loinc.org","code":"85354-9"}]},
         "component":[
          {"code":{"coding":[{"system":"http://loinc.org","code":"8480-6"}]},"valueQuantity":{"value":120}},
          {"code":{"coding":[{"system":"http://loinc.org","code":"8462-4"}]},"valueQuantity":{"value":80}},
          {"code":{"text":"cuff"},"valueString":"left"}]}
        """;

    [TestCase($"component.slice('{Pressure}', 'SystolicBP').value.value", "120")]
    [TestCase($"component.slice('{Pressure}', 'DiastolicBP').value.value", "80")]
    [TestCase($"component.slice('{Pressure}', 'Observation.component:DiastolicBP').value.value", "80")]
    [TestCase($"category.slice('{Pressure}', 'VSCat').coding.code", "vital-signs")]
    [TestCase($"category.slice('{Pressure}', 'SystolicBP')", "{}")]
    [TestCase($"slice('{Pressure}', 'SystolicBP')", "{}")]
    [TestCase($"component.first().code.slice('{Pressure}', 'SystolicBP')", "{}")]
    [TestCase($"component.last().slice('{Pressure}', 'SystolicBP')", "{}")]
    [TestCase($"component.slice({{}}, 'SystolicBP')", "{}")]
    [TestCase($"note.slice('http://example.org/none', 'x')", "{}")]
    [TestCase($"component.slice('{Pressure}', 'none')", "error")]
    [TestCase("component.slice('http://example.org/none', 'SystolicBP')", "error")]
    public void Slice_OfAProfile_KeepsItsItems(string expression, string expected) => Assert.That(
        Evaluated(expression, Validator.ContextOf(() => Validator.R4)), Is.EqualTo(expected));

    [Test]
    public void Slice_WithoutAValidator_Fails() => Assert.That(
        Evaluated($"component.slice('{Pressure}', 'SystolicBP')", new PathContext()), Is.EqualTo("error"));

    private static string Evaluated(string expression, PathContext context)
    {
        var resource = Resource.Read(Encoding.UTF8.GetBytes(Observation)).Value;
        Assert.That(resource, Is.Not.Null);
        try
        {
            var items = PathExpression.Compile(expression).Evaluate(resource!, context);
            return items.Count == 0 ? "{}" : string.Join(',', items.Select(item => item.AsText()));
        }
        catch (FhirPathException)
        {
            return "error";
        }
    }
}
