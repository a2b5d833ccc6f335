using FhirOrchestrator.Facts;
using Npgsql;

namespace FhirOrchestrator.Storage.Postgres;

/// <summary>What this installation is, for ever.</summary>
internal static class Installation
{
    /// <summary>
    /// Its id, made by the first migration: <c>urn:uuid:{id}</c> is the identifier.system of everything that it writes.
    /// </summary>
    public static async Task<Guid> IdAsync(NpgsqlDataSource source, CancellationToken ct)
    {
        await using var batch = Statement.Batch(source, Statement.Of("SELECT id FROM orchestrator.installation"));
        return (await batch.RowsAsync(r => r.GetGuid(0), ct))[0];
    }

    /// <summary>True where the database holds, or ever held, chains of that EHR.</summary>
    public static async Task<bool> HoldsChainsOfAsync(NpgsqlDataSource source, EhrId ehr, CancellationToken ct)
    {
        await using var batch = Statement.Batch(source, Statement.Of(
            "SELECT EXISTS (SELECT FROM orchestrator.chain_key WHERE ehr = $1)", ehr));
        return (await batch.RowsAsync(r => r.GetBoolean(0), ct))[0];
    }

    /// <summary>
    /// Makes the partitions of the days and months to come; at start, then daily. What comes in without one is kept
    /// all the same. Returns how many were made.
    /// </summary>
    public static async Task<int> EnsurePartitionsAsync(NpgsqlDataSource source, CancellationToken ct)
    {
        await using var batch = Statement.Batch(source, Statement.Of("SELECT orchestrator.ensure_partitions(7, 2)"));
        return (await batch.RowsAsync(r => r.GetInt32(0), ct))[0];
    }
}
