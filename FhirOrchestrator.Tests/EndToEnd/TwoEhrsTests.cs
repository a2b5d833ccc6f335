using System.Collections.Immutable;
using System.Text;
using System.Text.Json.Nodes;

namespace FhirOrchestrator.Tests.EndToEnd;

/// <summary>Two EHRs that give the same ids to different people.</summary>
internal sealed class TwoEhrsTests
{
    private const int People = 8;

    private static readonly ImmutableArray<(string Ehr, string Family)> Sides =
        [("north", "Nilsson"), ("south", "Suarez")];

    private Stage stage = null!;

    [OneTimeSetUp]
    public async Task SetStage()
    {
        stage = await Stage.SetAsync(["north", "south"]);
        foreach (var (ehr, family) in Sides)
        {
            await Chart.AdmitAsync(stage[ehr].Fhir, People, family, CancellationToken.None);
        }
    }

    [OneTimeTearDown]
    public async Task StrikeStage() => await (stage?.DisposeAsync() ?? ValueTask.CompletedTask);

    [Test]
    [CancelAfter(300_000)]
    public async Task TwoEhrs_SameIdsDifferentPeople_NothingCrosses(CancellationToken ct)
    {
        await Task.WhenAll(Sides.SelectMany(side => Enumerable.Range(1, People)
            .Select(number => Chart.DischargeAsync(stage[side.Ehr].Fhir, $"e{number}", ct))));
        foreach (var (ehr, _) in Sides)
        {
            await Eventually.TrueAsync(
                $"the Tasks and notices at {ehr}",
                TimeSpan.FromSeconds(15),
                async token => await stage[ehr].Fhir.CountAsync("Task", token) == People * 3
                    && await stage[ehr].Fhir.CountAsync("Communication?status=completed", token) == People,
                () => stage.Server.Output);
        }

        Assert.That(await CrossingsAsync(ct), Is.Empty);
        var chains = await stage.CountAsync("chain");
        var keys = await stage.Database.ReadAsync<long>(
            "SELECT count(DISTINCT business_key) FROM orchestrator.chain_key");
        TestContext.Out.WriteLine($"{chains} chains with {keys} different business keys at two EHRs");
        Assert.That(chains, Is.EqualTo(People * 2));
        Assert.That(await stage.CountAsync("chain_key"), Is.EqualTo(People * 2));

        await CompleteInTheNorthAsync(ct);
        Assert.That(await CrossingsAsync(ct), Is.Empty);
    }

    [Test]
    [CancelAfter(300_000)]
    public async Task Hook_OfOneEhrToldOfAnothersStay_StartsNothing(CancellationToken ct)
    {
        // It exists in the south only; the north's hook is told of it with the whole resource.
        await stage["south"].Fhir.UpdateAsync(Chart.Patient("only-south", "Suarez-only", "gp"), ct);
        var stay = Chart.Stay("only-south", "only-south");
        await stage["south"].Fhir.UpdateAsync(stay, ct);
        stay["status"] = "finished";
        stay["period"]!["end"] = stay["period"]!["start"]!.GetValue<string>();
        var hook = await stage.HookAsync("north");

        var status = await stage.Server.Http.PostBytesAsync(
            hook.Path, Encoding.UTF8.GetBytes(stay.ToJsonString()), "application/fhir+json", ct, hook.Secret);

        Assert.That(status, Is.EqualTo(200));
        await Eventually.TrueAsync(
            "a verdict on it",
            TimeSpan.FromSeconds(5),
            async _ => await stage.CountAsync("verdict WHERE ehr = 'north' AND id = 'only-south'") > 0
                || await stage.CountAsync("inbox_queue") == 0,
            () => stage.Server.Output);
        Assert.That(await stage.CountAsync("chain WHERE ehr = 'north' AND business_key LIKE '%only-south%'"), Is.Zero);
        Assert.That(await stage["north"].Fhir.CountAsync("Task?encounter=Encounter/only-south", ct), Is.Zero);
    }

