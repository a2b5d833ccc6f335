using System.Text;
using FhirOrchestrator.Fhir.Json;
using FhirOrchestrator.Fhir.Path;

namespace FhirOrchestrator.Tests.Fhir.Path;

/// <summary>
/// <c>htmlChecks</c>, <c>checkModifiers</c> and <c>elementDefinition</c> (R4, FHIRPath, "Additional functions").
/// </summary>
internal sealed class ProfileFunctionTests
{
    private const string Xhtml = "xmlns='http://www.w3.org/1999/xhtml'";

    [TestCase($"<div {Xhtml}><p class='x'>Words</p></div>", "true")]
    [TestCase($"<div {Xhtml}><img src='#a' alt='b'/></div>", "true")]
    [TestCase($"<div {Xhtml}><script>alert(1)</script></div>", "false")]
    [TestCase($"<div {Xhtml}><p onclick='x()'>Words</p></div>", "false")]
    [TestCase($"<div {Xhtml}><a href='javascript:x()'>Words</a></div>", "false")]
    [TestCase($"<div {Xhtml}> </div>", "false")]
    [TestCase($"<div {Xhtml}><p>Words</div>", "false")]
    [TestCase("<div>Words</div>", "false")]
    public void HtmlChecks_OfMarkup_SaysWhetherTheRulesHold(string markup, string expected)
    {
        var patient = Read(
            $$"""{"resourceType":"Patient","text":{"status":"generated","div":"{{markup}}"} }""");

        Assert.That(Evaluated("text.`div`.htmlChecks()", patient), Is.EqualTo(expected));
        Assert.That(Evaluated("text.status.htmlChecks()", patient), Is.EqualTo("{}"));
        Assert.That(Evaluated("text.htmlChecks()", patient), Is.EqualTo("{}"));
        Assert.That(Evaluated("'<div/>'.htmlChecks()", patient), Is.EqualTo("{}"));
        Assert.That(Evaluated("contained.text.`div`.htmlChecks()", patient), Is.EqualTo("{}"));
    }

    [TestCase("checkModifiers('http://x/a', 'http://x/b').active", "true")]
    [TestCase("checkModifiers('http://x/a,http://x/b').active", "true")]
    [TestCase("checkModifiers('http://x/a, http://x/b', 'http://x/c').active", "true")]
    [TestCase("checkModifiers('http://x/a').active", "error")]
    [TestCase("checkModifiers().active", "error")]
    [TestCase("contact.checkModifiers().gender", "male")]
    [TestCase("link.checkModifiers()", "{}")]
    public void CheckModifiers_OfAPatient_PassesWhatHasOnlyThose(string expression, string expected)
    {
        var patient = Read(
            """
            {"resourceType":"Patient","active":true,"contact":[{"gender":"male"}],"modifierExtension":[
             {"url":"http://x/a","valueBoolean":true},{"url":"http://x/b","valueBoolean":true}]}
            """);

        Assert.That(Evaluated(expression, patient), Is.EqualTo(expected));
    }

    [TestCase("component.elementDefinition().path", "Observation.component")]
    [TestCase("component.code.elementDefinition().min", "1")]
    [TestCase("component.code.coding.elementDefinition().path", "CodeableConcept.coding")]
    [TestCase("component.value.elementDefinition().path", "Observation.component.value[x]")]
    [TestCase("component.value.value.elementDefinition().type.code", "decimal")]
    [TestCase("component.referenceRange.elementDefinition().contentReference", "#Observation.referenceRange")]
    [TestCase("status.elementDefinition().binding.strength", "required")]
    [TestCase("status.elementDefinition().type.code", "code")]
    [TestCase("component.code.elementDefinition() is ElementDefinition", "true")]
    public void ElementDefinition_OfAnElement_IsWhatR4SaysOfIt(string expression, string expected)
    {
        var observation = Read(
            """
            {"resourceType":"Observation","status":"final","component":[
             {"code":{"coding":[{"code":"x"}]},"valueQuantity":{"value":1},"referenceRange":[{"text":"x"}]}]}
            """);

        Assert.That(Evaluated(expression, observation), Is.EqualTo(expected));
    }

    private static string Evaluated(string expression, Resource focus)
    {
        try
        {
            return PathExpression.Compile(expression).Evaluate(focus, new PathContext()) is [var only, ..]
                ? only.AsText()
                : "{}";
        }
        catch (FhirPathException)
        {
            return "error";
        }
    }

    private static Resource Read(string json) =>
        Resource.Read(Encoding.UTF8.GetBytes(json)).Value ?? throw new InvalidOperationException("expected a resource");
}
