using System.Globalization;
using FhirOrchestrator.Fhir.Json;
using FhirOrchestrator.Fhir.Search;

namespace FhirOrchestrator.Scenarios;

/// <summary>
/// The records of the EHR that a scenario plays: every version kept, a deletion as a version without content.
/// </summary>
internal sealed class ScenarioEhr(TimeProvider clock)
{
    private readonly Dictionary<string, List<Resource?>> _versions = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _ids = new(StringComparer.Ordinal);

    /// <summary>Told of every version that is announced, whoever wrote it.</summary>
    public Action<Resource>? OnAnnounced { get; set; }

    /// <summary>True where the record existed once.</summary>
    public bool Knows(string path) => _versions.ContainsKey(path);

    /// <summary>The current version; null where there is none, or none any more.</summary>
    public Resource? Find(string path) => _versions.TryGetValue(path, out var versions) ? versions[^1] : null;

    /// <summary>The version of a record's present state, deleted ones too.</summary>
    public string VersionOf(string path) => _versions[path].Count.ToString(CultureInfo.InvariantCulture);

    /// <summary>All current resources of a type, in the order in which they were first made.</summary>
    public IEnumerable<Resource> All(string type) =>
        _versions.Values.Select(versions => versions[^1]).OfType<Resource>().Where(each => each.Type == type);

    /// <summary>The current resources that match a query.</summary>
    public IEnumerable<Resource> Search(SearchQuery query) =>
        new MemorySearch(_versions.Values.Select(versions => versions[^1]).OfType<Resource>()).Find(query);

    /// <summary>Writes a new version; nobody is told.</summary>
    public Resource Keep(Resource resource)
    {
        if (!_versions.TryGetValue(resource.Path, out var versions))
        {
            _versions.Add(resource.Path, versions = []);
        }

        var number = (versions.Count + 1).ToString(CultureInfo.InvariantCulture);
        var stored = resource.WithVersion(number, clock.GetUtcNow());
        versions.Add(stored);
        return stored;
    }

    /// <summary>Writes a new version and tells of it.</summary>
    public Resource Put(Resource resource)
    {
        var stored = Keep(resource);
        OnAnnounced?.Invoke(stored);
        return stored;
    }

    /// <summary>Makes a resource under a new id and tells of it.</summary>
    public Resource Create(Resource resource)
    {
        string id;
        do
        {
            var number = _ids[resource.Type] = _ids.GetValueOrDefault(resource.Type) + 1;
            id = $"{resource.Type.ToLowerInvariant()}-{number}";
        }
        while (Knows($"{resource.Type}/{id}"));

        return Put(resource.WithId(id));
    }

    /// <summary>Deletes a record without a word; false where there is none.</summary>
    public bool Delete(string path)
    {
        if (Find(path) is null)
        {
            return false;
        }

        _versions[path].Add(null);
        return true;
    }
}
