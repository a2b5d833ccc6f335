using System.Globalization;
using System.Text.Json.Nodes;

namespace FhirOrchestrator.Tests.EndToEnd;

/// <summary>Made-up charts: people and stays with ids that the test chooses.</summary>
internal static class Chart
{
    private const string Home = "01";

    public static JsonObject Practitioner(string id, string family) => new()
    {
        ["resourceType"] = "Practitioner", ["id"] = id, ["name"] = Names(family, "Gert"),
    };

    /// <summary>A patient with a medical record number and a general practitioner.</summary>
    public static JsonObject Patient(string id, string family, string practitioner) => new()
    {
        ["resourceType"] = "Patient",
        ["id"] = id,
        ["identifier"] = new JsonArray(new JsonObject
        {
            ["type"] = new JsonObject { ["coding"] = new JsonArray(new JsonObject { ["code"] = "MR" }) },
            ["value"] = $"MRN-{id}",
            ["assigner"] = new JsonObject { ["display"] = "Test hospital" },
        }),
        ["name"] = Names(family, "Pat"),
        ["birthDate"] = "1961-02-03",
        ["generalPractitioner"] = new JsonArray(Reference($"Practitioner/{practitioner}")),
    };

    /// <summary>A stay that began three days ago and goes on.</summary>
    public static JsonObject Stay(string id, string patient) => new()
    {
        ["resourceType"] = "Encounter",
        ["id"] = id,
        ["status"] = "in-progress",
        ["class"] = new JsonObject
        {
            ["system"] = "http://terminology.hl7.org/CodeSystem/v3-ActCode", ["code"] = "IMP",
        },
        ["subject"] = Reference($"Patient/{patient}"),
        ["period"] = new JsonObject { ["start"] = Instant(TimeProvider.System.GetUtcNow() - TimeSpan.FromDays(3)) },
    };

    /// <summary>Admits patients with a practitioner: Patient/p1, Encounter/e1 and so on, in one transaction.</summary>
    public static async Task AdmitAsync(FhirClient ehr, int count, string family, CancellationToken ct, int first = 1)
    {
        JsonObject[] resources =
        [
            Practitioner("gp", $"{family}-GP"),
            .. Enumerable.Range(first, count).SelectMany(number => new[]
            {
                Patient($"p{number}", $"{family}-{number}", "gp"), Stay($"e{number}", $"p{number}"),
            }),
        ];
        var bundle = new JsonObject
        {
            ["resourceType"] = "Bundle",
            ["type"] = "transaction",
            ["entry"] = new JsonArray([.. resources.Select(resource => new JsonObject
            {
                ["resource"] = resource,
                ["request"] = new JsonObject
                {
                    ["method"] = "PUT", ["url"] = $"{resource["resourceType"]}/{resource["id"]}",
                },
            })]),
        };
        (await ehr.PostBundleAsync(bundle, ct)).Expect();
    }

    /// <summary>Discharges home, now.</summary>
    public static Task<JsonObject> DischargeAsync(FhirClient ehr, string encounter, CancellationToken ct) =>
        ehr.ChangeAsync(
            $"Encounter/{encounter}",
            stay =>
            {
                stay["status"] = "finished";
                stay["period"]!["end"] = Instant(TimeProvider.System.GetUtcNow());
                stay["hospitalization"] = new JsonObject
                {
                    ["dischargeDisposition"] = new JsonObject
                    {
                        ["coding"] = new JsonArray(new JsonObject
                        {
                            ["system"] = "https://www.nubc.org/CodeSystem/PatDischargeStatus", ["code"] = Home,
                        }),
                    },
                };
            },
            ct);

    /// <summary>Completes a Task as a user of the EHR does, with the code that its step asks for.</summary>
    public static Task<JsonObject> CompleteAsync(FhirClient ehr, string task, string outcome, CancellationToken ct) =>
        ehr.ChangeAsync(
            $"Task/{task}",
            found =>
            {
                found["status"] = "completed";
                found["output"] = new JsonArray(new JsonObject
                {
                    ["type"] = new JsonObject
                    {
                        ["coding"] = new JsonArray(new JsonObject
                        {
                            ["system"] = "https://fhirorchestrator.dev/fhir/CodeSystem/output", ["code"] = "outcome",
                        }),
                    },
                    ["valueCodeableConcept"] = new JsonObject
                    {
                        ["coding"] = new JsonArray(new JsonObject
                        {
                            ["system"] = "https://fhirorchestrator.dev/fhir/CodeSystem/output", ["code"] = outcome,
                        }),
                    },
                });
            },
            ct);

    /// <summary>Chain, step and round of a resource that we wrote; empty parts where it is not one.</summary>
    public static (string Chain, string Step, string Round) Origin(JsonObject written)
    {
        var value = written["identifier"]?[0]?["value"]?.GetValue<string>() ?? "";
        return value.Split('/') is [var chain, var step, var round] ? (chain, step, round) : ("", "", "");
    }

    private static JsonArray Names(string family, string given) =>
        new(new JsonObject { ["use"] = "official", ["family"] = family, ["given"] = new JsonArray(given) });

    private static JsonObject Reference(string to) => new() { ["reference"] = to };

    private static string Instant(DateTimeOffset at) =>
        at.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}
