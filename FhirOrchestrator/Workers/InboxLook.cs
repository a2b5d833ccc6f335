using FhirOrchestrator.Intake;
using FhirOrchestrator.Storage;
using FhirOrchestrator.Subscriptions;

namespace FhirOrchestrator.Workers;

/// <summary>Follows up an announcement that only says "something changed".</summary>
internal sealed class InboxLook(IRegistrations registrations, Lookout lookout)
{
    /// <summary>What changed under the delivery's subscription; or why the EHR cannot be asked now.</summary>
    public async Task<Look> LookAsync(InboxLease entry, CancellationToken ct)
    {
        var delivery = entry.Delivery;
        var all = await registrations.ListAsync(ct);
        var registration = all.FirstOrDefault(each =>
            each.Ehr == delivery.Ehr && each.Package == delivery.Package && each.Name == delivery.Subscription);
        if (registration is null)
        {
            return new Look([], IsComplete: true); // Withdrawn meanwhile: nobody wants to know any more.
        }

        return await lookout.LookAsync(registration, entry.Id, ct) switch
        {
            LookResult.Found found => new Look(
                [.. found.Versions.Select(each => new Hint(each.Key, each.Version, false))], found.IsComplete),
            LookResult.NotNow notNow => new Look([], true, new RetryLater(notNow.RetryAfter, notNow.Words)),
            LookResult.Shared => new Look([], IsComplete: true),
            _ => throw new System.Diagnostics.UnreachableException(),
        };
    }
}

/// <summary>What looking found.</summary>
/// <param name="IsComplete">False: deal with these, then look again.</param>
/// <param name="Problem">Why the EHR cannot be asked now; null where it was.</param>
internal sealed record Look(ImmutableArray<Hint> Found, bool IsComplete, RetryLater? Problem = null);
