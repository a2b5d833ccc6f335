using FhirOrchestrator.Chains;
using Npgsql;

namespace FhirOrchestrator.Storage.Postgres;

/// <summary>The transaction of one change: the chain is locked from its begin on.</summary>
internal sealed class PostgresChainTransaction : IChainTransaction
{
    private readonly NpgsqlConnection _connection;
    private readonly NpgsqlTransaction _transaction;
    private readonly WakeBoard _wake;
    private ChainPlace _place;
    private WakeKinds _kinds;
    private bool _refused;

    private PostgresChainTransaction(
        NpgsqlConnection connection,
        NpgsqlTransaction transaction,
        WakeBoard wake,
        (DateTimeOffset Now, ChainPlace Place, ChainRecord? Chain) locked)
    {
        _connection = connection;
        _transaction = transaction;
        _wake = wake;
        Now = locked.Now;
        _place = locked.Place;
        Chain = locked.Chain;
    }

    public DateTimeOffset Now { get; }

    public ChainRecord? Chain { get; private set; }

    public static async Task<PostgresChainTransaction> BeginAsync(
        NpgsqlDataSource source, WakeBoard wake, ChainId chain, CancellationToken ct)
    {
        var connection = await source.OpenConnectionAsync(ct);
        NpgsqlTransaction? transaction = null;
        try
        {
            transaction = await connection.BeginTransactionAsync(ct);
            var locked = await ChainRows.LockAsync(connection, transaction, chain, ct);
            return new PostgresChainTransaction(connection, transaction, wake, locked);
        }
        catch
        {
            await (transaction?.DisposeAsync() ?? ValueTask.CompletedTask);
            await connection.DisposeAsync();
            throw;
        }
    }

    public async Task<bool> SaveAsync(ChainChange change, CancellationToken ct)
    {
        ChainChecks.Require(Chain, change);
        var writes = new ChainWriter(Chain, _place, change, Now).Write();
        await using var batch = new NpgsqlBatch(_connection, _transaction);
        foreach (var write in writes)
        {
            batch.BatchCommands.Add(write.Command);
        }

        await batch.ExecuteNonQueryAsync(ct);
        foreach (var write in writes)
        {
            if (write.Expects is not WriteCheck.Any && write.Command.RecordsAffected != 1)
            {
                if (write.Expects is WriteCheck.OneOrRefused)
                {
                    _refused = true;
                    await _transaction.RollbackAsync(ct);
                    return false;
                }

                throw new InvalidOperationException(
                    $"expected the locked chain {change.Chain.Id} at its revision, got another: somebody "
                    + "writes around the lock");
            }
        }

        _place = ChainWriter.PlaceAfter(_place, change);
        _kinds |= ChainWriter.WakesOf(change);
        Chain = change.Chain;
        return true;
    }

    public async Task CommitAsync(CancellationToken ct)
    {
        if (_refused)
        {
            throw new InvalidOperationException(
                "expected a change that was saved, got one that was refused: dispose it");
        }

        await _transaction.CommitAsync(ct);
        _wake.Raise(_kinds);
    }

    public async ValueTask DisposeAsync()
    {
        await _transaction.DisposeAsync();
        await _connection.DisposeAsync();
    }
}
