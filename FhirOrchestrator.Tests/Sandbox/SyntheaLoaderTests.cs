using System.Collections.Immutable;
using FhirOrchestrator.Sandbox;
using FhirOrchestrator.Tests.Sandbox.Hospital;
using FhirOrchestrator.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;

namespace FhirOrchestrator.Tests.Sandbox;

internal sealed class SyntheaLoaderTests
{
    private const string Folder = "data/synthea/smart-100/bundles";

    private static readonly ImmutableHashSet<string> Few = ["Patient", "Practitioner", "Organization", "Encounter"];

    [Test]
    public async Task Load_AllPatientsFourTypes_KeepsTheCountsOfTheData()
    {
        var records = new MemoryRecords(TimeProvider.System);
        var report = await LoaderOver(records).LoadAsync(
            new LoadOrder { Folder = SharedFolder.Path(Folder), Types = Few, GivesGps = true }, CancellationToken.None);

        var all = records.All;
        var inpatient = all.Count(each => each.Type == "Encounter" && each.Root.Child("class")?.Text("code") == "IMP");
        TestContext.Out.WriteLine(
            $"{report.Bundles} bundles: {string.Join(", ", report.Resources)}; {inpatient} inpatient");
        using (Assert.EnterMultipleScope())
        {
            Assert.That(report.Bundles, Is.EqualTo(100));
            Assert.That(report.Resources["Patient"], Is.EqualTo(100));
            Assert.That(report.Resources["Encounter"], Is.EqualTo(3480));
            Assert.That(inpatient, Is.EqualTo(284));
            Assert.That(report.Resources.Keys, Is.EquivalentTo(Few));
            Assert.That(
                all.Count(each => each.Type == "Patient" && each.Root["generalPractitioner"] is not null),
                    Is.EqualTo(50));
            Assert.That(all.SelectMany(each => HospitalSeedTests.References(each.Root))
                .Where(each => each.StartsWith("urn:", StringComparison.Ordinal)), Is.Empty);
        }
    }

    [Test]
    public async Task Load_Again_SkipsWhatIsThere()
    {
        var records = new MemoryRecords(TimeProvider.System);
        var order = new LoadOrder { Folder = SharedFolder.Path(Folder), Types = Few, BundlesMax = 5 };
        await LoaderOver(records).LoadAsync(order, CancellationToken.None);
        var count = records.All.Length;
        var again = await LoaderOver(records).LoadAsync(order with { BundlesMax = 6 }, CancellationToken.None);

        Assert.That((again.Bundles, again.Skipped), Is.EqualTo((1, 5)));
        Assert.That(records.All.Length, Is.GreaterThan(count));
    }

    [Test]
    public void Load_NoTransactionBundle_SaysWhichFile()
    {
        var folder = Directory.CreateTempSubdirectory();
        try
        {
            File.WriteAllText(Path.Combine(folder.FullName, "a.json"), """{"resourceType":"Patient"}""");

            Assert.That(
                async () => await LoaderOver(new MemoryRecords(TimeProvider.System))
                    .LoadAsync(new LoadOrder { Folder = folder.FullName }, CancellationToken.None),
                Throws.InstanceOf<InvalidDataException>().With.Message.Contains("a.json"));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Test]
    public void Resources_ReferencesByUuid_BecomeRelative()
    {
        var bundle = Publisher.PublisherBed.Parse("""
            {"resourceType":"Bundle","type":"transaction","entry":[
             {"fullUrl":"urn:uuid:1","resource":{"resourceType":"Patient","id":"p"}},
             {"fullUrl":"urn:uuid:2","resource":{"resourceType":"Practitioner","id":"d"}},
             {"fullUrl":"urn:uuid:3","resource":{"resourceType":"Encounter","id":"e",
               "subject":{"reference":"urn:uuid:1"},"participant":[{"individual":{"reference":"urn:uuid:2"}}]}}]}
            """);
        var loaded = SyntheaLoader.Resources(
            bundle, new LoadOrder { Folder = "", Types = ["Patient", "Encounter"] }, givesGp: true);

        Assert.That(
            string.Join('\n', loaded.Select(each => each.Root.ToString())),
            Is.EqualTo(
                """{"resourceType":"Patient","id":"p","generalPractitioner":[{"reference":"Practitioner/d"}]}"""
                + "\n"
                + """{"resourceType":"Encounter","id":"e","subject":{"reference":"Patient/p"},"participant":"""
                + """[{"individual":{"reference":"Practitioner/d"}}]}"""));
    }

    private static SyntheaLoader LoaderOver(IRecords records) => new(records, NullLogger<SyntheaLoader>.Instance);
}
