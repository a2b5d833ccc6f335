using System.Diagnostics;
using FhirOrchestrator.Access;
using FhirOrchestrator.Facts;
using FhirOrchestrator.Intake;
using FhirOrchestrator.Operations;
using FhirOrchestrator.Plans;
using FhirOrchestrator.Remote;
using FhirOrchestrator.Sandbox;
using FhirOrchestrator.Scenarios;
using FhirOrchestrator.Settings;
using FhirOrchestrator.Storage;
using FhirOrchestrator.Storage.Postgres;
using FhirOrchestrator.Subscriptions;
using FhirOrchestrator.Workers;
using FhirOrchestrator.Worklist;
using Microsoft.AspNetCore.DataProtection;
using Npgsql;

/// <summary>The server, put together.</summary>
internal partial class Program
{
    private static async Task<int> ServeAsync(WebApplicationBuilder builder, ServerSettings settings)
    {
        var started = Stopwatch.GetTimestamp();
        Configure(builder, settings);
        RequirePlaceToListen(settings);
        using var logs = LogsOfTheStart(builder);
        await using var database = await Database.OpenAsync(settings, logs, CancellationToken.None);
        await RefuseMixedChainsAsync(settings, database.Source);
        AddServer(builder, settings, database, await Installation.IdAsync(database.Source, CancellationToken.None));
        if (settings.UsesSandbox)
        {
            AddSandbox(builder, settings);
        }

        await using var app = builder.Build();
        await LoadPackagesAsync(app.Services, settings);
        app.UseMiddleware<LoopbackOnly>();
        app.UseMiddleware<StorageOutage>();
        MapServer(app);
        if (settings.UsesSandbox)
        {
            SandboxServices.Map(app);
        }

        app.Lifetime.ApplicationStarted.Register(() => SayWhereToLook(settings, started));
        await RunAsync(app, settings);
        return 0;
    }

    private static async Task RunAsync(WebApplication app, ServerSettings settings)
    {
        try
        {
            await app.StartAsync();
        }
        catch (InvalidOperationException refused) when (IsOfTheWebServer(refused))
        {
            var places = string.Join(';', settings.Urls);
            throw new StartException($"expected to listen on {places}, got: {refused.Message}");
        }

        await app.WaitForShutdownAsync();
    }

    // https without a certificate, most likely; anything else is a bug of ours and looks like one.
    private static bool IsOfTheWebServer(InvalidOperationException refused) =>
        refused.Source?.StartsWith("Microsoft.AspNetCore.Server.Kestrel", StringComparison.Ordinal) == true;

