using System.IO.Compression;
using System.Text.Json.Nodes;
using FhirOrchestrator.Tests.Support;

namespace FhirOrchestrator.Tests.EndToEnd.RealPatients;

/// <summary>
/// The synthetic patients as transactions for the sandbox EHR, read without anything of the product's.
/// </summary>
internal static class SyntheaFiles
{
    private const string Folder = "data/synthea/smart-100/bundles";

    /// <summary>The types that matter to the workflows; everything else only costs time.</summary>
    public static readonly string[] Few = ["Patient", "Practitioner", "Organization", "Encounter"];

    /// <summary>
    /// The first patients by file name, a transaction each; every second one gets one of the bundle's practitioners as
    /// general practitioner, because the data have none.
    /// </summary>
    /// <param name="count">How many patients, 100 at most.</param>
    /// <param name="types">The types to keep; null: all.</param>
    public static IEnumerable<JsonObject> Read(int count, string[]? types)
    {
        var files = Directory.GetFiles(SharedFolder.Path(Folder), "*.json.gz")
            .Order(StringComparer.Ordinal).Take(count);
        foreach (var (at, file) in files.Index())
        {
            using var packed = new GZipStream(File.OpenRead(file), CompressionMode.Decompress);
            var bundle = JsonNode.Parse(packed)!.AsObject();
            if (types is not null)
            {
                Keep(bundle, types);
            }

            if (at % 2 == 0)
            {
                GiveGeneralPractitioner(bundle);
            }

            yield return bundle;
        }
    }

    /// <summary>
    /// The stays that the workflow is for, counted from the resources by their definition: inpatient, finished, with an
    /// end, of a patient who is not deceased.
    /// </summary>
    public static IReadOnlyList<JsonObject> Eligible(
        IReadOnlyCollection<JsonObject> encounters, IReadOnlyCollection<JsonObject> patients)
    {
        var living = patients
            .Where(patient =>
                patient["deceasedDateTime"] is null && patient["deceasedBoolean"]?.GetValue<bool>() != true)
            .Select(patient => $"Patient/{patient["id"]}")
            .ToHashSet(StringComparer.Ordinal);
        return [.. Inpatient(encounters).Where(stay =>
            stay["status"]?.GetValue<string>() == "finished"
            && stay["period"]?["end"] is not null
            && living.Contains(stay["subject"]!["reference"]!.GetValue<string>()))];
    }

    /// <summary>The inpatient stays.</summary>
    public static IEnumerable<JsonObject> Inpatient(IEnumerable<JsonObject> encounters) =>
        encounters.Where(stay => stay["class"]?["code"]?.GetValue<string>() == "IMP");

    /// <summary>
    /// Stays whose patient came back within 30 days: their chains stop at once, because the patient is (or was) in
    /// house again.
    /// </summary>
    public static IReadOnlyList<JsonObject> Readmitted(
        IReadOnlyList<JsonObject> eligible, IReadOnlyCollection<JsonObject> encounters)
    {
        var stays = Inpatient(encounters).ToList();
        return [.. eligible.Where(stay => stays.Any(other =>
            other["id"]!.ToString() != stay["id"]!.ToString()
            && other["subject"]!["reference"]!.ToString() == stay["subject"]!["reference"]!.ToString()
            && At(other, "start") >= At(stay, "end")
            && At(other, "start") <= At(stay, "end").AddDays(30)))];
    }

    private static DateTimeOffset At(JsonObject stay, string name) => stay["period"]![name]!.GetValue<DateTimeOffset>();

    private static void Keep(JsonObject bundle, string[] types)
    {
        var entries = bundle["entry"]!.AsArray();
        for (var at = entries.Count - 1; at >= 0; at--)
        {
            if (!types.Contains(entries[at]!["resource"]!["resourceType"]!.GetValue<string>()))
            {
                entries.RemoveAt(at);
            }
        }

        // What was left out cannot be referred to.
        foreach (var entry in entries)
        {
            (entry!["resource"] as JsonObject)?.Remove("diagnosis");
        }
    }

    private static void GiveGeneralPractitioner(JsonObject bundle)
    {
        var entries = bundle["entry"]!.AsArray();
        var practitioner = entries.First(entry => TypeOf(entry) == "Practitioner")!["fullUrl"]!.GetValue<string>();
        var patient = entries.First(entry => TypeOf(entry) == "Patient")!["resource"]!.AsObject();
        patient["generalPractitioner"] = new JsonArray(new JsonObject { ["reference"] = practitioner });
    }

    private static string TypeOf(JsonNode? entry) => entry!["resource"]!["resourceType"]!.GetValue<string>();
}
