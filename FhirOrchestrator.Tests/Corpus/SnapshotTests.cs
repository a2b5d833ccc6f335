using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using System.Text.Json;
using FhirOrchestrator.Fhir.Definitions.Packages;
using FhirOrchestrator.Fhir.Json;
using FhirOrchestrator.Fhir.Profiles;
using FhirOrchestrator.Tests.Support;

namespace FhirOrchestrator.Tests.Corpus;

/// <summary>Snapshots made from the official differentials are the official ones, in all facts that bind.</summary>
internal sealed class SnapshotTests
{
    [TestCase("profiles-others", 44)]
    [TestCase("extension-definitions", 393)]
    [TestCase("backport", 12)]
    public void Generate_FromTheDifferential_GivesTheOfficialSnapshot(string bundle, int count)
    {
        var official = Official(bundle).ToImmutableArray();
        var shelf = new SnapshotShelf(ConformanceSet.Of(new ConformanceFiles(
            [.. official.Select(each => new ConformanceFile(each.Text("url") ?? "", each.With("snapshot", null)))],
            [])));
        var differences = new SortedDictionary<string, List<string>>(StringComparer.Ordinal);
        var elements = 0;
        foreach (var each in official)
        {
            var made = shelf.Find(each.Text("url") ?? "");
            elements += each.Child("snapshot")?.Children("element").Count() ?? 0;
            var found = made?.Problems.Select(problem => problem.ToString()).ToList() ?? ["no snapshot"];
            found.AddRange(SnapshotFacts.Differences(each, made?.StructureDefinition ?? ObjectNode.Empty)
                .Where(line => bundle != "backport" || !SnapshotFacts.IsOnlyR4B(line)));
            if (found.Count > 0)
            {
                differences.Add(each.Text("id") ?? "", found);
            }
        }

        TestContext.Out.WriteLine($"{official.Length - differences.Count} of {official.Length} profiles the same, "
            + $"{elements} elements, {differences.Values.Sum(each => each.Count)} facts differ");
        foreach (var (id, lines) in differences)
        {
            TestContext.Out.WriteLine($"{id}\n  {string.Join("\n  ", lines.Take(6))}");
        }

        Assert.That(official, Has.Length.EqualTo(count));
        HoldGaps(bundle, differences.Keys);
    }

    private static IEnumerable<ObjectNode> Official(string bundle) => bundle == "backport"
        ? Directory.EnumerateFiles(
                SharedFolder.Path("data/backport/ig-1.2.0-ballot/conformance"), "StructureDefinition-*.json")
            .Select(file => (ObjectNode)JsonText.Read(File.ReadAllBytes(file)).Value!)
        : OfficialDefinitions.Structures(bundle);

    // The list may only shrink: what is on it must differ, and what differs must be on it.
    private static void HoldGaps(string bundle, IEnumerable<string> differing)
    {
        var gaps = JsonSerializer.Deserialize<Dictionary<string, Dictionary<string, string>>>(
            File.ReadAllBytes(Path.Combine(FolderOfTests(), "Corpus", "snapshot-known-gaps.json")))!
            .GetValueOrDefault(bundle, []);
        Assert.That(differing, Is.EquivalentTo(gaps.Keys), "the known gaps of snapshots");
        Assert.That(gaps.Values, Has.All.Length.GreaterThan(20), "a gap names its reason");
    }

    private static string FolderOfTests([CallerFilePath] string path = "") =>
        Path.GetDirectoryName(Path.GetDirectoryName(path))!;
}
