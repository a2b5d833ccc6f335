using System.IO.Compression;
using System.Text.Json;
using FhirOrchestrator.Fhir.Json;
using FhirOrchestrator.Fhir.Path;
using FhirOrchestrator.Tests.Support;

namespace FhirOrchestrator.Tests.Plans;

/// <summary>
/// The package's start conditions over the 100 synthetic patients, against a count that knows nothing of FHIRPath.
/// </summary>
internal sealed class SyntheaTests
{
    [Test]
    public void Start_Synthea_AsManyStaysAsAPlainCountFinds()
    {
        var folder = SharedFolder.Path("data/synthea/smart-100/bundles");
        var counted = new HashSet<string>(StringComparer.Ordinal);
        var started = new HashSet<string>(StringComparer.Ordinal);
        var reasons = new SortedDictionary<string, int>(StringComparer.Ordinal);
        var stays = 0;
        foreach (var file in Directory.EnumerateFiles(folder, "*.json.gz"))
        {
            var bytes = Unzip(file);
            stays += Count(bytes, counted);
            Match(bytes, started, reasons);
        }

        TestContext.Out.WriteLine(
            $"{counted.Count} of {stays} inpatient stays eligible by the plain count, {started.Count} by the package");
        TestContext.Out.WriteLine(string.Join(", ", reasons.Select(reason => $"{reason.Key} {reason.Value}")));
        Assert.That(started, Is.EquivalentTo(counted));
        Assert.That(started, Is.Not.Empty);
    }

    // Plain JSON: inpatient, finished, with an end, no part of another, the patient not deceased.
    private static int Count(byte[] bundle, HashSet<string> eligible)
    {
        using var document = JsonDocument.Parse(bundle);
        var resources = document.RootElement.GetProperty("entry").EnumerateArray()
            .Select(entry => entry.GetProperty("resource")).ToList();
        var patient = resources.Single(each => each.GetProperty("resourceType").GetString() == "Patient");
        var isDeceased = patient.TryGetProperty("deceasedDateTime", out _)
            || (patient.TryGetProperty("deceasedBoolean", out var flag) && flag.GetBoolean());
        var stays = resources.Where(each => each.GetProperty("resourceType").GetString() == "Encounter"
            && each.GetProperty("class").GetProperty("code").GetString() is "IMP" or "ACUTE" or "NONAC").ToList();
        foreach (var stay in stays)
        {
            if (stay.GetProperty("status").GetString() == "finished"
                && stay.GetProperty("period").TryGetProperty("end", out _)
                && !stay.TryGetProperty("partOf", out _) && !isDeceased)
            {
                eligible.Add(stay.GetProperty("id").GetString() ?? "");
            }
        }

        return stays.Count;
    }

    private static void Match(byte[] bundle, HashSet<string> started, SortedDictionary<string, int> reasons)
    {
        var root = (ObjectNode)JsonText.Read(bundle).Value!;
        var resources = root.Children("entry").Select(entry => Resource.From(entry["resource"])!).ToList();
        var patient = PathItem.Of(resources.Single(each => each.Type == "Patient"));
        foreach (var stay in resources.Where(each => each.Type == "Encounter" && IsDelivered(each)))
        {
            var focus = PathItem.Of(stay);
            var context = new PathContext { Now = DateTimeOffset.UnixEpoch }.With("trigger", focus)
                .With("patient", patient);
            var failed = OwnPackages.Discharge.Starts.Single().Conditions
                .FirstOrDefault(condition => !condition.Expression.IsTrue(focus, context));
            var reason = failed?.Reason ?? "started";
            reasons[reason] = reasons.GetValueOrDefault(reason) + 1;
            if (failed is null)
            {
                started.Add(stay.Id!);
            }
        }
    }

    // What the package's criteria deliver.
    private static bool IsDelivered(Resource encounter) =>
        encounter.Root.Child("class")?.Text("code") is "IMP" or "ACUTE" or "NONAC";

    private static byte[] Unzip(string file)
    {
        using var stream = new GZipStream(File.OpenRead(file), CompressionMode.Decompress);
        using var memory = new MemoryStream();
        stream.CopyTo(memory);
        return memory.ToArray();
    }
}
