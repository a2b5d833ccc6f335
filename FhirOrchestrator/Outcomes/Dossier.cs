using FhirOrchestrator.Fhir.Json;

namespace FhirOrchestrator.Outcomes;

/// <summary>
/// The resources that a chain's conditions look at, as they were read: <c>trigger</c>, <c>patient</c>, and those of
/// inputs and watches under their names. Immutable; it changes only through an event of the chain.
/// </summary>
internal sealed record Dossier(ImmutableArray<DossierResource> Entries)
{
    public const string TriggerName = "trigger";
    public const string PatientName = "patient";

    public static readonly Dossier Empty = new([]);

    public DossierResource? Trigger => First(TriggerName);

    public DossierResource? Patient => First(PatientName);

    /// <summary>The entries of a name, in their order.</summary>
    public IEnumerable<DossierResource> All(string name) =>
        Entries.Where(entry => string.Equals(entry.Name, name, StringComparison.Ordinal));

    /// <summary>The resource of this <c>Type/id</c>, null where the dossier has none.</summary>
    public Resource? Find(string path)
    {
        foreach (var entry in Entries)
        {
            if (string.Equals(entry.Path, path, StringComparison.Ordinal))
            {
                return entry.Resource;
            }
        }

        return null;
    }

    /// <summary>The dossier with an entry in place of the one of its name and path, or added.</summary>
    public Dossier With(DossierResource entry)
    {
        for (var at = 0; at < Entries.Length; at++)
        {
            if (string.Equals(Entries[at].Name, entry.Name, StringComparison.Ordinal)
                && string.Equals(Entries[at].Path, entry.Path, StringComparison.Ordinal))
            {
                return new(Entries.SetItem(at, entry));
            }
        }

        return new(Entries.Add(entry));
    }

    private DossierResource? First(string name) => All(name).FirstOrDefault();
}

/// <summary>A resource of the dossier.</summary>
/// <param name="Name"><c>trigger</c>, <c>patient</c>, or the name of an input or a watch.</param>
/// <param name="Resource">Null where the EHR no longer has it.</param>
/// <param name="ReadAt">When it was read: "data as of".</param>
internal sealed record DossierResource(
    string Name, string Type, string Id, string Version, Resource? Resource, DateTimeOffset ReadAt)
{
    /// <summary><c>Type/id</c>.</summary>
    public string Path => $"{Type}/{Id}";

    /// <summary><c>Type/id/_history/version</c>.</summary>
    public string VersionPath => $"{Type}/{Id}/_history/{Version}";
}

/// <summary>A chain as its resources are rendered from it.</summary>
internal sealed record ChainView
{
    public required Plans.WorkflowPackage Package { get; init; }

    public required Chains.ChainState State { get; init; }

    public required Dossier Dossier { get; init; }

    /// <summary>What the chain has written, or is about to write, in order of step and round.</summary>
    public ImmutableArray<Effect> Effects { get; init; } = [];

    /// <summary><c>Patient/id</c> at the EHR, as the chain began with it.</summary>
    public required string Patient { get; init; }

    /// <summary>The system of our identifiers: <c>urn:uuid:{installation}</c>.</summary>
    public required string Installation { get; init; }

    /// <summary>The EHR's base: references that start with it are local.</summary>
    public required Uri BaseUrl { get; init; }

    /// <summary>The instant that expressions and <c>lastModified</c> take for now.</summary>
    public required DateTimeOffset Now { get; init; }
}
