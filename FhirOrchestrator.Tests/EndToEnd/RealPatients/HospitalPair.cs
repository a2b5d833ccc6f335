using System.Text.Json.Nodes;
using FhirOrchestrator.Tests.Support;
using FhirOrchestrator.Tests.Tidy;
using Npgsql;

namespace FhirOrchestrator.Tests.EndToEnd.RealPatients;

/// <summary>How the two processes are set up.</summary>
internal sealed record PairSetup
{
    /// <summary>The kind by which the server takes the sandbox: decides form and payload of notifications.</summary>
    public string Kind { get; init; } = "sandbox";

    /// <summary>True: chains start whatever the age of the discharge.</summary>
    public bool LiftsStartWindow { get; init; } = true;

    /// <summary>
    /// How late a notification may be before its change counts as lost. Long where none is lost: on a busy machine a
    /// short one would let the sweep overtake them.
    /// </summary>
    public TimeSpan SweepGrace { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>Further settings of the server.</summary>
    public string[] Settings { get; init; } = [];
}

/// <summary>
/// A sandbox EHR and a server as two processes with a database each, on loopback: the server knows the sandbox only as
/// an ordinary configured EHR.
/// </summary>
internal sealed class HospitalPair : IAsyncDisposable
{
    private readonly TestDatabase _ehrDatabase;
    private readonly TestDatabase _database;
    private readonly string _folder;
    private readonly PairSetup _setup;
    private readonly int _port;

    private HospitalPair(TestDatabase ehrDatabase, TestDatabase database, string folder, PairSetup setup)
    {
        (_ehrDatabase, _database, _folder, _setup) = (ehrDatabase, database, folder, setup);
        _port = FreePort.Next();
    }

    /// <summary>The sandbox EHR's process.</summary>
    public ServerProcess Ehr { get; private set; } = null!;

    /// <summary>The server's process.</summary>
    public ServerProcess Server { get; private set; } = null!;

    /// <summary>A client of the EHR, as its own users have one.</summary>
    public FhirClient Fhir { get; private set; } = null!;

    public static async Task<HospitalPair> StartAsync(PairSetup setup)
    {
        var pair = new HospitalPair(
            await TestDatabase.CreateAsync(), await TestDatabase.CreateAsync(), TestCluster.NewFolder(), setup);
        pair.CopyPackages();
        pair.Ehr = await ServerProcess.StartAsync(new ServerStart
        {
            Verb = "sandbox",
            Settings = [.. Connections(pair._ehrDatabase), "--Sandbox:Hospital=empty"],
        });
        pair.Fhir = new FhirClient(pair.Ehr.Http, new Uri(pair.Ehr.BaseUrl, "sandbox/fhir"));
        await pair.StartServerAsync();
        await Eventually.TrueAsync(
            "all subscriptions to be active", TimeSpan.FromSeconds(10), pair.AreSubscriptionsActiveAsync,
            () => pair.Server.Output);
        return pair;
    }

    /// <summary>Starts the server, again after a kill: the same port, the same database.</summary>
    public async Task StartServerAsync() => Server = await ServerProcess.StartAsync(new ServerStart
    {
        Port = _port,
        Settings =
        [
            .. Connections(_database),
            $"--Workflows:Folder={Path.Combine(_folder, "subscriptions")}",
            "--Ehrs:0:Name=main",
            $"--Ehrs:0:BaseUrl={new Uri(Ehr.BaseUrl, "sandbox/fhir")}",
            $"--Ehrs:0:Kind={_setup.Kind}",
            "--Ehrs:0:Writes=all",
            "--Sweeps:Every=00:00:03",
            $"--Sweeps:Grace={_setup.SweepGrace}",
            .. _setup.Settings,
        ],
    });

    /// <summary>Loads patients by transactions over HTTP; returns how many resources.</summary>
    public async Task<int> LoadAsync(int patients, string[]? types, CancellationToken ct)
    {
        var resources = 0;
        foreach (var bundle in SyntheaFiles.Read(patients, types))
        {
            resources += bundle["entry"]!.AsArray().Count;
            (await Fhir.PostBundleAsync(bundle, ct)).Expect();
        }

        return resources;
    }

