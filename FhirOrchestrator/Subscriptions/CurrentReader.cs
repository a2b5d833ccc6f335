using FhirOrchestrator.Facts;
using FhirOrchestrator.Remote;

namespace FhirOrchestrator.Subscriptions;

/// <summary>What reading an announced resource came to.</summary>
internal abstract record CurrentState
{
    private CurrentState()
    {
    }

    /// <summary>The resource as it is now, or that it is gone.</summary>
    public sealed record Read(Happening Happening) : CurrentState;

    /// <summary>The EHR gave no answer that can be trusted: to be tried again.</summary>
    public sealed record Later(TimeSpan? RetryAfter, string Words) : CurrentState;

    /// <summary>The EHR refuses for good, or the resource cannot be asked for: a person looks at it.</summary>
    public sealed record Refused(string Words) : CurrentState;
}

/// <summary>
/// Reads what an EHR has now: announcements are hints and may be late, doubled, out of order or forged.
/// </summary>
internal sealed class CurrentReader(EhrClients clients)
{
    /// <summary>Reads a resource's current state.</summary>
    /// <param name="seenAt">The store's clock.</param>
    public async Task<CurrentState> ReadAsync(
        ResourceKey key, Origin origin, InboxId inbox, DateTimeOffset seenAt, CancellationToken ct)
    {
        if (!clients.TryGet(key.Ehr, out var client))
        {
            return new CurrentState.Refused($"the EHR {key.Ehr} is not configured any more");
        }

        var reply = await client.ReadAsync(key.Type, key.Id, ct);
        if (reply is { IsOk: true, Body: { } resource })
        {
            return new CurrentState.Read(new(key, ResourceVersions.Of(resource), resource, origin, inbox, seenAt));
        }

        if (reply.IsSurelyGone)
        {
            var version = reply.Version is { } etag ? $"{ResourceVersions.Deleted}:{etag}" : ResourceVersions.Deleted;
            return new CurrentState.Read(new(key, version, null, origin, inbox, seenAt));
        }

        return reply.Outcome switch
        {
            FhirOutcome.NotFound => new CurrentState.Later(
                reply.RetryAfter,
                $"{reply.Words} without an OperationOutcome: it may be a proxy's, and is not taken for a deletion"),
            FhirOutcome.Refused => new CurrentState.Refused(reply.Words),
            _ => new CurrentState.Later(reply.RetryAfter, reply.Words),
        };
    }
}
