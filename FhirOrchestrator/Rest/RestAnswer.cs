using FhirOrchestrator.Fhir.Json;
using FhirOrchestrator.Storage.Resources;

namespace FhirOrchestrator.Rest;

/// <summary>What a request gets: written to HTTP, or into an entry of a batch's response.</summary>
internal sealed record RestAnswer(int Status)
{
    /// <summary>A resource as UTF-8 JSON; empty for none.</summary>
    public ReadOnlyMemory<byte> Body { get; init; }

    /// <summary>The version for <c>ETag</c>.</summary>
    public long? Version { get; init; }

    public DateTimeOffset? LastModified { get; init; }

    /// <summary>The absolute URL for <c>Location</c>.</summary>
    public string? Location { get; init; }

    public string? Allow { get; init; }

    /// <summary><c>W/"version"</c>, null where there is no version.</summary>
    public string? ETag => Version is { } version
        ? string.Create(System.Globalization.CultureInfo.InvariantCulture, $"W/\"{version}\"")
        : null;

    /// <summary>An answer with a resource that is not a stored one.</summary>
    public static RestAnswer Of(int status, Resource resource) => new(status) { Body = resource.ToUtf8() };

    /// <summary>An answer about a stored version.</summary>
    public static RestAnswer Of(int status, StoredResource stored, bool withBody = true) => new(status)
    {
        Body = withBody ? stored.Body : default,
        Version = stored.Version,
        LastModified = stored.LastUpdated,
    };
}
