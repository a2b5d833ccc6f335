using System.Text.Json.Nodes;

namespace FhirOrchestrator.Tests.EndToEnd.RealPatients;

/// <summary>
/// A coordinator who works in the EHR: looks for open Tasks and completes them over FHIR REST, with what each has to
/// say.
/// </summary>
internal sealed class Coordinator(FhirClient fhir)
{
    private const string Outputs = "https://fhirorchestrator.dev/fhir/CodeSystem/output";
    private const string Activities = "https://fhirorchestrator.dev/fhir/CodeSystem/activity";

    // What the coordinator says for each activity: the ordinary course, so that the chains come to their ends.
    private static readonly Dictionary<string, string> Outcomes = new(StringComparer.Ordinal)
    {
        ["confirm-location"] = "home",
        ["identify-pcp"] = "identified",
        ["medication-reconciliation"] = "no-discrepancy",
        ["follow-up-call"] = "reached-well",
        ["pcp-appointment"] = "declined",
        ["handover"] = "received",
        ["triage"] = "accept",
        ["referral-fulfil"] = "taken-on",
        ["schedule"] = "declined",
        ["summary-without-pcp"] = "given",
        ["tell-requester"] = "told",
    };

    /// <summary>How many Tasks were completed so far.</summary>
    public int Completed { get; private set; }

    /// <summary>Completes every open Task; returns how many there were.</summary>
    public async Task<int> WorkAsync(CancellationToken ct)
    {
        var open = await fhir.SearchAsync("Task?status=requested,accepted,in-progress,ready&_count=200", ct);
        foreach (var batch in open.Chunk(4))
        {
            await Task.WhenAll(batch.Select(task => CompleteAsync(task, ct)));
        }

        return open.Length;
    }

    private async Task CompleteAsync(JsonObject found, CancellationToken ct)
    {
        await fhir.ChangeAsync(
            $"Task/{found["id"]}",
            task =>
            {
                if (task["status"]!.GetValue<string>() is "completed" or "cancelled" or "entered-in-error")
                {
                    return;
                }

                var activity = ActivityOf(task);
                var output = new JsonArray(Output("outcome", "valueCodeableConcept", new JsonObject
                {
                    ["coding"] = new JsonArray(new JsonObject { ["code"] = OutcomeOf(activity) }),
                }));
                if (activity == "identify-pcp")
                {
                    output.Add(Output("Practitioner", "valueReference", new JsonObject
                    {
                        ["reference"] = "Practitioner/the-new-gp",
                    }));
                }

                task["status"] = "completed";
                task["output"] = output;
                Completed++;
            },
            ct);
    }

    private static string OutcomeOf(string activity) => Outcomes.TryGetValue(activity, out var outcome)
        ? outcome
        : throw new AssertionException($"expected an activity of the ordinary course, got '{activity}'");

    private static string ActivityOf(JsonObject task) => task["code"]!["coding"]!.AsArray()
        .First(coding => coding!["system"]!.GetValue<string>() == Activities)!["code"]!.GetValue<string>();

    private static JsonObject Output(string type, string element, JsonObject value) => new()
    {
        ["type"] = new JsonObject
        {
            ["coding"] = new JsonArray(new JsonObject { ["system"] = Outputs, ["code"] = type }),
        },
        [element] = value,
    };
}
