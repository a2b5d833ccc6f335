using FhirOrchestrator.Facts;
using FhirOrchestrator.Fhir.Json;
using FhirOrchestrator.Fhir.Search;

namespace FhirOrchestrator.Storage.Resources;

/// <summary>A version of a resource as a store holds it.</summary>
/// <param name="Version">Counts up from 1; a deletion is a version too.</param>
/// <param name="LastUpdated">Whole milliseconds, as in <c>meta.lastUpdated</c>.</param>
/// <param name="IsDeleted">True for a deletion: there is no body.</param>
/// <param name="Body">The resource as UTF-8 JSON with <c>id</c> and <c>meta</c> as the store set them.</param>
internal sealed record StoredResource(
    string Type, string Id, long Version, DateTimeOffset LastUpdated, bool IsDeleted, ReadOnlyMemory<byte> Body)
{
    /// <summary>How this version came to be: <c>POST</c>, <c>PUT</c> or <c>DELETE</c>.</summary>
    public string Method { get; init; } = IsDeletedMethod(IsDeleted);

    /// <summary><c>Type/id</c>.</summary>
    public string Path => $"{Type}/{Id}";

    /// <summary>The resource, read from the body.</summary>
    /// <exception cref="InvalidOperationException">The version is a deletion.</exception>
    public Resource Read() => !IsDeleted && Resource.Read(Body.Span).Succeeded(out var resource)
        ? resource
        : throw new InvalidOperationException($"expected a body of {Path} version {Version}, got none");

    private static string IsDeletedMethod(bool isDeleted) => isDeleted ? "DELETE" : "PUT";
}

/// <summary>What is to be done with one resource.</summary>
internal abstract record ResourceWrite
{
    private ResourceWrite()
    {
    }

    /// <summary>The EHR that the resource concerns; <c>-</c> where none.</summary>
    public EhrId Ehr { get; init; } = new("-");

    /// <summary>The site that the resource concerns.</summary>
    public SiteId Site { get; init; } = SiteId.Unknown;

    /// <summary>
    /// Makes a new resource, under its own id where it has one, else under a new one. With a condition: only where no
    /// resource matches it; two servers that ask at once make one.
    /// </summary>
    internal sealed record Create(Resource Resource, SearchQuery? IfNoneExist = null) : ResourceWrite;

    /// <summary>Replaces a resource, or makes it under the id given.</summary>
    /// <param name="IfMatch">The version that it must have now.</param>
    internal sealed record Update(Resource Resource, long? IfMatch = null) : ResourceWrite;

    /// <summary>Deletes a resource; reading it gives its deletion from then on.</summary>
    /// <param name="IfMatch">The version that it must have now.</param>
    internal sealed record Delete(string Type, string Id, long? IfMatch = null) : ResourceWrite;
}

/// <summary>What became of a write.</summary>
internal abstract record WriteOutcome
{
    private WriteOutcome()
    {
    }

    /// <summary>The resource as stored now; null where nothing is there.</summary>
    public virtual StoredResource? Resource => null;

    /// <summary>True where the write was refused; then nothing of the whole transaction is written.</summary>
    public virtual bool IsRefused => false;

    internal sealed record Created(StoredResource Stored) : WriteOutcome
    {
        public override StoredResource? Resource => Stored;
    }

    internal sealed record Updated(StoredResource Stored) : WriteOutcome
    {
        public override StoredResource? Resource => Stored;
    }

    internal sealed record Deleted(StoredResource Stored) : WriteOutcome
    {
        public override StoredResource? Resource => Stored;
    }

    /// <summary>A conditional create found its resource: nothing was written.</summary>
    internal sealed record Existing(StoredResource Stored) : WriteOutcome
    {
        public override StoredResource? Resource => Stored;
    }

    /// <summary>There was nothing to delete: as good as deleted.</summary>
    internal sealed record NotFound : WriteOutcome;

    /// <summary>The resource has another version than was asked for, or exists though it was to be created.</summary>
    internal sealed record PreconditionFailed(string Words) : WriteOutcome
    {
        public override bool IsRefused => true;
    }

    /// <summary>A condition that has to name one resource matches several.</summary>
    internal sealed record MultipleMatches(string Words) : WriteOutcome
    {
        public override bool IsRefused => true;
    }

    /// <summary>Not written because another write of the transaction was refused.</summary>
    internal sealed record Withheld : WriteOutcome
    {
        public override bool IsRefused => true;
    }
}

/// <summary>A page of a search.</summary>
/// <param name="Next">Where the next page begins; null on the last.</param>
/// <param name="Total">How many resources match in all; null where that was not asked for.</param>
internal sealed record SearchPage(ImmutableArray<StoredResource> Entries, PageCursor? Next, long? Total)
{
    /// <summary>What <c>_include</c> and <c>_revinclude</c> add to the page; none of the entries is among
    /// them.</summary>
    public ImmutableArray<StoredResource> Included { get; init; } = [];
}

/// <summary>A search cannot be carried out; the words are for the client.</summary>
/// <param name="code">A code of R4's issue types: <c>too-costly</c> or <c>not-found</c>.</param>
internal sealed class SearchFaultException(string code, string message) : Exception(message)
{
    public string Code { get; } = code;
}

/// <summary>A change in the feed.</summary>
/// <param name="Position">Ascends in the order in which changes become visible; the place to read on from.</param>
internal sealed record ResourceChange(long Position, string Type, string Id, long Version, ResourceChangeKind Kind);

/// <summary>What a change did.</summary>
internal enum ResourceChangeKind
{
    /// <summary>The first version, or the first after a deletion.</summary>
    Created,
    Updated,
    Deleted,
}
