using System.Text;
using FhirOrchestrator.Fhir.Json;
using FhirOrchestrator.Fhir.Patch;
using FhirOrchestrator.Fhir.Path;

namespace FhirOrchestrator.Tests.Fhir.Patch;

/// <summary>What the official cases of FHIRPath Patch leave open.</summary>
internal sealed class PathPatchTests
{
    private const string Given = """{"given":["A","B"],"_given":[null,{"id":"b"}]}""";

    [TestCase("insert", "Patient.name.given", "\"index\":1", "\"valueString\":\"X\"",
        """{"given":["A","X","B"],"_given":[null,null,{"id":"b"}]}""")]
    [TestCase("delete", "Patient.name.given[0]", null, null, """{"given":["B"],"_given":[{"id":"b"}]}""")]
    [TestCase("delete", "Patient.name.given.where($this = 'B')", null, null, """{"given":["A"]}""")]
    [TestCase("replace", "Patient.name.given[1]", null, "\"valueString\":\"X\"", """{"given":["A","X"]}""")]
    [TestCase("replace", "Patient.name.given[0]", null, "\"_valueString\":{\"id\":\"x\"}",
        """{"given":[null,"B"],"_given":[{"id":"x"},{"id":"b"}]}""")]
    public void Apply_PrimitivesWithExtensions_KeepTheirPlaces(
        string type, string path, string? index, string? value, string expected)
    {
        var patched = Apply($$"""{"resourceType":"Patient","name":[{{Given}}]}""", Operation(type, path, index, value));

        Assert.That(patched.Problem, Is.Null);
        Assert.That(patched.Value?.Root.Children("name").Single().ToString(), Is.EqualTo(expected));
    }

    [Test]
    public void Apply_MoveOfPrimitives_TakesTheirExtensionsAlong()
    {
        const string Move = """
            {"name":"operation","part":[{"name":"type","valueCode":"move"},
             {"name":"path","valueString":"Patient.name.given"},
             {"name":"source","valueInteger":1},{"name":"destination","valueInteger":0}]}
            """;

        var patched = Apply($$"""{"resourceType":"Patient","name":[{{Given}}]}""", Move);

        Assert.That(
            patched.Value?.Root.Children("name").Single().ToString(),
            Is.EqualTo("""{"given":["B","A"],"_given":[{"id":"b"},null]}"""));
    }

    [Test]
    public void Apply_ExtensionAddedToAPrimitive_StandsBesideIt()
    {
        var patched = Apply(
            """{"resourceType":"Patient","active":true,"birthDate":"1920-01-01"}""",
            Add("Patient.birthDate", "extension", """
                "part":[{"name":"url","valueUri":"urn:x"},{"name":"value","valueInteger":1}]
                """));

        Assert.That(patched.Value?.Root.ToString(), Is.EqualTo(
            """{"resourceType":"Patient","active":true,"birthDate":"1920-01-01","""
            + "\"_birthDate\":{\"extension\":[{\"url\":\"urn:x\",\"valueInteger\":1}]}}"));
    }

    [Test]
    public void Apply_ChoiceReplacedByAnotherType_ChangesItsNameInItsPlace()
    {
        var patched = Apply(
            """
            {"resourceType":"Observation","status":"final","valueString":"a","_valueString":{"id":"v"},
             "note":[{"id":"n"}]}
            """,
            Operation("replace", "Observation.value", null, "\"valueQuantity\":{\"value\":1.00}"));

        Assert.That(patched.Value?.Root.ToString(), Is.EqualTo(
            """{"resourceType":"Observation","status":"final","valueQuantity":{"value":1.00},"note":[{"id":"n"}]}"""));
    }

    [TestCase("value")]
    [TestCase("value[x]")]
    [TestCase("valueQuantity")]
    public void Apply_ChoiceAdded_ByAnyOfItsNames(string name)
    {
        var patched = Apply(
            """{"resourceType":"Observation"}""",
            Add("Observation", name, "\"valueQuantity\":{\"value\":1}"));

        Assert.That(
            patched.Value?.Root.ToString(),
            Is.EqualTo("""{"resourceType":"Observation","valueQuantity":{"value":1}}"""));
    }

    [Test]
    public void Apply_InsertIntoAListWithoutItems_MakesIt()
    {
        var patched = Apply(
            """{"resourceType":"Patient"}""",
            Operation("insert", "Patient.name", "\"index\":0", "\"valueHumanName\":{\"text\":\"a\"}"));

        Assert.That(patched.Value?.Root.Children("name").Single().Text("text"), Is.EqualTo("a"), $"{patched.Problem}");
    }

