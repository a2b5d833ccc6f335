using System.Collections.Immutable;
using System.Text.Json.Nodes;

namespace FhirOrchestrator.Tests.EndToEnd.RealPatients;

/// <summary>
/// Mid-run, five patients each whose discharge is reversed or voided, who are readmitted, die, or are merged into
/// another record: nothing open stays on them, and no message follows but corrections.
/// </summary>
internal sealed class HardDaysTests
{
    private static readonly string[] Days = ["reversed", "voided", "readmitted", "died", "merged"];
    private const int Each = 5;

    // A voided stay that the general practitioner was told of: somebody makes sure that the correction arrived.
    private const string CorrectionCheck = "correction-check";

    [Test]
    [CancelAfter(1_200_000)]
    public async Task HardDays_MidRun_NoOpenTaskAndNoMessageButCorrections(CancellationToken ct)
    {
        await using var pair = await HospitalPair.StartAsync(new PairSetup());
        await pair.LoadAsync(100, SyntheaFiles.Few, ct);
        var stays = await OneRunningStayAPatientAsync(pair, ct);
        await pair.QuietAsync(TimeSpan.FromSeconds(60));
        var before = await MessagesAsync(pair, ct);

        foreach (var (at, stay) in stays.Take(Days.Length * Each).Index())
        {
            await HappenAsync(pair.Fhir, Days[at / Each], stay, ct);
        }

        var hit = stays.Take(Days.Length * Each).Select(PatientOf).ToHashSet(StringComparer.Ordinal);
        await NoneAsync(pair, "running", hit);
        await OperatorVoidsHeldChainsAsync(pair, ct);
        await NoneAsync(pair, "held", hit);
        await pair.QuietAsync(TimeSpan.FromSeconds(60));
        var open = await OpenTasksAsync(pair, hit, ct);
        var after = (await MessagesAsync(pair, ct))
            .Where(message => hit.Contains(message["subject"]!["reference"]!.GetValue<string>()))
            .ExceptBy(before.Select(message => message["id"]!.ToString()), message => message["id"]!.ToString())
            .ToList();
        await Report(pair, hit.Count, open.Count, after);

        Assert.That(hit, Has.Count.EqualTo(Days.Length * Each), "patients");
        Assert.That(open, Is.Empty, "open Tasks");
        Assert.That(after.Select(Effects.StepOf), Is.All.EqualTo("correction"), "messages after the event");
        Assert.That(after.Select(message => message["inResponseTo"]), Is.All.Not.Null, "what is corrected");
    }

    private static async Task Report(HospitalPair pair, int patients, int open, List<JsonObject> after)
    {
        var ends = await pair.RowsAsync(
            """
            SELECT coalesce(convert_from(state, 'UTF8')::json -> 'reason' ->> 'value', phase), count(*)::text
            FROM (SELECT phase, state FROM orchestrator.chain_done UNION ALL
                SELECT phase, state FROM orchestrator.chain WHERE phase = 'stopping') c GROUP BY 1 ORDER BY 1
            """);
        await TestContext.Out.WriteLineAsync(
            $"{patients} patients with a hard day: {open} open Tasks on them, {after.Count} messages afterwards, all "
            + "corrections; ended or ending chains: "
            + string.Join(", ", ends.Select(row => $"{row.Value} {row.Key}")));
    }

    private static Task NoneAsync(HospitalPair pair, string phase, HashSet<string> patients) => Eventually.TrueAsync(
        $"no {phase} chain of these patients", TimeSpan.FromSeconds(10),
        async _ => await pair.CountAsync(
            "SELECT count(*) FROM orchestrator.chain "
            + $"WHERE phase = '{phase}' AND patient IN ('{string.Join("','", patients)}')") == 0,
        () => pair.Server.Output);

    // Patients with one eligible stay: then every open Task on them is of the chain that is looked at.
    private static async Task<ImmutableArray<JsonObject>> OneRunningStayAPatientAsync(
        HospitalPair pair, CancellationToken ct)
    {
        var encounters = await pair.Fhir.SearchAsync("Encounter?class=IMP&_count=500", ct);
        var patients = await pair.Fhir.SearchAsync("Patient?_count=500", ct);
        var eligible = SyntheaFiles.Eligible(encounters, patients);
        var back = SyntheaFiles.Readmitted(eligible, encounters).Select(stay => stay["id"]!.ToString()).ToHashSet();
        var running = eligible.GroupBy(PatientOf).Where(stays => stays.Count() == 1).Select(stays => stays.First())
            .Where(stay => !back.Contains(stay["id"]!.ToString())).ToImmutableArray();
        await Eventually.TrueAsync(
            "a chain for each eligible stay", TimeSpan.FromSeconds(60),
            async _ => await pair.CountAsync("SELECT count(*) FROM orchestrator.chain_key") >= eligible.Count);
        Assert.That(
            running, Has.Length.GreaterThanOrEqualTo(Days.Length * Each), "the data have too few patients for this");
        return running;
    }