    /// <summary>One chain of the north is worked off at its EHR; its twin in the south must not notice.</summary>
    private async Task CompleteInTheNorthAsync(CancellationToken ct)
    {
        const string twins = "chain WHERE ehr = 'south'";
        var before = await stage.Database.ReadAsync<decimal>($"SELECT sum(revision) FROM orchestrator.{twins}");
        var south = await stage.TasksAsync(stage["south"].Fhir, "e1", 3);
        foreach (var task in await stage.TasksAsync(stage["north"].Fhir, "e1", 3))
        {
            var outcome = Chart.Origin(task).Step switch
            {
                "follow-up-call" => "reached-well",
                "medication-reconciliation" => "no-discrepancy",
                _ => "declined",
            };
            await Chart.CompleteAsync(stage["north"].Fhir, task["id"]!.GetValue<string>(), outcome, ct);
        }

        await Eventually.TrueAsync(
            "the closing Communication in the north",
            TimeSpan.FromSeconds(10),
            async token => await stage["north"].Fhir.CountAsync(
                "Communication?encounter=Encounter/e1&status=completed", token) == 2,
            () => stage.Server.Output);
        Assert.That(await stage["south"].Fhir.CountAsync("Communication", ct), Is.EqualTo(People));
        foreach (var task in south)
        {
            var now = (await stage["south"].Fhir.ReadAsync($"Task/{task["id"]}", ct)).Expect();
            Assert.That(now.ToJsonString(), Is.EqualTo(task.ToJsonString()), "the twin's Task was touched");
        }

        Assert.That(
            await stage.Database.ReadAsync<decimal>($"SELECT sum(revision) FROM orchestrator.{twins}"),
            Is.EqualTo(before),
            "a chain of the south moved");
        TestContext.Out.WriteLine("the chain completed in the north moved none of the south's");
    }

    /// <summary>Every trace of one EHR's people or chains in what belongs to the other.</summary>
    private async Task<ImmutableArray<string>> CrossingsAsync(CancellationToken ct)
    {
        var crossings = ImmutableArray.CreateBuilder<string>();
        var looked = 0;
        foreach (var ((ehr, family), (_, stranger)) in Sides.Zip(Sides.Reverse()))
        {
            var own = (await stage.Database.ReadAsync<string[]>(
                $"SELECT array_agg(chain::text) FROM orchestrator.chain_key WHERE ehr = '{ehr}'")).ToHashSet();
            JsonObject[] written =
            [
                .. await stage[ehr].Fhir.SearchAsync("Task?_count=200", ct),
                .. await stage[ehr].Fhir.SearchAsync("Communication?_count=200", ct),
            ];
            foreach (var resource in written)
            {
                var (chain, step, _) = Chart.Origin(resource);
                var text = resource.ToJsonString();
                looked++;
                if (!own.Contains(chain) || text.Contains(stranger, StringComparison.Ordinal))
                {
                    crossings.Add($"{ehr} holds {chain}/{step}");
                }

                if (resource["resourceType"]!.GetValue<string>() == "Communication"
                    && !text.Contains(NameOf(resource, family), StringComparison.Ordinal))
                {
                    crossings.Add($"{ehr}: {chain}/{step} does not name its own patient");
                }
            }

            // What the chains know: the dossiers and the bodies sent.
            foreach (var table in (string[])["chain_input", "written"])
            {
                var bodies = await stage.Database.ReadAsync<string[]>(
                    $"SELECT array_agg(convert_from(body, 'UTF8')) FROM orchestrator.{table} WHERE ehr = '{ehr}'");
                looked += bodies.Length;
                crossings.AddRange(bodies.Where(body => body.Contains(stranger, StringComparison.Ordinal))
                    .Select(_ => $"{table} of {ehr} knows somebody of the other"));
            }
        }

        TestContext.Out.WriteLine($"{looked} resources and bodies looked at, {crossings.Count} crossings");
        return crossings.ToImmutable();
    }

    // Patient/p7 is Nilsson-7 in the north.
    private static string NameOf(JsonObject communication, string family) =>
        $"{family}-{communication["subject"]!["reference"]!.GetValue<string>()["Patient/p".Length..]}";
}
