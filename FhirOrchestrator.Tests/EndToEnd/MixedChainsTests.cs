using FhirOrchestrator.Tests.Support;

namespace FhirOrchestrator.Tests.EndToEnd;

/// <summary>Chains of the make-believe hospital and of real patients never share a database.</summary>
internal sealed class MixedChainsTests
{
    [Test]
    public async Task Start_EhrConfiguredOverSandboxChains_RefusedWithTheWayOut()
    {
        await using var database = await TestDatabase.CreateAsync();
        await database.ExecuteAsync(
            """
            INSERT INTO orchestrator.chain_key (plan, ehr, business_key, site, chain)
            VALUES ('https://example.org/plan', 'sandbox', 'Encounter/1', '-', gen_random_uuid())
            """);
        await using var server = ServerProcess.Launch(new ServerStart
        {
            Settings =
            [
                $"--ConnectionStrings:Orchestrator={database.RuntimeConnectionString}",
                $"--ConnectionStrings:Migrator={database.MigratorConnectionString}",
                "--Ehrs:0:Name=north", "--Ehrs:0:BaseUrl=http://localhost:1/fhir", "--Ehrs:0:Kind=hapi",
            ],
        });

        Assert.That(await server.EndAsync(TimeSpan.FromSeconds(5)), Is.EqualTo(1), server.Output);
        Assert.That(server.Output, Does.Contain("without sandbox chains").And.Contain("another DataFolder"));
    }
}
