using FhirOrchestrator.Bench;
using FhirOrchestrator.Settings;
using FhirOrchestrator.Storage;
using FhirOrchestrator.Storage.Cluster;
using FhirOrchestrator.Subscriptions;

// The verbs. What each is made of stands in Program.Serve.cs and Program.Sandbox.cs.
var invocation = CommandLine.Read(args);
if (invocation.Verb is Verb.Say say)
{
    await (say.ExitCode == 0 ? Console.Out : Console.Error).WriteLineAsync(say.Words);
    return say.ExitCode;
}

if (invocation.Verb is Verb.Later later)
{
    await Console.Error.WriteLineAsync(later.Words);
    return CommandLine.ExitWrongUse;
}

if (invocation.Verb is Verb.Bench bench)
{
    var figures = FhirBench.Run(TimeProvider.System);
    await Console.Out.WriteLineAsync(bench.IsJson ? BenchReport.Json(figures) : BenchReport.Table(figures));
    return 0;
}

if (invocation.Verb is Verb.Digest digest)
{
    return await DigestAsync(digest.Folder);
}

var (builder, settings) = ReadSettings(invocation.Settings);
if (settings is null)
{
    return CommandLine.ExitWrongUse;
}

try
{
    return invocation.Verb switch
    {
        Verb.Serve => await ServeAsync(builder, settings),
        Verb.Sandbox => await SandboxAsync(builder, settings),
        Verb.Check => await CheckAsync(settings),
        Verb.Migrate => await MigrateAsync(settings),
        _ => throw new System.Diagnostics.UnreachableException(),
    };
}
catch (IOException taken) when (taken.InnerException is Microsoft.AspNetCore.Connections.AddressInUseException)
{
    await Console.Error.WriteLineAsync(
        $"{taken.Message} Stop what listens there, or set another --Urls=http://localhost:PORT.");
    return 1;
}
catch (Exception refused) when (refused is ClusterException or SchemaException or StartException)
{
    await Console.Error.WriteLineAsync(refused.Message);
    return 1;
}

/// <summary>The composition root: verbs, and what each is put together from.</summary>
internal partial class Program
{
    private static (WebApplicationBuilder Builder, ServerSettings? Settings) ReadSettings(
        ImmutableArray<string> arguments)
    {
        // Whatever the framework would read itself is cleared: the settings have one reader, which refuses mistakes.
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { Args = [] });
        var environment = builder.Environment;
        SettingsSources.Use(
            builder.Configuration, AppContext.BaseDirectory, environment.ContentRootPath, environment.EnvironmentName,
            arguments);
        var surroundings = new SettingsSurroundings(
            environment.ContentRootPath, KindProfiles.Load().Names, TimeProvider.System.GetUtcNow());
        switch (SettingsReader.Read(builder.Configuration, surroundings))
        {
            case SettingsResult.Ready ready:
                foreach (var warning in ready.Warnings)
                {
                    Console.Error.WriteLine($"warning: {warning}");
                }

                return (builder, ready.Settings);
            case SettingsResult.Refused refused:
                Console.Error.WriteLine(refused.ToString());
                return (builder, null);
            default:
                throw new System.Diagnostics.UnreachableException();
        }
    }

    private static async Task<int> MigrateAsync(ServerSettings settings)
    {
        if (settings.ConnectionStrings is not { Migrator: { } migrator, Orchestrator: { } runtime })
        {
            throw new StartException(
                "expected ConnectionStrings:Migrator (the login that owns the schema) and "
                + "ConnectionStrings:Orchestrator (the one that uses it) for the verb migrate, got none");
        }

        var login = new Npgsql.NpgsqlConnectionStringBuilder(runtime).Username
            ?? throw new StartException("expected a Username in ConnectionStrings:Orchestrator, got none");
        var applied = await Migrations.ApplyAsync(migrator, login, CancellationToken.None);
        await Console.Out.WriteLineAsync($"{applied} migrations applied; the schema is up to date.");
        return 0;
    }
}

/// <summary>The server cannot start as it is asked to; the message says what to do.</summary>
internal sealed class StartException(string message) : Exception(message);