    /// <summary>One number from the server's own database.</summary>
    public async Task<long> CountAsync(string sql)
    {
        await using var command = _database.Source.CreateCommand(sql);
        return (long)(await command.ExecuteScalarAsync() ?? 0L);
    }

    /// <summary>Two columns of text from the server's own database.</summary>
    public async Task<List<(string Key, string Value)>> RowsAsync(string sql)
    {
        await using var command = _database.Source.CreateCommand(sql);
        await using NpgsqlDataReader reader = await command.ExecuteReaderAsync();
        var rows = new List<(string, string)>();
        while (await reader.ReadAsync())
        {
            rows.Add((reader.GetString(0), reader.GetString(1)));
        }

        return rows;
    }

    /// <summary>Waits until nothing is queued: announcements, jobs, publications.</summary>
    public Task QuietAsync(TimeSpan expected) => Eventually.TrueAsync(
        "all queues to be empty",
        expected,
        async ct => await CountAsync(
            """
            SELECT (SELECT count(*) FROM orchestrator.inbox_queue) + (SELECT count(*) FROM orchestrator.job)
                + (SELECT count(*) FROM orchestrator.publish)
                + (SELECT count(*) FROM orchestrator.letter WHERE verdict IS NULL)
            """) == 0 && !ct.IsCancellationRequested,
        () => Tail(Server.Output));

    public async ValueTask DisposeAsync()
    {
        foreach (var process in new[] { Server, Ehr })
        {
            if (process is not null)
            {
                await process.DisposeAsync();
            }
        }

        await _database.DisposeAsync();
        await _ehrDatabase.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    private static string Tail(string output) => output.Length > 6000 ? output[^6000..] : output;

    private static string[] Connections(TestDatabase database) =>
    [
        $"--ConnectionStrings:Orchestrator={database.RuntimeConnectionString}",
        $"--ConnectionStrings:Migrator={database.MigratorConnectionString}",
    ];

    private async Task<bool> AreSubscriptionsActiveAsync(CancellationToken ct)
    {
        var health = HttpJson.Parse(await Server.Http.PageAsync("health/ready", ct));
        var wanted = health["subscriptions"]!.GetValue<int>();
        return wanted > 0 && health["subscriptionsActive"]!.GetValue<int>() == wanted;
    }

    private void CopyPackages()
    {
        foreach (var name in new[] { "subscriptions", "profiles" })
        {
            var from = Path.Combine(Repository.Root, name);
            foreach (var file in Directory.EnumerateFiles(from, "*", SearchOption.AllDirectories))
            {
                var to = Path.Combine(_folder, name, Path.GetRelativePath(from, file));
                Directory.CreateDirectory(Path.GetDirectoryName(to)!);
                File.Copy(file, to);
            }
        }

        if (_setup.LiftsStartWindow)
        {
            var packages = Path.Combine(_folder, "subscriptions");
            foreach (var plan in Directory.EnumerateFiles(packages, "plan.json", SearchOption.AllDirectories))
            {
                LiftStartWindow(plan);
            }
        }
    }

    // The stays of the data ended from 1947 on: the window counts from now, whatever the stay's end.
    private static void LiftStartWindow(string path)
    {
        var plan = JsonNode.Parse(File.ReadAllText(path))!;
        foreach (var extension in plan["action"]![0]!["extension"]!.AsArray())
        {
            if (extension!["url"]!.GetValue<string>().EndsWith("/start-window", StringComparison.Ordinal))
            {
                var instant = extension["extension"]!.AsArray()
                    .First(part => part!["url"]!.GetValue<string>() == "instant");
                instant!["valueExpression"]!["expression"] = "now()";
            }
        }

        File.WriteAllText(path, plan.ToJsonString());
    }
}
