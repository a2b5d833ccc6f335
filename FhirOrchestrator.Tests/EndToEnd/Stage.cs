using System.Collections.Immutable;
using System.Text.Json.Nodes;
using FhirOrchestrator.Tests.Support;

namespace FhirOrchestrator.Tests.EndToEnd;

/// <summary>A hook of the server under test: what an EHR was given.</summary>
internal sealed record Hook(string Token, string Secret)
{
    public string Path => $"hooks/{Token}";
}

/// <summary>A server with its hospitals, each a process of its own on a database of its own.</summary>
internal sealed class Stage : IAsyncDisposable
{
    private readonly ImmutableArray<Hospital> hospitals;

    private Stage(ImmutableArray<Hospital> hospitals, TestDatabase database, ServerProcess server)
    {
        this.hospitals = hospitals;
        Database = database;
        Server = server;
    }

    /// <summary>The server's database.</summary>
    public TestDatabase Database { get; }

    public ServerProcess Server { get; }

    /// <summary>The only hospital's EHR.</summary>
    public FhirClient Ehr => hospitals.Single().Fhir;

    /// <summary>The hospitals by their names.</summary>
    public Hospital this[string name] => hospitals.Single(each => each.Name == name);

    /// <summary>Sets it up and returns when every Subscription is active at every EHR.</summary>
    /// <param name="names">The hospitals.</param>
    /// <param name="writes">The setting Writes of each; null: not set.</param>
    /// <param name="settings">Further settings of the server.</param>
    public static async Task<Stage> SetAsync(
        ImmutableArray<string> names, string? writes = "all", ImmutableArray<string> settings = default)
    {
        var opened = ImmutableArray.CreateBuilder<Hospital>();
        TestDatabase? database = null;
        try
        {
            foreach (var name in names)
            {
                opened.Add(await Hospital.OpenAsync(name));
            }

            database = await TestDatabase.CreateAsync();
            var server = await ServerProcess.StartAsync(new ServerStart
            {
                Settings =
                [
                    .. Hospital.Connections(database),
                    .. opened.SelectMany((hospital, number) => hospital.Settings(number, writes)),
                    .. settings.IsDefault ? [] : settings,
                ],
            });
            var stage = new Stage(opened.ToImmutable(), database, server);
            await SubscribedAsync(server, names.Length);
            return stage;
        }
        catch
        {
            foreach (var hospital in opened)
            {
                await hospital.DisposeAsync();
            }

            await (database?.DisposeAsync() ?? ValueTask.CompletedTask);
            throw;
        }
    }

    /// <summary>Waits until every Subscription of the two packages is active at so many EHRs.</summary>
    public static Task SubscribedAsync(ServerProcess server, int ehrs, int seconds = 10) => Eventually.TrueAsync(
        "all Subscriptions to be active",
        TimeSpan.FromSeconds(seconds),
        async ct =>
        {
            var health = HttpJson.Parse(await server.Http.PageAsync("health/ready", ct));
            return health["subscriptionsActive"]!.GetValue<int>() == 6 * ehrs;
        },
        () => server.Output);

    /// <summary>The hook that an EHR was given for the stays.</summary>
    public async Task<Hook> HookAsync(string ehr, string name = "subscription-encounter")
    {
        var found = await Database.ReadAsync<string>(
            $"""
            SELECT token || ' ' || secret FROM orchestrator.registration
            WHERE ehr = '{ehr}' AND package = 'discharge-follow-up' AND name = '{name}'
            """);
        return found.Split(' ') is [var token, var secret]
            ? new Hook(token, secret)
            : throw new AssertionException("expected a token and a secret, got something else");
    }

    /// <summary>How many rows a table has, or those that a condition after it finds.</summary>
    public Task<long> CountAsync(string from) => Database.ReadAsync<long>($"SELECT count(*) FROM orchestrator.{from}");

    /// <summary>The Tasks about a stay at an EHR, as soon as there are so many.</summary>
    public Task<ImmutableArray<JsonObject>> TasksAsync(FhirClient ehr, string encounter, int count) => TasksAsync(
        ehr, encounter, count, () => Server.Output);

    public static async Task<ImmutableArray<JsonObject>> TasksAsync(
        FhirClient ehr, string encounter, int count, Func<string> seen)
    {
        var found = await Eventually.SomeAsync(
            $"{count} Tasks about Encounter/{encounter}",
            TimeSpan.FromSeconds(5),
            async ct => await ehr.SearchAsync($"Task?encounter=Encounter/{encounter}&_count=200", ct) is { } tasks
                && tasks.Length >= count ? new StrongBox(tasks) : null,
            seen);
        return found.Tasks;
    }

    public async ValueTask DisposeAsync()
    {
        await Server.DisposeAsync();
        await Database.DisposeAsync();
        foreach (var hospital in hospitals)
        {
            await hospital.DisposeAsync();
        }
    }

    private sealed record StrongBox(ImmutableArray<JsonObject> Tasks);
}
