using System.Collections.Immutable;
using FhirOrchestrator.Tests.Support;

namespace FhirOrchestrator.Tests.EndToEnd;

/// <summary>An empty sandbox EHR as a process of its own, on a database of its own.</summary>
internal sealed class Hospital : IAsyncDisposable
{
    private readonly TestDatabase database;

    private Hospital(string name, int port, TestDatabase database, ServerProcess process)
    {
        this.database = database;
        Name = name;
        Process = process;
        Fhir = new FhirClient(process.Http, BaseUrl(port));
    }

    /// <summary>The name under which a server knows it.</summary>
    public string Name { get; }

    public ServerProcess Process { get; }

    public FhirClient Fhir { get; }

    /// <summary>Opens it; on a port chosen before, where a server was told of it before.</summary>
    public static async Task<Hospital> OpenAsync(string name, int port = 0)
    {
        var chosen = port == 0 ? FreePort.Next() : port;
        var own = await TestDatabase.CreateAsync();
        try
        {
            var process = await ServerProcess.StartAsync(new ServerStart
            {
                Verb = "sandbox",
                Port = chosen,
                Settings = [.. Connections(own), "--Sandbox:Hospital=empty"],
            });
            return new Hospital(name, chosen, own, process);
        }
        catch
        {
            await own.DisposeAsync();
            throw;
        }
    }

    /// <summary>The FHIR base of a sandbox on a port.</summary>
    public static Uri BaseUrl(int port) => new($"http://localhost:{port}/sandbox/fhir");

    /// <summary>The settings by which a server uses a test's database.</summary>
    public static ImmutableArray<string> Connections(TestDatabase database) =>
    [
        $"--ConnectionStrings:Orchestrator={database.RuntimeConnectionString}",
        $"--ConnectionStrings:Migrator={database.MigratorConnectionString}",
    ];

    /// <summary>The settings by which a server knows it; null in <paramref name="writes"/>: nobody said so.</summary>
    public ImmutableArray<string> Settings(int number, string? writes = "all") =>
        Settings(number, Name, Process.Port, writes);

    public static ImmutableArray<string> Settings(int number, string name, int port, string? writes = "all") =>
    [
        $"--Ehrs:{number}:Name={name}",
        $"--Ehrs:{number}:BaseUrl={BaseUrl(port)}",
        $"--Ehrs:{number}:Kind=sandbox",
        .. writes is null ? ImmutableArray<string>.Empty : [$"--Ehrs:{number}:Writes={writes}"],
    ];

    public async ValueTask DisposeAsync()
    {
        await Process.DisposeAsync();
        await database.DisposeAsync();
    }
}
