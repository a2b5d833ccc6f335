namespace FhirOrchestrator.Tests.Contracts;

internal sealed class PostgresChainStoreTests : ChainStoreContract
{
    protected override Task<StoreWorld> CreateAsync() => PostgresWorld.CreateAsync();
}

internal sealed class MemoryChainStoreTests : ChainStoreContract
{
    protected override Task<StoreWorld> CreateAsync() => MemoryWorld.CreateAsync();
}

internal sealed class PostgresChainQueuesTests : ChainQueuesContract
{
    protected override Task<StoreWorld> CreateAsync() => PostgresWorld.CreateAsync();
}

internal sealed class MemoryChainQueuesTests : ChainQueuesContract
{
    protected override Task<StoreWorld> CreateAsync() => MemoryWorld.CreateAsync();
}

internal sealed class PostgresInboxTests : InboxContract
{
    protected override Task<StoreWorld> CreateAsync() => PostgresWorld.CreateAsync();
}

internal sealed class MemoryInboxTests : InboxContract
{
    protected override Task<StoreWorld> CreateAsync() => MemoryWorld.CreateAsync();
}

internal sealed class PostgresRegistrationsTests : RegistrationsContract
{
    protected override Task<StoreWorld> CreateAsync() => PostgresWorld.CreateAsync();
}

internal sealed class MemoryRegistrationsTests : RegistrationsContract
{
    protected override Task<StoreWorld> CreateAsync() => MemoryWorld.CreateAsync();
}

internal sealed class PostgresChainAgesTests : ChainAgesContract
{
    protected override Task<StoreWorld> CreateAsync() => PostgresWorld.CreateAsync();
}

internal sealed class MemoryChainAgesTests : ChainAgesContract
{
    protected override Task<StoreWorld> CreateAsync() => MemoryWorld.CreateAsync();
}
