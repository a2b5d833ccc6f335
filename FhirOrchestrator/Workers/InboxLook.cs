using FhirOrchestrator.Intake;
using FhirOrchestrator.Storage;
using FhirOrchestrator.Subscriptions;

namespace FhirOrchestrator.Workers;

/// <summary>Follows up an announcement that only says "something changed".</summary>
internal sealed class InboxLook(IRegistrations registrations, Lookout lookout)
{
    /// <summary>What changed under the delivery's subscription; or why the EHR cannot be asked now.</summary>
    public async Task<(ImmutableArray<Hint> Found, RetryLater? Problem)> LookAsync(Delivery delivery, CancellationToken ct)
    {
        var all = await registrations.ListAsync(ct);
        var registration = all.FirstOrDefault(each =>
            each.Ehr == delivery.Ehr && each.Package == delivery.Package && each.Name == delivery.Subscription);
        if (registration is null)
        {
            return ([], null); // Withdrawn meanwhile: nobody wants to know any more.
        }

        return await lookout.LookAsync(registration, ct) switch
        {
            LookResult.Found found => ([.. found.Versions.Select(each => new Hint(each.Key, each.Version, false))], null),
            LookResult.NotNow notNow => ([], new RetryLater(notNow.RetryAfter, notNow.Words)),
            LookResult.Shared => ([], null),
            _ => throw new System.Diagnostics.UnreachableException(),
        };
    }
}
