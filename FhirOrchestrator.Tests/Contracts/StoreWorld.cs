using FhirOrchestrator.Storage.Memory;
using FhirOrchestrator.Storage.Postgres;
using FhirOrchestrator.Storage;
using FhirOrchestrator.Tests.Support;

namespace FhirOrchestrator.Tests.Contracts;

/// <summary>A store of one kind, whose clock a test sets forward.</summary>
internal abstract class StoreWorld : IAsyncDisposable
{
    public abstract IChainStore Chains { get; }

    public abstract IInbox Inbox { get; }

    public abstract IRegistrations Registrations { get; }

    public abstract Task AdvanceAsync(TimeSpan by);

    /// <summary>Forgets everything: a fixture has one store, a test an empty one.</summary>
    public abstract Task EmptyAsync();

    public abstract ValueTask DisposeAsync();
}

/// <summary>The store in PostgreSQL, in a database of the test's own.</summary>
internal sealed class PostgresWorld : StoreWorld
{
    private PostgresWorld(TestDatabase database)
    {
        Database = database;
        var wake = new WakeBoard(TimeProvider.System);
        Chains = new PostgresChainStore(database.Source, wake);
        Inbox = new PostgresInbox(database.Source, wake);
        Registrations = new PostgresRegistrations(database.Source);
    }

    public TestDatabase Database { get; }

    public override IChainStore Chains { get; }

    public override IInbox Inbox { get; }

    public override IRegistrations Registrations { get; }

    public static async Task<StoreWorld> CreateAsync() => new PostgresWorld(await TestDatabase.CreateAsync());

    public override Task AdvanceAsync(TimeSpan by) => Database.AdvanceAsync(by);

    public override Task EmptyAsync() => Database.EmptyAsync();

    public override ValueTask DisposeAsync() => Database.DisposeAsync();
}

/// <summary>The store in memory, over a clock that stands still.</summary>
internal sealed class MemoryWorld : StoreWorld
{
    private readonly StandingTime _time = new();
    private IChainStore _chains;
    private IInbox _inbox;
    private IRegistrations _registrations;

    private MemoryWorld() => (_chains, _inbox, _registrations) = CreateStores(_time);

    public override IChainStore Chains => _chains;

    public override IInbox Inbox => _inbox;

    public override IRegistrations Registrations => _registrations;

    public static Task<StoreWorld> CreateAsync() => Task.FromResult<StoreWorld>(new MemoryWorld());

    public override Task AdvanceAsync(TimeSpan by)
    {
        _time.Now += by;
        return Task.CompletedTask;
    }

    public override Task EmptyAsync()
    {
        (_chains, _inbox, _registrations) = CreateStores(_time);
        return Task.CompletedTask;
    }

    public override ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private static (IChainStore Chains, IInbox Inbox, IRegistrations Registrations) CreateStores(TimeProvider time)
    {
        var tables = new MemoryTables(time, new WakeBoard(time));
        return (new MemoryChainStore(tables), new MemoryInbox(tables), new MemoryRegistrations(tables));
    }

    private sealed class StandingTime : TimeProvider
    {
        public DateTimeOffset Now { get; set; } = new(2026, 11, 20, 8, 0, 0, TimeSpan.Zero);

        public override DateTimeOffset GetUtcNow() => Now;
    }
}