    [Test]
    public void Apply_SharedValues_ChangesOnlyTheOneNamed()
    {
        // Both are the node that stands for true.
        var patched = Apply(
            """{"resourceType":"Patient","active":true,"deceasedBoolean":true}""",
            Operation("replace", "Patient.deceased", null, "\"valueBoolean\":false"));

        Assert.That(
            patched.Value?.Root.ToString(),
            Is.EqualTo("""{"resourceType":"Patient","active":true,"deceasedBoolean":false}"""));
    }

    [TestCase("Patient.name", "expected one element at the path, got 2")]
    [TestCase("Patient.photo", "expected one element at the path, got none")]
    [TestCase("Patient", "expected an element inside the resource")]
    [TestCase("Patient.name.count()", "expected an element inside the resource")]
    [TestCase("Patient.nam", "nearest: name")]
    [TestCase("Patient.name[", "expected")]
    [TestCase("Encounter.status", "expected a path on Patient")]
    [TestCase("Patient.name[0]", "expected HumanName for Patient.name, got string")]
    public void Apply_ReplaceAtTheWrongPlace_SaysWhat(string path, string words)
    {
        var patched = Apply(
            """{"resourceType":"Patient","name":[{"text":"a"},{"text":"b"}]}""",
            Operation("replace", path, null, "\"valueString\":\"x\""));

        Assert.That(patched.Problem?.Fault, Is.EqualTo(PatchFault.NotApplicable));
        Assert.That(patched.Problem?.Words, Does.StartWith($"operation 0 (replace {path}): ").And.Contain(words));
    }

    [TestCase("birthDate", "expected no Patient.birthDate yet, got one: it does not repeat")]
    [TestCase("birthdate", "expected an element of Patient, got 'birthdate'")]
    [TestCase("contact", "expected parts for Patient.contact, got date")]
    public void Apply_AdditionThatDoesNotFit_SaysWhat(string name, string words)
    {
        var patched = Apply(
            """{"resourceType":"Patient","birthDate":"1920-01-01"}""",
            Add("Patient", name, "\"valueDate\":\"1930-01-01\""));

        Assert.That(patched.Problem?.Words, Does.Contain(words));
    }

    [TestCase("""{"name":"op"}""", "'operation'")]
    [TestCase("""{"name":"operation","part":[{"name":"type","valueCode":"swap"}]}""", "add, insert, delete")]
    [TestCase("""{"name":"operation","part":[{"name":"type","valueCode":"delete"}]}""", "'path'")]
    [TestCase("""{"name":"operation","part":[{"name":"kind","valueCode":"delete"}]}""", "'kind'")]
    [TestCase("""{"name":"operation","part":[{"name":"type","valueCode":"delete"},{"name":"type"}]}""", "twice")]
    [TestCase("""
        {"name":"operation","part":[{"name":"type","valueCode":"delete"},{"name":"path","valueString":"Patient.name"},
         {"name":"index","valueInteger":0}]}
        """, "no part 'index'")]
    public void Read_Malformed_SaysWhat(string operation, string words)
    {
        var patched = Apply("""{"resourceType":"Patient"}""", operation);

        Assert.That(patched.Problem?.Fault, Is.EqualTo(PatchFault.Malformed));
        Assert.That(patched.Problem?.Words, Does.StartWith("operation 0").And.Contain(words));
    }

    private static Patched<Resource> Apply(string resource, string operation)
    {
        var parameters = Read($$"""{"resourceType":"Parameters","parameter":[{{operation}}]}""");
        return PathPatch.Read(parameters).Succeeded(out var patch, out var problem)
            ? PathPatchRun.Apply(Read(resource), patch, new PathContext())
            : problem;
    }

    private static string Operation(string type, string path, string? index, string? value) => $$"""
        {"name":"operation","part":[{"name":"type","valueCode":"{{type}}"},{"name":"path","valueString":"{{path}}"}
         {{(index is null ? "" : $",{{\"name\":{index.Split(':')[0]},\"valueInteger\":{index.Split(':')[1]}}}")}}
         {{(value is null ? "" : $",{{\"name\":\"value\",{value}}}")}}]}
        """;

    private static string Add(string path, string name, string value) => $$"""
        {"name":"operation","part":[{"name":"type","valueCode":"add"},{"name":"path","valueString":"{{path}}"},
         {"name":"name","valueString":"{{name}}"},{"name":"value",{{value}} }]}
        """;

    private static Resource Read(string json) => Resource.Read(Encoding.UTF8.GetBytes(json)).Value
        ?? throw new InvalidOperationException($"expected a resource, got {json}");
}
