using System.Globalization;
using System.Text;
using FhirOrchestrator.Fhir.Json;
using FhirOrchestrator.Fhir.Patch;
using FhirOrchestrator.Fhir.Path;

namespace FhirOrchestrator.Tests.Fhir.Patch;

/// <summary>
/// Patches made up at random: whatever they are, they end in a result that can be read again, or a reason.
/// </summary>
internal sealed class PatchFuzzTests
{
    private const int Seed = 20261120;
    private const int Rounds = 5_000;

    private const string Patient = """
        {"resourceType":"Patient","id":"a","active":true,"name":[{"family":"F","given":["A","B"],
         "_given":[null,{"id":"b"}]},{"text":"T"}],"birthDate":"1920-01-01","_birthDate":{"extension":[{"url":"urn:x",
         "valueBoolean":true}]},"deceasedBoolean":true,"contact":[{"name":{"text":"C"},"gender":"male"}],
         "contained":[{"resourceType":"Organization","id":"o","active":true}],"managingOrganization":{"reference":"#o"}}
        """;

    private static readonly string[] Tokens =
        ["", "name", "0", "1", "-", "given", "_given", "contact", "contained", "active", "birthDate", "~1", "x", "01"];

    private static readonly string[] Values =
        ["1", "1.0", "true", "null", "\"a\"", "{}", "[]", """{"family":"G"}""", """[{"text":"X"},null]"""];

    private static readonly string[] Paths =
    [
        "Patient", "Patient.name", "Patient.name[0]", "Patient.name[0].given", "Patient.name.given[1]",
        "Patient.birthDate", "Patient.deceased", "Patient.contact", "Patient.contact[0].name",
        "Patient.contact.gender", "Patient.contained", "Patient.contained[0].active", "Patient.photo",
        "Patient.managingOrganization.resolve().active", "Patient.name.count()", "Patient.birthDate.extension",
        "Patient.birthDate.extension[0].value", "Patient.descendants()", "Patient.active | 1",
        "Patient.name.where(text = 'T')", "name.first().given.last()", "Patient.extension", "'a'", "(", "Patient.nome",
    ];

    private static readonly string[] Typed =
    [
        "\"valueString\":\"s\"", "\"valueBoolean\":false", "\"valueInteger\":1", "\"valueDate\":\"2000-01-01\"",
        "\"valueHumanName\":{\"text\":\"N\"}", "\"resource\":{\"resourceType\":\"Basic\",\"id\":\"q\"}",
        "\"part\":[{\"name\":\"gender\",\"valueCode\":\"male\"}]",
        "\"part\":[{\"name\":\"url\",\"valueUri\":\"urn:y\"}]",
        "\"_valueString\":{\"id\":\"t\"}", "\"part\":[]", "\"value\":1",
    ];

    [Test]
    public void JsonPatch_Random_EndsWell()
    {
        var random = new Random(Seed);
        var document = Read(Patient);
        var before = document.ToString();
        var applied = 0;
        for (var round = 0; round < Rounds; round++)
        {
            var text = $"[{string.Join(',', Enumerable.Range(0, random.Next(1, 5)).Select(_ => Operation(random)))}]";
            var patched = JsonPatch.Read(Read(text)).Succeeded(out var patch, out var problem)
                ? patch.Apply(document)
                : problem;
            applied += Judge(patched.Value, patched.Problem, $"seed {Seed}, round {round}: {text}");
        }

        TestContext.Out.WriteLine($"seed {Seed}: {Rounds} patches, {applied} applied");
        Assert.That(document.ToString(), Is.EqualTo(before));
        Assert.That(applied, Is.InRange(Rounds / 20, Rounds * 19 / 20));
    }

    [Test]
    public void PathPatch_Random_EndsWell()
    {
        var random = new Random(Seed);
        var resource = Resource.From(Read(Patient)) ?? throw new InvalidOperationException("expected a resource");
        var before = resource.Root.ToString();
        var applied = 0;
        for (var round = 0; round < Rounds; round++)
        {
            var operations = Enumerable.Range(0, random.Next(1, 4)).Select(_ => Parameter(random));
            var text = $$"""{"resourceType":"Parameters","parameter":[{{string.Join(',', operations)}}]}""";
            var parameters = Resource.From(Read(text)) ?? throw new InvalidOperationException("expected a resource");
            var patched = PathPatch.Read(parameters).Succeeded(out var patch, out var problem)
                ? PathPatchRun.Apply(resource, patch, new PathContext())
                : problem;
            applied += Judge(patched.Value?.Root, patched.Problem, $"seed {Seed}, round {round}: {text}");
        }

        TestContext.Out.WriteLine($"seed {Seed}: {Rounds} patches, {applied} applied");
        Assert.That(resource.Root.ToString(), Is.EqualTo(before));
        Assert.That(applied, Is.InRange(Rounds / 20, Rounds * 19 / 20));
    }

    private static int Judge(Node? value, PatchProblem? problem, string title)
    {
        Assert.That(value is null, Is.EqualTo(problem is not null), title);
        if (value is null)
        {
            Assert.That(problem?.Words, Does.Contain("expected"), title);
            return 0;
        }

        Assert.That(JsonText.Read(JsonText.Write(value)).Value?.ToString(), Is.EqualTo(value.ToString()), title);
        return 1;
    }

    private static string Operation(Random random)
    {
        string[] ops = ["add", "remove", "replace", "move", "copy", "test", "none"];
        var op = ops[random.Next(random.Next(10) == 0 ? 7 : 6)];
        var (path, from) = (Pointer(random), Pointer(random));
        return $$"""{"op":"{{op}}","path":"{{path}}","from":"{{from}}","value":{{Pick(Values, random)}} }""";
    }

    private static string Pointer(Random random) =>
        string.Concat(Enumerable.Range(0, random.Next(4)).Select(_ => "/" + Pick(Tokens, random)));

    private static string Parameter(Random random)
    {
        string[] types = ["add", "insert", "delete", "replace", "move"];
        var type = types[random.Next(types.Length)];
        var number = random.Next(4).ToString(CultureInfo.InvariantCulture);
        List<string> parts = [$"\"name\":\"type\",\"valueCode\":\"{type}\"", Part("path", Pick(Paths, random))];
        if (type == "add")
        {
            parts.Add(Part("name", Pick(Tokens, random)));
        }

        if (type is "add" or "insert" or "replace")
        {
            parts.Add($"\"name\":\"value\",{Pick(Typed, random)}");
        }

        if (type == "insert")
        {
            parts.Add($"\"name\":\"index\",\"valueInteger\":{number}");
        }

        if (type == "move")
        {
            parts.Add($"\"name\":\"source\",\"valueInteger\":{number}");
            parts.Add("\"name\":\"destination\",\"valueInteger\":0");
        }

        var list = string.Join(',', parts.Select(part => $"{{{part}}}"));
        return $$"""{"name":"operation","part":[{{list}}]}""";
    }

    private static string Part(string name, string text) => $"\"name\":\"{name}\",\"valueString\":\"{text}\"";

    private static string Pick(string[] from, Random random) => from[random.Next(from.Length)];

    private static Node Read(string json) => JsonText.Read(Encoding.UTF8.GetBytes(json)).Value
        ?? throw new InvalidOperationException($"expected JSON, got {json}");
}