    private static string PatientOf(JsonObject stay) => stay["subject"]!["reference"]!.GetValue<string>();

    private static Task HappenAsync(FhirClient fhir, string day, JsonObject stay, CancellationToken ct) => day switch
    {
        "reversed" => fhir.ChangeAsync($"Encounter/{stay["id"]}", encounter =>
        {
            encounter["status"] = "in-progress";
            encounter["period"]!.AsObject().Remove("end");
        }, ct),
        "voided" => fhir.ChangeAsync(
            $"Encounter/{stay["id"]}", encounter => encounter["status"] = "entered-in-error", ct),
        "readmitted" => fhir.CreateAsync(new JsonObject
        {
            ["resourceType"] = "Encounter",
            ["status"] = "in-progress",
            ["class"] = stay["class"]!.DeepClone(),
            ["subject"] = stay["subject"]!.DeepClone(),
            ["period"] = new JsonObject { ["start"] = TimeProvider.System.GetUtcNow().ToString("o") },
        }, ct),
        "died" => fhir.ChangeAsync(
            PatientOf(stay),
            patient => patient["deceasedDateTime"] = TimeProvider.System.GetUtcNow().ToString("o"),
            ct),
        "merged" => MergeAsync(fhir, PatientOf(stay), ct),
        _ => throw new ArgumentOutOfRangeException(nameof(day), day, "no such day"),
    };

    private static async Task MergeAsync(FhirClient fhir, string patient, CancellationToken ct)
    {
        var survivor = (await fhir.CreateAsync(
            new JsonObject { ["resourceType"] = "Patient", ["active"] = true }, ct)).Expect();
        await fhir.ChangeAsync(
            patient,
            merged =>
            {
                merged["active"] = false;
                merged["link"] = new JsonArray(new JsonObject
                {
                    ["other"] = new JsonObject { ["reference"] = $"Patient/{survivor["id"]}" },
                    ["type"] = "replaced-by",
                });
            },
            ct);
    }

    // A merged patient's chain is held until a person decides: here an operator voids it on our screen.
    private static async Task OperatorVoidsHeldChainsAsync(HospitalPair pair, CancellationToken ct)
    {
        List<(string Chain, string Place)> held = [];
        await Eventually.TrueAsync(
            $"{Each} held chains of merged patients", TimeSpan.FromSeconds(30),
            async _ =>
            {
                held = await pair.RowsAsync(
                    """
                    SELECT DISTINCT ON (c.id) c.id::text, w.step || '|' || w.round FROM orchestrator.chain c
                    JOIN orchestrator.work_item w ON w.chain = c.id WHERE c.phase = 'held' ORDER BY c.id
                    """);
                return held.Count >= Each;
            },
            () => pair.Server.Output);
        foreach (var (chain, place) in held)
        {
            var address = new Uri(pair.Server.BaseUrl, $"chains/{chain}");
            using var request = new HttpRequestMessage(HttpMethod.Post, address);
            request.Headers.Add("Cookie", "persona=Operator");
            request.Content = new FormUrlEncodedContent(new Dictionary<string, string>(StringComparer.Ordinal)
            {
                ["step"] = place.Split('|')[0],
                ["round"] = place.Split('|')[1],
                ["act"] = "void",
                ["reason"] = "merged record",
            });
            using var answer = await pair.Server.Http.SendAsync(request, ct);
            Assert.That((int)answer.StatusCode, Is.LessThan(400), await answer.Content.ReadAsStringAsync(ct));
        }
    }

    private static async Task<List<JsonObject>> OpenTasksAsync(
        HospitalPair pair, HashSet<string> patients, CancellationToken ct)
    {
        var open = await pair.Fhir.SearchAsync(
            "Task?status=draft,requested,received,accepted,ready,in-progress,on-hold&_count=500", ct);
        return [.. open.Where(task => patients.Contains(task["for"]!["reference"]!.GetValue<string>()))
            .Where(task => Effects.StepOf(task) != CorrectionCheck)];
    }

    private static async Task<ImmutableArray<JsonObject>> MessagesAsync(HospitalPair pair, CancellationToken ct) =>
        await pair.Fhir.SearchAsync("Communication?_count=500", ct);
}
