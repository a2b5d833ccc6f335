using FhirOrchestrator.Storage;
using FhirOrchestrator.Storage.Cluster;
using FhirOrchestrator.Tests.Support;

namespace FhirOrchestrator.Tests.Storage;

internal sealed class MigrationsTests
{
    [Test]
    public async Task Apply_Again_ChangesNothing()
    {
        await using var database = await TestDatabase.CreateAsync();

        var applied = await ApplyAsync(database);

        Assert.That(applied, Is.Zero);
        Assert.That(async () => await Migrations.CheckAsync(database.Source, CancellationToken.None), Throws.Nothing);
    }

    [Test]
    public async Task Apply_NewerSchema_IsRefused()
    {
        await using var database = await TestDatabase.CreateAsync();
        await database.ExecuteAsync(
            "INSERT INTO orchestrator.migration (number, name, checksum) VALUES (9999, '9999_future.sql', 'x')");

        var fault = await Assert.ThrowsAsync<SchemaException>(async () => await ApplyAsync(database));
        var check = await Assert.ThrowsAsync<SchemaException>(
            async () => await Migrations.CheckAsync(database.Source, CancellationToken.None));

        Assert.That(fault?.Message, Does.Contain("9999").And.Contains("newer server"));
        Assert.That(check?.Message, Is.EqualTo(fault?.Message));
    }

    [Test]
    public async Task Check_OlderSchema_IsRefused()
    {
        await using var database = await TestDatabase.CreateAsync();
        await database.ExecuteAsync($"DELETE FROM orchestrator.migration WHERE number = {Migrations.All[^1].Number}");

        var fault = await Assert.ThrowsAsync<SchemaException>(
            async () => await Migrations.CheckAsync(database.Source, CancellationToken.None));

        Assert.That(fault?.Message, Does.Contain($"lacks {Migrations.All[^1].Name}"));
    }

    [Test]
    public async Task Apply_ChangedScript_IsRefused()
    {
        await using var database = await TestDatabase.CreateAsync();
        await database.ExecuteAsync(
            "UPDATE orchestrator.migration SET checksum = repeat('0', 64) WHERE number = 1");

        var fault = await Assert.ThrowsAsync<SchemaException>(async () => await ApplyAsync(database));

        Assert.That(fault?.Message, Does.Contain("must never change"));
    }

    [Test]
    public async Task Apply_ForTheMigratorItself_IsRefused()
    {
        await using var database = await TestDatabase.CreateAsync();

        var fault = await Assert.ThrowsAsync<SchemaException>(async () => await Migrations.ApplyAsync(
            database.MigratorConnectionString, PrivateCluster.MigratorRole, CancellationToken.None));

        Assert.That(fault?.Message, Does.Contain("owns nothing"));
    }

    [Test]
    public async Task Advance_Clock_IsSeenByTheRuntimeLogin()
    {
        await using var database = await TestDatabase.CreateAsync();
        await database.AdvanceAsync(TimeSpan.FromDays(2));

        await using var command = database.Source.CreateCommand("SELECT orchestrator.now() - clock_timestamp()");
        var ahead = (TimeSpan)(await command.ExecuteScalarAsync())!;

        Assert.That(ahead, Is.EqualTo(TimeSpan.FromDays(2)).Within(TimeSpan.FromSeconds(5)));
    }

    private static Task<int> ApplyAsync(TestDatabase database) => Migrations.ApplyAsync(
        database.MigratorConnectionString, PrivateCluster.RuntimeRole, CancellationToken.None);
}
