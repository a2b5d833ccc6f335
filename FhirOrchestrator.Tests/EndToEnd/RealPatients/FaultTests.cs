using System.Text.Json.Nodes;

namespace FhirOrchestrator.Tests.EndToEnd.RealPatients;

/// <summary>
/// The same counts whatever the form of notifications, whatever their publisher does to them, and whoever kills the
/// server. Twenty patients here; the whole matrix with all hundred by hand.
/// </summary>
internal sealed class FaultTests
{
    private const string Plan = "https://fhirorchestrator.dev/fhir/PlanDefinition/discharge-follow-up";
    private const string Chains =
        "(SELECT plan, business_key, started_by FROM orchestrator.chain "
        + $"UNION ALL SELECT plan, business_key, started_by FROM orchestrator.chain_done) c WHERE plan = '{Plan}'";

    private static readonly string[] Kinds =
        ["sandbox", "sandbox-empty", "sandbox-full", "sandbox-classic", "sandbox-classic-empty"];

    [TestCaseSource(nameof(Kinds))]
    [CancelAfter(1_200_000)]
    public async Task EveryNotificationTwiceAndAFifthOutOfOrder_SameCounts(string kind, CancellationToken ct)
    {
        var mischief = new JsonObject { ["duplicates"] = true, ["reorderPercent"] = 20, ["seed"] = 7 };
        var run = await RunAsync(new FaultRun(kind, 20, SyntheaFiles.Few) { Mischief = mischief }, ct);
        Assert.That(run.BySweep, Is.Empty, "started by the sweep");
    }

    [TestCase("sandbox")]
    [CancelAfter(1_200_000)]
    public async Task FivePercentDropped_SameCountsAndExactlyTheDroppedBySweep(string kind, CancellationToken ct)
    {
        var mischief = new JsonObject { ["dropPercent"] = 5, ["seed"] = 11 };
        var run = await RunAsync(new FaultRun(kind, 20, SyntheaFiles.Few) { Mischief = mischief }, ct);
        Assert.That(run.BySweep, Is.EquivalentTo(run.Dropped), "started by the sweep: the dropped ones");
    }

    [Test]
    [CancelAfter(1_200_000)]
    public async Task ServerKilledFiveTimes_SameCounts(CancellationToken ct) =>
        await RunAsync(new FaultRun("sandbox", 20, SyntheaFiles.Few) { Kills = 5 }, ct);

    [Test]
    [Explicit("by hand: the whole matrix with all patients and all their resources, about half an hour")]
    public async Task Matrix_AllPatients_SameCounts(
        [ValueSource(nameof(Kinds))] string kind,
        [Values("plain", "twice", "dropped", "killed")] string fault)
    {
        var ct = TestContext.CurrentContext.CancellationToken;
        var mischief = fault switch
        {
            "twice" => new JsonObject { ["duplicates"] = true, ["reorderPercent"] = 20, ["seed"] = 7 },
            "dropped" => new JsonObject { ["dropPercent"] = 5, ["seed"] = 11 },
            _ => null,
        };
        var run = await RunAsync(
            new FaultRun(kind, 100, null) { Mischief = mischief, Kills = fault == "killed" ? 5 : 0 }, ct);
        if (fault != "dropped" && fault != "killed")
        {
            Assert.That(run.BySweep, Is.Empty, "started by the sweep");
        }
    }

