using System.Xml.Linq;
using FhirOrchestrator.Fhir.Json;
using FhirOrchestrator.Fhir.Patch;
using FhirOrchestrator.Fhir.Path;
using FhirOrchestrator.Tests.Support;

namespace FhirOrchestrator.Tests.Corpus;

/// <summary>The official cases of JSON Patch and FHIRPath Patch: every one of them.</summary>
internal sealed class PatchSuiteTests
{
    [Test]
    public void JsonPatch_OfficialCases_AllPass()
    {
        var file = SharedFolder.Path("data/patch/json-patch-tests.json");
        var array = JsonText.Read(File.ReadAllBytes(file)).Value as ArrayNode;
        var cases = array?.Items.OfType<ObjectNode>().ToList() ?? [];
        Assert.Multiple(() =>
        {
            foreach (var each in cases)
            {
                var title = each.Text("comment");
                var patched = JsonPatch.Read(each["patch"]!).Succeeded(out var patch, out var problem)
                    ? patch.Apply(each["doc"]!)
                    : problem;
                Assert.That(patched.Problem is null, Is.EqualTo(each["error"] is null), $"{title}: {patched.Problem}");
                Assert.That(
                    patched.Value is not { } value || JsonEquality.AreEqual(value, each["expected"]!),
                    $"{title}: {patched.Value}");
            }
        });
        Assert.That(cases, Has.Count.EqualTo(16));
    }

    [Test]
    public void PathPatch_OfficialCases_AllPass()
    {
        var cases = XDocument.Load(SharedFolder.Path("data/patch/fhir-patch-tests.xml"), LoadOptions.PreserveWhitespace)
            .Descendants("case").ToList();
        Assert.Multiple(() =>
        {
            foreach (var each in cases)
            {
                var title = each.Attribute("name")?.Value;
                var input = FhirXml.Read(each.Element("input")!.Elements().Single());
                var diff = FhirXml.Read(each.Element("diff")!.Elements().Single());
                var patched = PathPatch.Read(diff).Succeeded(out var patch, out var problem)
                    ? PathPatchRun.Apply(input, patch, new PathContext())
                    : problem;
                var isError = each.Element("error") is not null;
                Assert.That(patched.Problem is null, Is.EqualTo(!isError), $"{title}: {patched.Problem}");
                if (patched.Value is { } value && !isError)
                {
                    var expected = FhirXml.Read(each.Element("output")!.Elements().Single());
                    Assert.That(Plain(value), Is.EqualTo(Plain(expected)), title);
                }
            }
        });
        Assert.That(cases, Has.Count.EqualTo(33));
    }

    private static string Plain(Resource resource) =>
        JsonText.WriteString(FhirXml.Sorted(FhirXml.WithPlainNarrative(resource.Root)));
}
