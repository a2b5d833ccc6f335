using FhirOrchestrator.Sandbox;
using FhirOrchestrator.Sandbox.Publisher;
using FhirOrchestrator.Storage.Resources;
using FhirOrchestrator.Tests.Support;

namespace FhirOrchestrator.Tests.Sandbox.Publisher;

/// <summary>Over memory.</summary>
internal sealed class MemoryPublisherTests : PublisherContract
{
    private MemoryRecords? _records;

    protected override Task<(IRecords Records, IPublisherLedger Ledger)> MakeAsync()
    {
        _records = new MemoryRecords(TimeProvider.System);
        return Task.FromResult<(IRecords, IPublisherLedger)>((_records, new MemoryLedger()));
    }

    protected override Task DeleteAsync(string type, string id)
    {
        _records!.Delete(type, id);
        return Task.CompletedTask;
    }
}

/// <summary>Over PostgreSQL, as the sandbox runs.</summary>
internal sealed class SqlPublisherTests : PublisherContract
{
    private TestDatabase? _database;
    private ResourceStore? _store;

    [TearDown]
    public async Task DropDatabase()
    {
        if (_database is not null)
        {
            await _database.DisposeAsync();
        }
    }

    protected override async Task<(IRecords Records, IPublisherLedger Ledger)> MakeAsync()
    {
        _database = await TestDatabase.CreateAsync();
        _store = new ResourceStore(_database.Source, "sandbox");
        return (new StoreRecords(_store), new SqlLedger(_database.Source));
    }

    protected override Task DeleteAsync(string type, string id) =>
        _store!.WriteAsync([new ResourceWrite.Delete(type, id)], CancellationToken.None);
}
