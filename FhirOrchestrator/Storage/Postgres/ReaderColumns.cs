using FhirOrchestrator.Chains;
using FhirOrchestrator.Facts;
using Npgsql;

namespace FhirOrchestrator.Storage.Postgres;

/// <summary>Reads columns as what they mean.</summary>
internal static class ReaderColumns
{
    extension(NpgsqlDataReader reader)
    {
        public string? TextOrNull(int column) => reader.IsDBNull(column) ? null : reader.GetString(column);

        public DateTimeOffset Instant(int column) => reader.GetFieldValue<DateTimeOffset>(column);

        public DateTimeOffset? InstantOrNull(int column) => reader.IsDBNull(column) ? null : reader.Instant(column);

        public byte[] Bytes(int column) => reader.GetFieldValue<byte[]>(column);

        public ChainId Chain(int column) => new(reader.GetGuid(column));

        public StepName Step(int column) => new(reader.GetString(column));

        public EhrId Ehr(int column) => new(reader.GetString(column));

        public T Named<T>(int column)
            where T : struct, Enum => EnumText.Parse<T>(reader.GetString(column));

        /// <summary>A code of three columns: system, value, words; null where the value is.</summary>
        public Code? CodeOrNull(int column) => reader.IsDBNull(column + 1)
            ? null
            : new Code(reader.TextOrNull(column), reader.GetString(column + 1), reader.TextOrNull(column + 2));
    }

    /// <summary>Reads the rows of the current result.</summary>
    public static async Task<ImmutableArray<T>> RowsAsync<T>(
        this NpgsqlDataReader reader, Func<NpgsqlDataReader, T> row, CancellationToken ct)
    {
        var rows = ImmutableArray.CreateBuilder<T>();
        while (await reader.ReadAsync(ct))
        {
            rows.Add(row(reader));
        }

        return rows.DrainToImmutable();
    }

    /// <summary>
    /// Runs a batch and reads the rows of one result: the first one after those to skip. Commands that return no rows
    /// have no result and are not counted.
    /// </summary>
    public static async Task<ImmutableArray<T>> RowsAsync<T>(
        this NpgsqlBatch batch, Func<NpgsqlDataReader, T> row, CancellationToken ct, int skip = 0)
    {
        await using var reader = await batch.ExecuteReaderAsync(ct);
        for (var skipped = 0; skipped < skip; skipped++)
        {
            await reader.NextResultAsync(ct);
        }

        return await reader.RowsAsync(row, ct);
    }
}
