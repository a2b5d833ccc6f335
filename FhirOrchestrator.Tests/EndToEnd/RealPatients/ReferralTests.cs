using System.Text.Json.Nodes;

namespace FhirOrchestrator.Tests.EndToEnd.RealPatients;

/// <summary>A hundred referrals and thirty decoys.</summary>
internal sealed class ReferralTests
{
    private const string Plan = "https://fhirorchestrator.dev/fhir/PlanDefinition/referral-intake";
    private const int Referrals = 100;
    private static readonly string[] Decoys = ["lab", "do-not-perform", "proposal", "draft", "revoked"];
    private const int EachDecoy = 6;

    [Test]
    [CancelAfter(1_200_000)]
    public async Task Referrals_HundredAndThirtyDecoys_HundredChainsAndThirtyReasons(CancellationToken ct)
    {
        await using var pair = await HospitalPair.StartAsync(new PairSetup { LiftsStartWindow = false });
        await SeedAsync(pair.Fhir, ct);
        var referrals = new List<string>();
        for (var at = 0; at < Referrals; at++)
        {
            referrals.Add(await OrderAsync(pair.Fhir, at, decoy: null, ct));
        }

        var decoys = new List<string>();
        for (var at = 0; at < Decoys.Length * EachDecoy; at++)
        {
            decoys.Add(await OrderAsync(pair.Fhir, at, Decoys[at % Decoys.Length], ct));
        }

        await Eventually.TrueAsync(
            "a verdict about every request", TimeSpan.FromSeconds(60),
            async _ => await pair.CountAsync(
                "SELECT count(DISTINCT id) FROM orchestrator.verdict WHERE type = 'ServiceRequest'")
                >= Referrals + decoys.Count);
        await pair.QuietAsync(TimeSpan.FromSeconds(60));

        var chains = await pair.RowsAsync(
            $"SELECT business_key, started_by FROM orchestrator.chain WHERE plan = '{Plan}'");
        var reasons = await pair.RowsAsync(
            "SELECT id, reason FROM orchestrator.verdict "
            + $"WHERE type = 'ServiceRequest' AND kind = 'not-matched' AND plan = '{Plan}'");
        var triage = await pair.Fhir.SearchAsync("Task?_count=500", ct);
        await TestContext.Out.WriteLineAsync(
            $"{chains.Count} chains of {Referrals} referrals, {triage.Length} triage Tasks; {decoys.Count} decoys: "
            + string.Join(", ", reasons.GroupBy(row => row.Value).Select(group => $"{group.Count()} {group.Key}")));
        Assert.That(chains.Select(chain => chain.Value), Is.All.EqualTo("notification"));
        Assert.That(
            chains.Select(chain => chain.Key.Split('/')[^1]),
            Is.EquivalentTo(referrals),
            "one chain for each referral");
        Assert.That(reasons.Select(row => row.Key), Is.EquivalentTo(decoys), "one reason for each decoy");
        Assert.That(triage, Has.Length.EqualTo(Referrals), "a triage Task each");
        Assert.That(Effects.Twice(triage), Is.Empty);
    }

    private static async Task SeedAsync(FhirClient fhir, CancellationToken ct)
    {
        for (var at = 0; at < 10; at++)
        {
            (await fhir.UpdateAsync(
                new JsonObject { ["resourceType"] = "Patient", ["id"] = $"p{at}", ["birthDate"] = "1970-01-01" },
                ct)).Expect();
        }

        (await fhir.UpdateAsync(new JsonObject { ["resourceType"] = "Practitioner", ["id"] = "gp" }, ct)).Expect();
    }

    private static async Task<string> OrderAsync(FhirClient fhir, int at, string? decoy, CancellationToken ct)
    {
        var isLab = decoy == "lab";
        var order = new JsonObject
        {
            ["resourceType"] = "ServiceRequest",
            ["status"] = decoy is "draft" or "revoked" ? decoy : "active",
            ["intent"] = decoy == "proposal" ? "proposal" : "order",
            ["category"] = new JsonArray(new JsonObject
            {
                ["coding"] = new JsonArray(new JsonObject
                {
                    ["system"] = "http://snomed.info/sct", ["code"] = isLab ? "108252007" : "3457005",
                }),
            }),
            ["code"] = new JsonObject { ["text"] = isLab ? "Blood count" : "Cardiology" },
            ["priority"] = new[] { "routine", "urgent", "asap", "stat" }[at % 4],
            ["subject"] = new JsonObject { ["reference"] = $"Patient/p{at % 10}" },
            ["requester"] = new JsonObject { ["reference"] = "Practitioner/gp" },
            ["authoredOn"] = TimeProvider.System.GetUtcNow().ToString("o"),
        };
        if (decoy == "do-not-perform")
        {
            order["doNotPerform"] = true;
        }

        return (await fhir.CreateAsync(order, ct)).Expect()["id"]!.GetValue<string>();
    }
}
