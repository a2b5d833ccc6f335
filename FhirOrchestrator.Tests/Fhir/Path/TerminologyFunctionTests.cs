using System.Text;
using FhirOrchestrator.Fhir.Json;
using FhirOrchestrator.Fhir.Path;

namespace FhirOrchestrator.Tests.Fhir.Path;

/// <summary><c>subsumes</c> and <c>subsumedBy</c> (R4, FHIRPath, "Additional functions").</summary>
internal sealed class TerminologyFunctionTests
{
    private const string Acts = "http://terminology.hl7.org/CodeSystem/v3-ActCode";
    private const string States = "http://terminology.hl7.org/CodeSystem/condition-ver-status";

    [TestCase("CC", "AE", "true", "false")]
    [TestCase("_ActAccountCode", "AE", "true", "false")]
    [TestCase("AE", "AE", "true", "true")]
    [TestCase("AE", "DN", "false", "false")]
    [TestCase("AE", "nothing", "error", "error")]
    public void Subsumes_CodingsOfAHierarchy_FollowsIt(string code, string other, string down, string up)
    {
        Assert.That(Asked("subsumes", Coding(Acts, code), Coding(Acts, other)), Is.EqualTo(down));
        Assert.That(Asked("subsumedBy", Coding(Acts, code), Coding(Acts, other)), Is.EqualTo(up));
    }

    [TestCase(States, "unconfirmed", "provisional", "true")]
    [TestCase(States, "provisional", "unconfirmed", "false")]
    [TestCase("http://terminology.hl7.org/CodeSystem/v2-0203", "MR", "MR", "true")]
    [TestCase("http://terminology.hl7.org/CodeSystem/v2-0203", "MR", "SS", "false")]
    [TestCase("http://example.org/none", "a", "a", "true")]
    [TestCase("http://example.org/none", "a", "b", "error")]
    [TestCase("http://snomed.info/sct", "73211009", "44054006", "error")]
    public void Subsumes_CodingsOfASystem_SaysWhatIsKnownOfIt(string system, string code, string other, string told) =>
        Assert.That(Asked("subsumes", Coding(system, code), Coding(system, other)), Is.EqualTo(told));

    [Test]
    public void Subsumes_DifferentSystems_Fails()
    {
        Assert.That(Asked("subsumes", Coding(Acts, "AE"), Coding(States, "AE")), Is.EqualTo("error"));
        Assert.That(Asked("subsumes", Coding(null, "a"), Coding(Acts, "a")), Is.EqualTo("error"));
        Assert.That(Asked("subsumes", Coding(null, "a"), Coding(null, "a")), Is.EqualTo("true"));
    }

    [TestCase("CC", "subsumes", "true")]
    [TestCase("DN", "subsumes", "false")]
    [TestCase("AE", "subsumedBy", "true")]
    public void Subsumes_ConceptOfSeveralSystems_IsTrueForAnyCoding(string code, string function, string told)
    {
        var concept = Concept(Coding("http://example.org/none", "x"), Coding(Acts, code));

        Assert.That(Asked(function, concept, Coding(Acts, "AE")), Is.EqualTo(told));
        Assert.That(Asked(function, concept, Concept(Coding(Acts, "AE"), Coding(States, "y"))), Is.EqualTo(told));
    }

    [Test]
    public void Subsumes_ConceptThatNothingIsToldOf_Fails()
    {
        var outside = Concept(Coding("http://example.org/none", "x"));

        Assert.That(Asked("subsumes", outside, Concept(Coding(Acts, "AE"))), Is.EqualTo("error"));
        Assert.That(Asked("subsumes", outside, Concept(Coding("http://example.org/none", "y"))), Is.EqualTo("error"));
        Assert.That(Asked("subsumes", Concept(), outside), Is.EqualTo("false"));
    }

    [TestCase("code.subsumes({})", "{}")]
    [TestCase("bodySite.subsumes(code)", "{}")]
    [TestCase("status.subsumes(code)", "error")]
    [TestCase("code.subsumes(status)", "error")]
    [TestCase("code.coding.subsumes(code)", "error")]
    [TestCase("code.coding[0].subsumes(code.coding[1])", "true")]
    public void Subsumes_OtherInputs_AreRefusedOrEmpty(string expression, string told)
    {
        var observation = Read(
            $$"""
            {"resourceType":"Observation","status":"final","code":{{Concept(Coding(Acts, "CC"), Coding(Acts, "AE"))}}}
            """);

        Assert.That(Evaluated(expression, observation, new PathContext()), Is.EqualTo(told));
    }

    [Test]
    public void Subsumes_HierarchyOfTheCaller_IsAsked()
    {
        var context = new PathContext { Subsumes = (system, code, other) => (system, code, other) == ("s", "a", "b") };

        Assert.That(Asked("subsumes", Coding("s", "a"), Coding("s", "b"), context), Is.EqualTo("true"));
        Assert.That(Asked("subsumes", Coding("s", "b"), Coding("s", "a"), context), Is.EqualTo("false"));
    }

    private static string Asked(string function, string own, string given, PathContext? context = null)
    {
        static string Value(string json) =>
            json.StartsWith("{\"coding\"", StringComparison.Ordinal) ? "valueCodeableConcept" : "valueCoding";
        var parameters = Read(
            $$"""
            {"resourceType":"Parameters","parameter":[
             {"name":"own","{{Value(own)}}":{{own}}},{"name":"given","{{Value(given)}}":{{given}}}]}
            """);
        return Evaluated(
            $"parameter[0].value.{function}(parameter[1].value)", parameters, context ?? new PathContext());
    }

    private static string Evaluated(string expression, Resource focus, PathContext context)
    {
        try
        {
            return PathExpression.Compile(expression).Evaluate(focus, context) is [var only] ? only.AsText() : "{}";
        }
        catch (FhirPathException)
        {
            return "error";
        }
    }

    private static string Coding(string? system, string code) => system is null
        ? $$"""{"code":"{{code}}"}"""
        : $$"""{"system":"{{system}}","code":"{{code}}"}""";

    private static string Concept(params string[] codings) => $$"""{"coding":[{{string.Join(',', codings)}}]}""";

    private static Resource Read(string json) =>
        Resource.Read(Encoding.UTF8.GetBytes(json)).Value ?? throw new InvalidOperationException("expected a resource");
}
