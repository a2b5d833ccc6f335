using FhirOrchestrator.Fhir.Json;
using FhirOrchestrator.Storage.Resources;

namespace FhirOrchestrator.Rest;

/// <summary>Carries out a request: a free function.</summary>
internal delegate Task<RestAnswer> RestHandler(RestRequest request, RestServer server, CancellationToken ct);

/// <summary>Looks at a write before it is stored; may change its resource, or refuse it. Null lets it pass.</summary>
/// <remarks>
/// It runs before the transaction and may run for a write that is refused later, so it must have no effects. What it
/// needs to know of the resource's state so far it reads itself.
/// </remarks>
internal delegate Task<WriteRefusal?> WriteInterceptor(PendingWrite write, CancellationToken ct);

/// <summary>A FHIR R4 server over one store of resources, and where others extend it.</summary>
internal sealed record RestServer
{
    /// <summary>The largest request body, in bytes; more is 413. Default 10 MiB.</summary>
    public int BodyBytesMax { get; init; } = 10 * 1024 * 1024;

    /// <summary>The most entries of a batch or transaction; more is 413. Default 5,000.</summary>
    public int EntriesMax { get; init; } = 5_000;

    /// <summary>The name of this server in its CapabilityStatement.</summary>
    public required string Name { get; init; }

    public required ResourceStore Store { get; init; }

    public required ILogger Log { get; init; }

    /// <summary>
    /// The base URL that clients see, without a slash at its end; null for the one of each request (scheme, host, base
    /// path).
    /// </summary>
    public string? BaseUrl { get; init; }

    /// <summary>False: elements that R4 does not define are refused with 422. True: they are kept.</summary>
    public bool IsLenient { get; init; }

    /// <summary>When this server began; the date of its CapabilityStatement.</summary>
    public required DateTimeOffset StartedAt { get; init; }

    /// <summary>The clock of the prefix <c>ap</c> on dates.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Operations that others bring.</summary>
    public ImmutableArray<RestOperation> Operations { get; init; } = [];

    /// <summary>Called in order before every write.</summary>
    public ImmutableArray<WriteInterceptor> Interceptors { get; init; } = [];

    /// <summary>Called in order over each <c>rest.resource</c> of the CapabilityStatement; may add to it.</summary>
    public ImmutableArray<Func<string, ObjectNode, ObjectNode>> Describers { get; init; } = [];

    /// <summary>Where reads go: the store, or the transaction that a bundle runs in.</summary>
    public ResourceReads Reads
    {
        get => field ?? Store.Reads;
        init;
    }
}

/// <summary>Where an operation stands in the path.</summary>
internal enum OperationLevel
{
    /// <summary><c>[base]/$name</c></summary>
    System,

    /// <summary><c>[base]/Type/$name</c></summary>
    Type,

    /// <summary><c>[base]/Type/id/$name</c></summary>
    Instance,
}

/// <summary>An operation (R4, operations).</summary>
/// <param name="Name">With its dollar sign.</param>
/// <param name="Type">The resource type; null at the level of the system, and for an operation of every type.</param>
/// <param name="Definition">The canonical URL of its OperationDefinition.</param>
/// <param name="AllowsGet">True where it changes nothing and may be called by GET.</param>
/// <param name="Run">
/// Gets the request with type and id filled in and the body (Parameters, another resource, or null); the id need not
/// exist.
/// </param>
internal sealed record RestOperation(
    string Name, OperationLevel Level, string? Type, string Definition, bool AllowsGet, RestHandler Run);

/// <summary>A write about to be stored.</summary>
/// <param name="kind">What is asked for.</param>
/// <param name="id">The resource's id; null where the store will give it one.</param>
internal sealed class PendingWrite(PendingWriteKind kind, string type, string? id, Resource? resource)
{
    public PendingWriteKind Kind { get; } = kind;

    public string Type { get; } = type;

    public string? Id { get; } = id;

    /// <summary>
    /// The resource to store, null for a deletion; another one may be put in its place, of the same type and id.
    /// </summary>
    public Resource? Resource { get; set; } = resource;
}

/// <summary>What a write is to do.</summary>
internal enum PendingWriteKind
{
    Create,
    Update,
    Delete,
}

/// <summary>Why a write is not stored.</summary>
/// <param name="Status">The HTTP status, such as 422.</param>
/// <param name="Code">A code of R4's issue types, such as <c>business-rule</c>.</param>
/// <param name="Words">Expected X, got Y.</param>
/// <param name="Expression">The element to blame, null where none.</param>
internal sealed record WriteRefusal(int Status, string Code, string Words, string? Expression = null);
