using FhirOrchestrator.Fhir.Json;
using FhirOrchestrator.Fhir.Search;
using Npgsql;
using NpgsqlTypes;

namespace FhirOrchestrator.Storage.Resources;

/// <summary>Makes search rows of resources that are stored already, within one transaction.</summary>
internal sealed class SearchReindex(string schema, Func<NpgsqlBatch> open)
{
    private const int ChunkMax = 500;

    /// <summary>Makes the rows of every resource anew.</summary>
    public async Task AllAsync(SearchCatalogs catalogs, CancellationToken ct)
    {
        await using (var batch = open())
        {
            foreach (var table in SearchRowsInsert.Tables)
            {
                batch.BatchCommands.Add(SqlText.Command($"DELETE FROM {schema}.{table}"));
            }

            batch.BatchCommands.Add(SqlText.Command(
                $"UPDATE {schema}.search_state SET rows_version = $1",
                (SearchIndexer.RowsVersion, NpgsqlDbType.Integer)));
            await batch.ExecuteNonQueryAsync(ct);
        }

        await AddAsync("", resource => SearchIndexer.Extract(resource, catalogs), ct);
    }

    /// <summary>Removes the rows of parameters.</summary>
    public async Task RemoveAsync(IEnumerable<SearchParameter> parameters, CancellationToken ct)
    {
        var numbers = parameters.SelectMany(each => each.Parts.Prepend(each))
            .SelectMany(each => Enum.GetValues<SearchAspect>().Select(each.NumberOf)).ToArray();
        if (numbers.Length == 0)
        {
            return;
        }

        await using var batch = open();
        foreach (var table in SearchRowsInsert.Tables)
        {
            batch.BatchCommands.Add(SqlText.Command(
                $"DELETE FROM {schema}.{table} WHERE param = ANY ($1)",
                (numbers, NpgsqlDbType.Array | NpgsqlDbType.Integer)));
        }

        await batch.ExecuteNonQueryAsync(ct);
    }

    /// <summary>Adds rows to every resource of a type, in steps.</summary>
    /// <param name="type">Empty for all.</param>
    public async Task AddAsync(
        string type, Func<Resource, IEnumerable<SearchRow>> extract, CancellationToken ct)
    {
        var last = -1L;
        while (true)
        {
            var rows = new SearchRowsInsert();
            var count = 0;
            await using (var batch = open())
            {
                batch.BatchCommands.Add(SqlText.Command(
                    $"""
                    SELECT key, ehr, site, body FROM {schema}.resource
                    WHERE key > $1 AND method <> 'DELETE' AND (type = $2 OR $2 = '') ORDER BY key LIMIT $3
                    """,
                    (last, NpgsqlDbType.Bigint),
                    (type, NpgsqlDbType.Text),
                    (ChunkMax, NpgsqlDbType.Integer)));
                await using var reader = await batch.ExecuteReaderAsync(ct);
                while (await reader.ReadAsync(ct))
                {
                    count++;
                    last = reader.GetInt64(0);
                    if (Resource.Read(reader.GetFieldValue<byte[]>(3)).Succeeded(out var resource))
                    {
                        rows.Add(new RowsOwner(last, reader.GetString(1), reader.GetString(2)), extract(resource));
                    }
                }
            }

            await using var insert = open();
            rows.AddCommands(insert, schema);
            if (insert.BatchCommands.Count > 0)
            {
                await insert.ExecuteNonQueryAsync(ct);
            }

            if (count < ChunkMax)
            {
                return;
            }
        }
    }
}
