using System.Net.Sockets;
using Npgsql;

namespace FhirOrchestrator.Storage;

/// <summary>What a fault of the store means to whoever called it.</summary>
internal static class StorageFault
{
    /// <summary>
    /// True where another transaction was in the way (serialisation failure, deadlock): the whole change may be tried
    /// again at once, from its beginning, with a bounded jitter.
    /// </summary>
    public static bool IsTransient(Exception fault) => fault is PostgresException
    {
        SqlState: PostgresErrorCodes.SerializationFailure or PostgresErrorCodes.DeadlockDetected,
    };

    /// <summary>
    /// True where the store cannot serve now: unreachable, starting, stopping, full, read-only, out of connections.
    /// Nothing was acknowledged, a commit's outcome may be unknown; it recovers by itself, so answer 503 and ask
    /// again later.
    /// </summary>
    public static bool IsUnavailable(Exception fault) => fault switch
    {
        PostgresException postgres => IsUnavailable(postgres.SqlState),
        NpgsqlException npgsql => npgsql.IsTransient || npgsql.InnerException is IOException or SocketException
            or TimeoutException or null,
        SocketException or TimeoutException => true,
        ObjectDisposedException => false,
        { InnerException: { } inner } => IsUnavailable(inner),
        _ => false,
    };

    // Classes 08 (connection), 53 (resources), 57P (operator, start-up); 25006 is a read-only transaction, 58 an I/O
    // error.
    private static bool IsUnavailable(string state) =>
        state.StartsWith("08", StringComparison.Ordinal) || state.StartsWith("53", StringComparison.Ordinal)
        || state.StartsWith("57P", StringComparison.Ordinal) || state.StartsWith("58", StringComparison.Ordinal)
        || state is PostgresErrorCodes.ReadOnlySqlTransaction or PostgresErrorCodes.QueryCanceled
            or PostgresErrorCodes.LockNotAvailable;
}
