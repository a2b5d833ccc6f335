using System.Text;
using FhirOrchestrator.Fhir.Json;
using FhirOrchestrator.Fhir.Patch;

namespace FhirOrchestrator.Tests.Fhir.Patch;

/// <summary>What the official cases of JSON Patch leave open (RFC 6902, RFC 6901).</summary>
internal sealed class JsonPatchTests
{
    [TestCase("1", "1.0", true)]
    [TestCase("100", "1e2", true)]
    [TestCase("0.10", "1E-1", true)]
    [TestCase("-0", "0.0", true)]
    [TestCase("1", "-1", false)]
    [TestCase("1", "1.0000000000000000000000000001", false)]
    [TestCase("1e400", "1e401", false)]
    [TestCase("12345678901234567890123", "12345678901234567890124", false)]
    [TestCase("""{"a":1,"b":[1,2]}""", """{"b":[1.0,2],"a":1}""", true)]
    [TestCase("[1,2]", "[2,1]", false)]
    [TestCase("null", "false", false)]
    [TestCase("\"é\"", "\"\\u00e9\"", true)]
    public void Apply_Test_ComparesByMeaning(string value, string given, bool isEqual)
    {
        var patched = Apply($$"""{"x":{{value}} }""", $$"""[{"op":"test","path":"/x","value":{{given}} }]""");

        Assert.That(patched.Problem?.Fault, Is.EqualTo(isEqual ? null : (PatchFault?)PatchFault.TestFailed));
    }

    [Test]
    public void Apply_NumberPassedBy_KeepsItsText()
    {
        var patched = Apply("""{"x":1.00,"y":{"z":1e2} }""", """[{"op":"copy","from":"/y/z","path":"/w"}]""");

        Assert.That(patched.Value?.ToString(), Is.EqualTo("""{"x":1.00,"y":{"z":1e2},"w":1e2}"""));
    }

    [TestCase("/a/01")]
    [TestCase("/a/-1")]
    [TestCase("/a/1.0")]
    [TestCase("/a/3")]
    [TestCase("/a/4294967296")]
    [TestCase("/a/")]
    public void Apply_IndexThatIsNone_IsRefused(string path) => Assert.That(
        Apply("""{"a":[1,2]}""", $$"""[{"op":"add","path":"{{path}}","value":3}]""").Problem?.Fault,
        Is.EqualTo(PatchFault.NotApplicable));

    [TestCase("""[{"op":"move","from":"/a","path":"/a/b"}]""", "outside '/a'")]
    [TestCase("""[{"op":"remove","path":"/a/-"}]""", "'-'")]
    [TestCase("""[{"op":"remove","path":""}]""", "inside the document")]
    [TestCase("""[{"op":"replace","path":"/b","value":1}]""", "'b'")]
    [TestCase("""[{"op":"copy","from":"/b","path":"/c"}]""", "'/b'")]
    public void Apply_NotApplicable_SaysWhichOperation(string patch, string words)
    {
        var problem = Apply("""{"a":[1,2]}""", patch).Problem;

        Assert.That(problem?.Fault, Is.EqualTo(PatchFault.NotApplicable));
        Assert.That(problem?.Words, Does.StartWith("operation 0 (").And.Contain(words));
    }

    [TestCase("""[{"op":"add","path":"/a"}]""", "a value")]
    [TestCase("""[{"op":"add","value":1}]""", "in path, got none")]
    [TestCase("""[{"op":"add","path":"/~2","value":1}]""", "'/~2'")]
    [TestCase("""[{"op":"move","path":"/a"}]""", "in from, got none")]
    [TestCase("""[{"op":"Add","path":"/a","value":1}]""", "expected op")]
    [TestCase("""[7]""", "an object")]
    public void Read_Malformed_SaysWhat(string patch, string words)
    {
        var problem = Apply("{}", patch).Problem;

        Assert.That(problem?.Fault, Is.EqualTo(PatchFault.Malformed));
        Assert.That(problem?.Words, Does.Contain(words));
    }

    [Test]
    public void Apply_CopiesThatDouble_EndAtTheLimit()
    {
        var copies = string.Join(',', Enumerable.Repeat("""{"op":"copy","from":"/a","path":"/a/-"}""", 200));

        Assert.That(Apply("""{"a":[1,2,3]}""", $"[{copies}]").Problem?.Words, Does.Contain("expected at most"));
    }

    [Test]
    public void Apply_NestingBeyondWhatIsRead_IsRefused()
    {
        var deep = new string('[', 100) + new string(']', 100);

        var path = "/a" + string.Concat(Enumerable.Repeat("/0", 50)) + "/-";

        var patch = $$"""[{"op":"add","path":"{{path}}","value":{{deep}} }]""";
        var problem = Apply($$"""{"a":{{deep}} }""", patch).Problem;

        Assert.That(problem?.Words, Does.Contain("levels of nesting"));
    }

    [Test]
    public void Apply_Failure_LeavesTheDocument()
    {
        var document = Read("""{"a":1}""");
        JsonPatch.Read(Read("""[{"op":"add","path":"/b","value":2},{"op":"remove","path":"/c"}]"""))
            .Succeeded(out var patch, out _);

        Assert.That(patch?.Apply(document).Problem?.Words, Does.StartWith("operation 1 (remove /c)"));
        Assert.That(document.ToString(), Is.EqualTo("""{"a":1}"""));
    }

    private static Patched<Node> Apply(string document, string patch) =>
        JsonPatch.Read(Read(patch)).Succeeded(out var read, out var problem) ? read.Apply(Read(document)) : problem;

    private static Node Read(string json) => JsonText.Read(Encoding.UTF8.GetBytes(json)).Value
        ?? throw new InvalidOperationException($"expected JSON, got {json}");
}
