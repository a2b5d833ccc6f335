using FhirOrchestrator.Chains;
using FhirOrchestrator.Storage.Postgres;
using FhirOrchestrator.Tests.Contracts;
using FhirOrchestrator.Tests.Support;
using Npgsql;

namespace FhirOrchestrator.Tests.Storage;

/// <summary>What the schema itself holds, whatever the code does.</summary>
internal sealed class SchemaTests
{
    private static readonly CancellationToken Ct = CancellationToken.None;

    private PostgresWorld _world = null!;

    private TestDatabase Database => _world.Database;

    [OneTimeSetUp]
    public async Task CreateWorld() => _world = (PostgresWorld)await PostgresWorld.CreateAsync();

    [SetUp]
    public Task EmptyWorld() => _world.EmptyAsync();

    [OneTimeTearDown]
    public async Task DisposeWorld() => await _world.DisposeAsync();

    [Test]
    public async Task Tables_ThatConcernPatients_HaveEhrSiteAndRowSecurity()
    {
        // Registrations and packages say nothing of patients; migration and installation neither.
        var open = await Database.ReadAsync<string[]>(
            """
            SELECT coalesce(array_agg(c.relname::text), '{}') FROM pg_class c
            WHERE c.relnamespace = 'orchestrator'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
                AND c.relname NOT IN ('migration', 'installation', 'test_clock', 'registration', 'package')
                AND NOT (c.relrowsecurity
                    AND EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = c.oid)
                    AND (SELECT count(*) FROM pg_attribute a WHERE a.attrelid = c.oid
                        AND a.attname IN ('ehr', 'site')) = 2)
            """);

        Assert.That(open, Is.Empty);
    }

    [Test]
    public async Task Session_WithSites_SeesOnlyTheirRows()
    {
        await _world.Chains.StartAsync("k");

        Assert.Multiple(async () =>
        {
            Assert.That(await CountChainsAsync("Organization/a,Organization/b"), Is.EqualTo(1));
            Assert.That(await CountChainsAsync("Organization/b"), Is.Zero);
            Assert.That(await CountChainsAsync(string.Empty), Is.EqualTo(1), "unset: the workers");
        });
    }

    [TestCase("DELETE FROM orchestrator.chain_key")]
    [TestCase("UPDATE orchestrator.chain_key SET business_key = ''")]
    [TestCase("UPDATE orchestrator.event SET body = ''")]
    [TestCase("DELETE FROM orchestrator.audit")]
    [TestCase("DELETE FROM orchestrator.inbox")]
    [TestCase("DELETE FROM orchestrator.inbox_seen")]
    [TestCase("DELETE FROM orchestrator.written")]
    [TestCase("UPDATE orchestrator.installation SET id = gen_random_uuid()")]
    [TestCase("SELECT count(*) FROM orchestrator.chain_done_default")]
    [TestCase("CREATE TABLE orchestrator.mine (id integer)")]
    [TestCase("ALTER TABLE orchestrator.chain DISABLE ROW LEVEL SECURITY")]
    public async Task RuntimeLogin_BeyondItsRights_IsRefused(string sql)
    {
        await using var command = Database.Source.CreateCommand(sql);

        var fault = await Assert.ThrowsAsync<PostgresException>(() => command.ExecuteNonQueryAsync());

        Assert.That(fault?.SqlState, Is.EqualTo(PostgresErrorCodes.InsufficientPrivilege));
    }

    [Test]
    public async Task Partitions_OfTheWeekToCome_ExistAndTakeTheRows()
    {
        await _world.Inbox.AppendAsync(Samples.Delivery("Encounter/1"), Ct);
        var place = await Database.ReadAsync<string>("SELECT tableoid::regclass::text FROM orchestrator.inbox");

        Assert.That(place, Does.Match("^orchestrator.inbox_\\d{8}$"));
        Assert.That(await Installation.EnsurePartitionsAsync(Database.Source, Ct), Is.Zero, "made by the migration");
    }

    [Test]
    public async Task Partitions_NotMadeInTime_CostNothing()
    {
        await Database.AdvanceAsync(TimeSpan.FromDays(30));
        await _world.Inbox.AppendAsync(Samples.Delivery("Encounter/1"), Ct);
        var place = await Database.ReadAsync<string>("SELECT tableoid::regclass::text FROM orchestrator.inbox");

        var made = await Installation.EnsurePartitionsAsync(Database.Source, Ct);
        var lease = await _world.Inbox.ClaimAsync(1, Samples.Lease, Ct);

        Assert.That(place, Is.EqualTo("orchestrator.inbox_default"));
        Assert.That(made, Is.GreaterThan(5));
        Assert.That(lease, Has.Length.EqualTo(1));
    }

    [Test]
    public async Task Change_EveryEvent_IsAuditedInItsTransaction()
    {
        var chain = await _world.Chains.StartAsync("k");
        var acted = new ChainEvent.TaskActed(
            Samples.Long, Samples.Call, 1, new TaskAction.Claim(), new Actor("Practitioner/1", "Ann"));
        await _world.Chains.ChangeAsync(Samples.Next(chain, acted));
        await using (var dropped = await _world.Chains.BeginAsync(chain.Id, Ct))
        {
            await dropped.SaveAsync(Samples.Next(await _world.Chains.RequireAsync("k")), Ct);
        }

        var trail = await Database.ReadAsync<string[]>(
            "SELECT array_agg(concat_ws(' ', revision, kind, step, actor, patient) ORDER BY number) FROM "
            + "orchestrator.audit");
        var events = await new WorkList(Database.Source).FindEventsAsync(chain.Id, Ct);

        Assert.That(trail, Is.EqualTo(["1 started Patient/1", "2 task-acted call Practitioner/1 Patient/1"]));
        Assert.That(events.Select(e => e.Happened), Is.EqualTo(
            new ChainEvent[] { new ChainEvent.Started(Samples.Long), acted }));
    }

    [Test]
    public async Task Installation_OfTwoDatabases_IsNotTheSame()
    {
        await using var other = await TestDatabase.CreateAsync();
        var id = await Installation.IdAsync(Database.Source, Ct);

        Assert.That(id, Is.Not.EqualTo(Guid.Empty));
        Assert.That(await Installation.IdAsync(Database.Source, Ct), Is.EqualTo(id));
        Assert.That(await Installation.IdAsync(other.Source, Ct), Is.Not.EqualTo(id));
    }

    private async Task<long> CountChainsAsync(string sites)
    {
        await using var connection = await Database.Source.OpenConnectionAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        await using var limit = new NpgsqlCommand("SELECT set_config('orchestrator.sites', $1, true)", connection)
        {
            Parameters = { new() { Value = sites } },
        };
        await limit.ExecuteNonQueryAsync();
        await using var count = new NpgsqlCommand("SELECT count(*) FROM orchestrator.chain", connection);
        return (long)(await count.ExecuteScalarAsync())!;
    }
}
