namespace FhirOrchestrator.Fhir.Definitions.Packages;

/// <summary>Things by canonical URL and version.</summary>
internal sealed class VersionedShelf<T>
    where T : class
{
    private readonly Dictionary<string, SortedDictionary<string, T>> _byUrl = new(StringComparer.Ordinal);

    /// <summary>All things, in the order of their URLs and versions.</summary>
    public IEnumerable<T> All =>
        _byUrl.OrderBy(each => each.Key, StringComparer.Ordinal).SelectMany(each => each.Value.Values);

    /// <summary>True where this URL is here in any version.</summary>
    public bool Has(string url) => _byUrl.ContainsKey(url);

    /// <summary>Puts a thing here; of what is here already, <paramref name="join"/> makes one of both.</summary>
    public void Add(string url, string? version, T thing, Func<T, T, T> join)
    {
        if (!_byUrl.TryGetValue(url, out var versions))
        {
            _byUrl[url] = versions = new(Comparer<string>.Create(Canonical.CompareVersions));
        }

        versions[version ?? ""] = versions.TryGetValue(version ?? "", out var known) ? join(known, thing) : thing;
    }

    /// <summary>
    /// The version that a canonical names, or the newest where it names none. A named version that is not here falls to
    /// a thing that has no version of its own.
    /// </summary>
    public T? Find(string canonical)
    {
        var (url, version) = Canonical.Parse(canonical);
        if (!_byUrl.TryGetValue(url, out var versions))
        {
            return null;
        }

        return version is null
            ? versions.Values.Last()
            : versions.GetValueOrDefault(version) ?? Partial(versions, version) ?? versions.GetValueOrDefault("");
    }

    // "1.1" names the newest of 1.1.x.
    private static T? Partial(SortedDictionary<string, T> versions, string version) => versions
        .LastOrDefault(each => each.Key.StartsWith($"{version}.", StringComparison.Ordinal)).Value;
}
