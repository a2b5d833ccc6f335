using System.Collections.Immutable;
using System.Globalization;
using FhirOrchestrator.Fhir.Json;
using FhirOrchestrator.Fhir.Search;
using FhirOrchestrator.Sandbox;

namespace FhirOrchestrator.Tests.Sandbox;

/// <summary>The sandbox's records in memory, with the store's own search rules; everything completes at once.</summary>
internal sealed class MemoryRecords(TimeProvider time) : IRecords
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, List<Resource?>> _versions = new(StringComparer.Ordinal);
    private readonly List<RecordChange> _changes = [];

    /// <summary>Called after each write.</summary>
    public Action? Committed { get; set; }

    /// <summary>All current resources.</summary>
    public ImmutableArray<Resource> All
    {
        get
        {
            lock (_gate)
            {
                return [.. _versions.Values.Select(each => each[^1]).OfType<Resource>()];
            }
        }
    }

    public Task<Resource?> ReadAsync(string type, string id, CancellationToken ct)
    {
        lock (_gate)
        {
            return Task.FromResult(_versions.GetValueOrDefault($"{type}/{id}")?[^1]);
        }
    }

    public Task<Resource?> ReadVersionAsync(string type, string id, string version, CancellationToken ct)
    {
        lock (_gate)
        {
            var number = int.Parse(version, CultureInfo.InvariantCulture);
            var versions = _versions.GetValueOrDefault($"{type}/{id}");
            return Task.FromResult(versions is not null && number <= versions.Count ? versions[number - 1] : null);
        }
    }

    public Task<ImmutableArray<Resource>> SearchAsync(string type, string query, CancellationToken ct)
    {
        var criteria = StoreRecords.Compile(type, query, "http://sandbox.test/fhir");
        var parsed = criteria.Query ?? throw new ArgumentException(criteria.Problem, nameof(query));
        return Task.FromResult<ImmutableArray<Resource>>(
            [.. All.Where(each => each.Type == type && SearchMatcher.Matches(parsed, each))]);
    }

    public Task<ImmutableArray<Resource>?> WriteAsync(IReadOnlyList<RecordWrite> writes, CancellationToken ct)
    {
        var written = ImmutableArray.CreateBuilder<Resource>();
        lock (_gate)
        {
            if (writes.Any(each => _versions.GetValueOrDefault(each.Resource.Path)?[^1]?.VersionId != each.IfVersion))
            {
                return Task.FromResult<ImmutableArray<Resource>?>(null);
            }

            foreach (var write in writes)
            {
                written.Add(Store(write.Resource));
            }
        }

        Committed?.Invoke();
        return Task.FromResult<ImmutableArray<Resource>?>(written.DrainToImmutable());
    }

    public void Delete(string type, string id)
    {
        lock (_gate)
        {
            var versions = _versions[$"{type}/{id}"];
            versions.Add(null);
            _changes.Add(new(
                _changes.Count + 1, type, id, versions.Count.ToString(CultureInfo.InvariantCulture), IsDeleted: true));
        }

        Committed?.Invoke();
    }

    public Task<ImmutableArray<RecordChange>> ReadChangesAsync(long after, int countMax, CancellationToken ct)
    {
        lock (_gate)
        {
            return Task.FromResult<ImmutableArray<RecordChange>>([.. _changes.Skip((int)after).Take(countMax)]);
        }
    }

    private Resource Store(Resource resource)
    {
        if (!_versions.TryGetValue(resource.Path, out var versions))
        {
            _versions[resource.Path] = versions = [];
        }

        var version = (versions.Count + 1).ToString(CultureInfo.InvariantCulture);
        var stored = resource.WithVersion(version, time.GetUtcNow());
        versions.Add(stored);
        _changes.Add(new(_changes.Count + 1, resource.Type, resource.Id!, version, IsDeleted: false));
        return stored;
    }
}
