namespace FhirOrchestrator.Tests.Contracts;

/// <summary>A suite that every store passes: one store a fixture, an empty one a test.</summary>
internal abstract class StoreContract
{
    protected StoreWorld World { get; private set; } = null!;

    protected abstract Task<StoreWorld> CreateAsync();

    [OneTimeSetUp]
    public async Task CreateWorld() => World = await CreateAsync();

    [SetUp]
    public Task EmptyWorld() => World.EmptyAsync();

    [OneTimeTearDown]
    public async Task DisposeWorld() => await World.DisposeAsync();
}
