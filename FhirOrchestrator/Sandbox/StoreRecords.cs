using System.Globalization;
using FhirOrchestrator.Fhir.Json;
using FhirOrchestrator.Fhir.Search;
using FhirOrchestrator.Sandbox.Publisher;
using FhirOrchestrator.Storage.Resources;

namespace FhirOrchestrator.Sandbox;

/// <summary>The sandbox EHR's records in the store that its FHIR server shows.</summary>
internal sealed class StoreRecords(ResourceStore store) : IRecords
{
    public async Task<Resource?> ReadAsync(string type, string id, CancellationToken ct) =>
        await store.ReadAsync(type, id, ct) is { IsDeleted: false } stored ? stored.Read() : null;

    public async Task<Resource?> ReadVersionAsync(string type, string id, string version, CancellationToken ct) =>
        Number(version) is { } number
        && await store.ReadVersionAsync(type, id, number, ct) is { IsDeleted: false } stored
            ? stored.Read()
            : null;

    public async Task<ImmutableArray<Resource>> SearchAsync(string type, string query, CancellationToken ct)
    {
        if (!SearchQuery.Parse(type, query).Succeeded(out var parsed, out var problem))
        {
            throw new ArgumentException(problem.Message, nameof(query));
        }

        var all = parsed with { Count = ResourceReads.PageMax, WantsTotal = false };
        var found = ImmutableArray.CreateBuilder<Resource>();
        PageCursor? after = null;
        do
        {
            var page = await store.SearchAsync(all, after, ct);
            found.AddRange(page.Entries.Select(each => each.Read()));
            after = page.Next;
        }
        while (after is not null);

        return found.DrainToImmutable();
    }

    public async Task<ImmutableArray<Resource>?> WriteAsync(IReadOnlyList<RecordWrite> writes, CancellationToken ct)
    {
        var outcomes = await store.WriteAsync([.. writes.Select(Write)], ct);
        return outcomes.Any(each => each.IsRefused)
            ? null
            : [.. outcomes.Select(each => each.Resource).OfType<StoredResource>().Select(each => each.Read())];
    }

    public async Task<ImmutableArray<RecordChange>> ReadChangesAsync(long after, int countMax, CancellationToken ct)
    {
        var changes = await store.ReadChangesAsync(after, countMax, ct);
        return [.. changes.Select(each => new RecordChange(
            each.Position,
            each.Type,
            each.Id,
            each.Version.ToString(CultureInfo.InvariantCulture),
            each.Kind == ResourceChangeKind.Deleted))];
    }

    /// <summary>
    /// Compiles a Subscription's criteria for the matcher in memory, which agrees with the store's search.
    /// </summary>
    public static CriteriaReading Compile(string resourceType, string query, string ownBase)
    {
        if (!SearchQuery.Parse(resourceType, query, ownBase).Succeeded(out var parsed, out var problem))
        {
            return new CriteriaReading(null, problem.Message);
        }

        return parsed.WhyNoCriteria() is { } why ? new CriteriaReading(null, why) : new CriteriaReading(parsed, null);
    }

    private static ResourceWrite Write(RecordWrite write) => write.IfVersion is { } version
        ? new ResourceWrite.Update(write.Resource, Number(version) ?? throw new ArgumentException(
            $"expected a version number, got '{version}'", nameof(write)))
        : new ResourceWrite.Create(write.Resource);

    private static long? Number(string version) =>
        long.TryParse(version, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
}
