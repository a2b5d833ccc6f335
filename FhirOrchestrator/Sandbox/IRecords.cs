using FhirOrchestrator.Fhir.Json;

namespace FhirOrchestrator.Sandbox;

/// <summary>
/// The sandbox EHR's records as its own people and its publisher use them. The door for everybody else is the FHIR
/// server over the same store.
/// </summary>
internal interface IRecords
{
    /// <summary>The current version of a resource; null where there is none, or it is deleted.</summary>
    Task<Resource?> ReadAsync(string type, string id, CancellationToken ct);

    /// <summary>One version of a resource; null where there is none, or it is the deletion.</summary>
    Task<Resource?> ReadVersionAsync(string type, string id, string version, CancellationToken ct);

    /// <summary>
    /// All current resources of a type that match a search (<c>status=active&amp;patient=p1</c>, or nothing).
    /// </summary>
    Task<ImmutableArray<Resource>> SearchAsync(string type, string query, CancellationToken ct);

    /// <summary>
    /// Writes all or none, in one transaction, and returns what was stored; null where a resource to create exists
    /// already or one to update has another version by now.
    /// </summary>
    Task<ImmutableArray<Resource>?> WriteAsync(IReadOnlyList<RecordWrite> writes, CancellationToken ct);

    /// <summary>
    /// The committed changes behind a position, in an order in which no later commit appears before an earlier one:
    /// the feed never skips.
    /// </summary>
    Task<ImmutableArray<RecordChange>> ReadChangesAsync(long after, int countMax, CancellationToken ct);
}

/// <summary>A resource to write.</summary>
/// <param name="Resource">The resource with its id.</param>
/// <param name="IfVersion">The version that it replaces; null: it must not exist yet.</param>
internal sealed record RecordWrite(Resource Resource, string? IfVersion)
{
    /// <summary>A resource that must not exist yet.</summary>
    public static RecordWrite Create(Resource resource) => new(resource, null);

    /// <summary>An edit of a resource as it was read (<c>If-Match</c>).</summary>
    public static RecordWrite Update(Resource edited) => new(
        edited,
        edited.VersionId
            ?? throw new ArgumentException("expected a resource with its version, got one without", nameof(edited)));
}

/// <summary>A committed change.</summary>
/// <param name="Position">Its place in the feed, growing.</param>
/// <param name="Version">The version that it made; a deletion is a version too.</param>
internal sealed record RecordChange(long Position, string Type, string Id, string Version, bool IsDeleted);
