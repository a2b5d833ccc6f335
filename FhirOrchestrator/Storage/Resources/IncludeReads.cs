using FhirOrchestrator.Fhir.Search;
using NpgsqlTypes;

namespace FhirOrchestrator.Storage.Resources;

/// <summary>
/// Finds what <c>_include</c> and <c>_revinclude</c> add to a page (R4, search, 3.1.1.5.5): one statement a round,
/// however many resources and includes there are.
/// </summary>
internal sealed class IncludeReads(ResourceReads reads, string schema, SearchQuery query)
{
    /// <summary>The most resources that a page may bring with it; more is refused.</summary>
    public const int IncludedMax = MemorySearch.IncludedMax;

    /// <summary>The most rounds of <c>:iterate</c>; longer ways are refused.</summary>
    public const int RoundsMax = 16;

    private readonly HashSet<(string, string)> _seen = [];

    /// <summary>What the includes add to the entries, each resource once.</summary>
    public async Task<ImmutableArray<StoredResource>> RunAsync(
        ImmutableArray<StoredResource> entries, CancellationToken ct)
    {
        _seen.UnionWith(entries.Select(each => (each.Type, each.Id)));
        var included = ImmutableArray.CreateBuilder<StoredResource>();
        IReadOnlyList<StoredResource> frontier = entries;
        for (var round = 0; frontier.Count > 0; round++)
        {
            var includes = query.Includes.Where(each => round == 0 || each.IsIterate).ToList();
            if (includes.Count == 0)
            {
                break;
            }

            frontier = await RoundAsync(includes, frontier, ct);
            included.AddRange(frontier);
            if (included.Count > IncludedMax || (round == RoundsMax && frontier.Count > 0))
            {
                throw new SearchFaultException(
                    "too-costly",
                    $"expected includes of at most {IncludedMax} resources in {RoundsMax} rounds, got more: ask for "
                    + "smaller pages");
            }
        }

        return included.DrainToImmutable();
    }

    private async Task<IReadOnlyList<StoredResource>> RoundAsync(
        List<SearchInclude> includes, IReadOnlyList<StoredResource> frontier, CancellationToken ct)
    {
        var sql = new SqlText();
        var types = sql.Values(frontier.Select(each => each.Type));
        var ids = sql.Values(frontier.Select(each => each.Id));
        var values = new ValueSql(sql, query.OwnBase);
        var branches = includes.Select(include => include.IsReverse
            ? Referring(include, sql, values)
            : Referred(include, sql, values));
        sql.Append($"WITH f AS MATERIALIZED (SELECT r.key, r.type, r.id FROM unnest({types}, {ids}) AS u (t, i)"
            + $" JOIN {schema}.resource r ON r.type = u.t AND r.id = u.i)"
            + "\nSELECT r.type, r.id, r.version, r.updated_us, r.method, r.body"
            + $" FROM {schema}.resource r WHERE r.method <> 'DELETE' AND r.key IN (\n")
            .Append(string.Join("\nUNION\n", branches))
            .Append($")\nORDER BY r.key LIMIT {sql.Value(IncludedMax + frontier.Count + 1)}");
        await using var batch = reads.Batch();
        batch.BatchCommands.Add(sql.ToCommand());
        await using var reader = await batch.ExecuteReaderAsync(ct);
        var found = new List<StoredResource>();
        while (await reader.ReadAsync(ct))
        {
            if (_seen.Add((reader.GetString(0), reader.GetString(1))))
            {
                found.Add(ResourceReads.Stored(reader));
            }
        }

        return found;
    }

    // What the frontier refers to.
    private string Referred(SearchInclude include, SqlText sql, ValueSql values)
    {
        var source = include.SourceType is { } type ? $" AND f.type = {sql.Value(type)}" : "";
        var target = include.TargetType is { } name ? $" AND x.target_type = {sql.Value(name)}" : "";
        return $"SELECT t.key FROM f JOIN {schema}.search_reference x ON x.resource = f.key"
            + $" JOIN {schema}.resource t ON t.type = x.target_type AND t.id = x.target_id"
            + $" WHERE x.item = 0 AND {values.IsOwn("x")}{source}{target}{Parameter(include, sql)}";
    }

    // What refers to the frontier.
    private string Referring(SearchInclude include, SqlText sql, ValueSql values)
    {
        var target = include.TargetType is { } name ? $" AND f.type = {sql.Value(name)}" : "";
        var source = include.SourceType is { } type
            ? $" AND x.resource IN (SELECT s.key FROM {schema}.resource s WHERE s.type = {sql.Value(type)})"
            : "";
        return $"SELECT x.resource FROM f JOIN {schema}.search_reference x"
            + " ON x.target_type = f.type AND x.target_id = f.id"
            + $" WHERE x.item = 0 AND {values.IsOwn("x")}{target}{Parameter(include, sql) switch
            {
                { Length: > 0 } one => one,
                _ => source + AnyParameter(include, sql),
            }}";
    }

    private static string Parameter(SearchInclude include, SqlText sql) => include.Parameter is { } parameter
        ? $" AND x.param = {sql.Value(parameter.NumberOf(SearchAspect.Value))}"
        : "";

    // A list of numbers lets the index on (param, target) serve.
    private string AnyParameter(SearchInclude include, SqlText sql)
    {
        IEnumerable<string> types = include.SourceType is { } type
            ? [type]
            : Fhir.Definitions.FhirDefinitions.R4.ResourceTypes;
        var numbers = types.SelectMany(each => query.Reading.Catalogs.For(each).Indexed)
            .Where(each => each.Kind == SearchKind.Reference)
            .Select(each => each.NumberOf(SearchAspect.Value)).ToArray();
        return $" AND x.param = ANY ({sql.Value(numbers, NpgsqlDbType.Array | NpgsqlDbType.Integer)})";
    }
}
