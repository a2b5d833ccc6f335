using System.Runtime.CompilerServices;
using FhirOrchestrator.Fhir.Definitions.Packages;
using FhirOrchestrator.Fhir.Json;
using FhirOrchestrator.Fhir.Profiles;
using FhirOrchestrator.Tests.Support;

namespace FhirOrchestrator.Tests.Corpus;

/// <summary>The StructureDefinitions in <c>profiles/</c> can be used, and those of Backport say what it says.</summary>
internal sealed class OwnProfilesTests
{
    private const string Backport = "http://hl7.org/fhir/uv/subscriptions-backport/StructureDefinition/";
    private static readonly ConformanceSet Own = ConformanceSet.Load(Folder());

    [Test]
    public void Load_OfTheFolder_HasNoProblem()
    {
        var shelf = new SnapshotShelf(Own);
        var problems = Own.StructureDefinitions
            .SelectMany(each => shelf.Find(each.Text("url") ?? "")?.Problems ?? [])
            .Select(problem => problem.ToString()).ToList();

        Assert.That(Own.Problems, Is.Empty, string.Join('\n', Own.Problems));
        Assert.That(problems, Is.Empty, string.Join('\n', problems));
        Assert.That(Own.StructureDefinitions.Count(), Is.GreaterThan(25));
    }

    [TestCase("profile")]
    [TestCase("targetProfile")]
    public void Load_OfTheFolder_NamesOnlyWhatThereIs(string member)
    {
        var missing = Own.StructureDefinitions
            .SelectMany(each => each.Child("differential")!.Children("element"))
            .SelectMany(element => element.Children("type")).SelectMany(type => type.Items(member))
            .Select(url => url.AsText ?? "").Distinct(StringComparer.Ordinal)
            .Where(url => Own.StructureDefinition(url) is null).ToList();

        Assert.That(missing, Is.Empty);
    }

    [Test]
    public void Load_OfTheFolder_HoldsTheValueSetsThatItBinds()
    {
        var bound = Own.StructureDefinitions
            .SelectMany(each => each.Child("differential")!.Children("element"))
            .Select(element => element.Child("binding")?.Text("valueSet")).OfType<string>()
            .Distinct(StringComparer.Ordinal).ToList();

        Assert.That(bound, Is.Not.Empty);
        Assert.That(bound.Where(url => Own.Terminology.Expand(url) is null), Is.Empty);
    }

    [TestCase("backport-channel-type")]
    [TestCase("backport-filter-criteria")]
    [TestCase("backport-heartbeat-period")]
    [TestCase("backport-max-count")]
    [TestCase("backport-payload-content")]
    [TestCase("backport-timeout")]
    [TestCase("backport-subscription")]
    [TestCase("backport-subscription-notification-r4")]
    [TestCase("backport-subscription-status-r4")]
    [TestCase("capabilitystatement-subscriptiontopic-canonical")]
    public void Find_OwnBackportProfile_SaysWhatThePublishedOneSays(string id)
    {
        var file = SharedFolder.Path($"data/backport/ig-1.2.0-ballot/conformance/StructureDefinition-{id}.json");
        var official = (ObjectNode)JsonText.Read(File.ReadAllBytes(file)).Value!;
        var own = new SnapshotShelf(Own).Find(Backport + id)?.StructureDefinition;

        Assert.That(own?["context"]?.ToString(), Is.EqualTo(official["context"]?.ToString()));
        Assert.That(
            SnapshotFacts.Differences(official, own ?? ObjectNode.Empty).Where(line => !SnapshotFacts.IsOnlyR4B(line)),
            Is.Empty);
    }

    private static string Folder([CallerFilePath] string path = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(path)!, "..", "..", "profiles"));
}