    private static async Task<FaultCounts> RunAsync(FaultRun run, CancellationToken ct)
    {
        await using var pair = await HospitalPair.StartAsync(Setup(run));
        var practitioner = new JsonObject { ["resourceType"] = "Practitioner", ["id"] = "the-new-gp" };
        (await pair.Fhir.UpdateAsync(practitioner, ct)).Expect();
        if (run.Mischief is not null)
        {
            using var content = HttpJson.Content(run.Mischief, "application/json");
            using var told = await pair.Ehr.Http.PostAsync("sandbox/misbehave", content, ct);
            Assert.That(told.IsSuccessStatusCode, await told.Content.ReadAsStringAsync(ct));
        }

        await pair.LoadAsync(run.Patients, run.Types, ct);
        var encounters = await pair.Fhir.SearchAsync("Encounter?class=IMP&_count=500", ct);
        var eligible = SyntheaFiles.Eligible(encounters, await pair.Fhir.SearchAsync("Patient?_count=500", ct));
        var readmitted = SyntheaFiles.Readmitted(eligible, encounters).Count;
        var coordinator = new Coordinator(pair.Fhir);
        for (var kill = 0; kill < run.Kills; kill++)
        {
            await KillInTheMidstAsync(pair, kill + 1, eligible.Count, coordinator, ct);
        }

        await WorkUntilAllAreDoneAsync(pair, coordinator, eligible.Count, ct);
        var chains = await pair.RowsAsync($"SELECT business_key, started_by FROM {Chains}");
        var counts = new FaultCounts(
            [.. chains.Where(chain => chain.Value == "sweep").Select(chain => chain.Key).Order(StringComparer.Ordinal)],
            await DroppedAsync(pair, eligible, ct));
        await TestContext.Out.WriteLineAsync(
            $"{run.Kind}: {chains.Count} chains of {eligible.Count} eligible stays, "
            + $"{counts.BySweep.Count} by the sweep ({counts.Dropped.Count} of their notifications dropped), "
            + $"{run.Kills} kills");
        Assert.That(
            chains.Select(chain => chain.Key), Is.EquivalentTo(eligible.Select(stay => $"Encounter/{stay["id"]}")));
        await Effects.CheckAsync(pair, chains.Count - readmitted, readmitted, ct);
        return counts;
    }

    private static PairSetup Setup(FaultRun run)
    {
        var lossless = new PairSetup { Kind = run.Kind };
        return run.Kills > 0 || run.Mischief?["dropPercent"] is not null
            ? lossless with { SweepGrace = TimeSpan.FromSeconds(15) }
            : lossless;
    }

    // Killed while chains start, while Tasks are made, and while they are completed.
    private static async Task KillInTheMidstAsync(
        HospitalPair pair, int kill, int eligible, Coordinator coordinator, CancellationToken ct)
    {
        var least = Math.Min(eligible, eligible * kill / 5);
        await Eventually.TrueAsync(
            $"{least} chains before kill {kill}", TimeSpan.FromSeconds(30),
            async _ => await pair.CountAsync("SELECT count(*) FROM orchestrator.chain_key") >= least - 1);
        if (kill > 2)
        {
            await coordinator.WorkAsync(ct);
        }

        await pair.Server.KillAsync();
        await pair.StartServerAsync();
    }

    private static async Task WorkUntilAllAreDoneAsync(
        HospitalPair pair, Coordinator coordinator, int eligible, CancellationToken ct) =>
        await Eventually.TrueAsync(
            $"{eligible} chains to start and to end",
            TimeSpan.FromSeconds(90),
            async _ =>
            {
                await coordinator.WorkAsync(ct);
                return await pair.CountAsync($"SELECT count(*) FROM {Chains}") >= eligible
                    && await pair.CountAsync("SELECT count(*) FROM orchestrator.chain") == 0;
            },
            () => pair.Server.Output[^Math.Min(4000, pair.Server.Output.Length)..]);

    private static async Task<IReadOnlyList<string>> DroppedAsync(
        HospitalPair pair, IReadOnlyList<JsonObject> eligible, CancellationToken ct)
    {
        var report = HttpJson.Parse(await pair.Ehr.Http.PageAsync("sandbox/misbehave", ct));
        var wanted = eligible.Select(stay => $"Encounter/{stay["id"]}").ToHashSet(StringComparer.Ordinal);
        return [.. report["dropped"]!.AsArray()
            .Select(version => version!.GetValue<string>().Split("/_history/")[0])
            .Where(wanted.Contains).Distinct().Order(StringComparer.Ordinal)];
    }
}

/// <summary>One run under faults.</summary>
/// <param name="Kind">The kind by which the sandbox is taken.</param>
/// <param name="Types">The types to load; null: all.</param>
internal sealed record FaultRun(string Kind, int Patients, string[]? Types)
{
    /// <summary>What the publisher is told to do wrong; null: nothing.</summary>
    public JsonObject? Mischief { get; init; }

    /// <summary>How often the server is killed.</summary>
    public int Kills { get; init; }
}

/// <summary>What a run came to.</summary>
internal sealed record FaultCounts(IReadOnlyList<string> BySweep, IReadOnlyList<string> Dropped);