    private static void Configure(WebApplicationBuilder builder, ServerSettings settings)
    {
        builder.WebHost.UseUrls([.. settings.Urls]);
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.AddServerHeader = false);
        builder.Logging.ClearProviders().AddSimpleConsole(console => console.SingleLine = true);
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddSingleton(settings);
        builder.Services.AddSingleton(settings.Sweeps);
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromSeconds(15));
    }

    private static void RequirePlaceToListen(ServerSettings settings)
    {
        if (ListeningPlaces.FindProblem(settings.Urls) is { } problem)
        {
            throw new StartException(problem);
        }
    }

    // Before the host exists: what the private cluster has to say.
    private static ILoggerFactory LogsOfTheStart(WebApplicationBuilder builder) => LoggerFactory.Create(log => log
        .AddConfiguration(builder.Configuration.GetSection("Logging"))
        .AddSimpleConsole(console => console.SingleLine = true));

    private static void AddServer(
        WebApplicationBuilder builder, ServerSettings settings, Database database, Guid installation)
    {
        var services = builder.Services;
        services.AddRazorComponents();

        // The pages protect nothing with keys yet: none are left on the disk, and nobody is warned of that.
        services.AddDataProtection().UseEphemeralDataProtectionProvider();
        services
            .AddSingleton(database.Source)
            // The first: it gives back what a dead process claimed before any loop claims.
            .AddHostedService<Presence>()
            .AddSingleton(new InstallationId(installation))
            .AddSingleton<WakeBoard>()
            .AddSingleton<IChainStore, PostgresChainStore>()
            .AddSingleton<IInbox, PostgresInbox>()
            .AddSingleton<IRegistrations, PostgresRegistrations>()
            .AddSingleton<WorkList>()
            .AddSingleton<PackageSources>()
            .AddSingleton(provider => new PackageShelf(FindStoredPackage(provider, settings)))
            .AddSingleton(provider => new EhrClients(
                settings.EhrsInForce, provider.GetRequiredService<TimeProvider>()))
            .AddSingleton<Func<WantedSubscriptions>>(provider =>
            {
                var shelf = provider.GetRequiredService<PackageShelf>();
                return () => new WantedSubscriptions(shelf.Current, shelf.Broken);
            })
            .AddSingleton<WorklistReader>()
            .AddSingleton<WorklistWriter>()
            .AddSingleton<WorklistEhrs>()
            .AddSingleton<OperationsReader>()
            .AddSubscriptions()
            .AddIntake()
            .AddHostedService<WakeListener>()
            .AddWorkers();
    }

    private static void MapServer(WebApplication app)
    {
        HealthDoors.Map(app);
        HookEndpoints.Map(app);
        WorklistDoors.Map(app);
        OperationsDoors.Map(app);
    }

    // Chains of the make-believe hospital beside those of real patients would be found in one worklist.
    private static async Task RefuseMixedChainsAsync(ServerSettings settings, NpgsqlDataSource source)
    {
        if (!settings.UsesSandbox
            && await Installation.HoldsChainsOfAsync(source, EhrId.Sandbox, CancellationToken.None))
        {
            throw new StartException(
                "expected a database without sandbox chains for a configured EHR, got one that has run the sandbox "
                + "hospital. Begin a clean one: set another DataFolder, or an empty database in ConnectionStrings.");
        }
    }

    private static Func<string, CancellationToken, Task<WorkflowPackage?>> FindStoredPackage(
        IServiceProvider provider, ServerSettings settings) =>
        async (hash, ct) =>
        {
            var stored = await provider.GetRequiredService<PackageSources>().FindAsync(hash, ct);
            return stored is { } found
                ? PackageFolder.Compile(found.Name, found.Files, hash, settings.Workflows.Folder)
                : null;
        };

    private static async Task LoadPackagesAsync(IServiceProvider services, ServerSettings settings)
    {
        var loaded = PackageFolder.LoadAll(settings.Workflows.Folder);
        foreach (var line in loaded.Lines())
        {
            await Console.Error.WriteLineAsync($"package: {line}");
        }

        var sources = services.GetRequiredService<PackageSources>();
        foreach (var package in loaded.Packages)
        {
            await sources.KeepAsync(
                package.Definition.Plan.ContentHash, package.Name, package.Files, CancellationToken.None);
        }

        services.GetRequiredService<PackageShelf>().Replace(
            loaded.Packages, loaded.Broken, [.. loaded.Problems.Select(problem => problem.ToString())]);
    }

    private static void SayWhereToLook(ServerSettings settings, long started)
    {
        var url = settings.Urls[0].TrimEnd('/');
        var took = Stopwatch.GetElapsedTime(started).TotalSeconds;
        Console.Out.WriteLine($"FhirOrchestrator is ready after {took:0.0} s.");
        Console.Out.WriteLine($"  worklist  {url}/");
        if (settings.UsesSandbox)
        {
            Console.Out.WriteLine(
                $"  hospital  {url}/sandbox      (a patient is discharged by itself in a few seconds)");
            Console.Out.WriteLine($"  EHR       {url}/sandbox/fhir");
        }

        Console.Out.WriteLine($"  health    {url}/health/ready");
        Console.Out.WriteLine("Ctrl-C stops everything; a second start goes on where this one stopped.");
    }

    private static async Task<int> CheckAsync(ServerSettings settings)
    {
        var loaded = PackageFolder.LoadAll(settings.Workflows.Folder);
        foreach (var line in loaded.Lines())
        {
            await Console.Error.WriteLineAsync(line);
        }

        await Console.Out.WriteLineAsync(
            $"{loaded.Packages.Length} packages are well, {loaded.Problems.Length} problems.");
        var haveAllPassed = await PlayScenariosAsync(loaded.Packages);
        return loaded.Problems.IsEmpty && haveAllPassed ? 0 : 1;
    }

    private static async Task<bool> PlayScenariosAsync(ImmutableArray<WorkflowPackage> packages)
    {
        var (passed, failed) = (0, 0);
        foreach (var package in packages)
        {
            foreach (var result in await ScenarioRunner.RunAllAsync(package, CancellationToken.None))
            {
                _ = result.Passed ? passed++ : failed++;
                if (!result.Passed)
                {
                    await Console.Error.WriteLineAsync(string.Join("; ", result.Problems));
                }
            }
        }

        await Console.Out.WriteLineAsync($"{passed} scenarios passed, {failed} failed");
        return failed == 0;
    }
}
