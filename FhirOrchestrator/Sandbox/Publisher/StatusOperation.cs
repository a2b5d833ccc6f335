using FhirOrchestrator.Fhir.Json;
using FhirOrchestrator.Fhir.Notifications;

namespace FhirOrchestrator.Sandbox.Publisher;

/// <summary><c>Subscription/$status</c> and <c>Subscription/{id}/$status</c> (Backport 1.1.0).</summary>
internal sealed class StatusOperation(
    IRecords records, IPublisherLedger ledger, PublisherSettings settings, TimeProvider time)
{
    private const string ErrorSystem = "http://terminology.hl7.org/CodeSystem/subscription-error";

    /// <summary>The status of one Subscription; null where it does not exist.</summary>
    public async Task<Resource?> OfOneAsync(string id, CancellationToken ct) =>
        await records.ReadAsync("Subscription", id, ct) is { } subscription
            ? await AnswerAsync([subscription], ct)
            : null;

    /// <summary>
    /// The status of those that have one of the ids and one of the states; an empty list asks for all.
    /// </summary>
    public async Task<Resource> OfManyAsync(
        IReadOnlyCollection<string> ids, IReadOnlyCollection<string> states, CancellationToken ct)
    {
        var all = await records.SearchAsync("Subscription", "", ct);
        var asked = ids.Select(id => id.StartsWith("Subscription/", StringComparison.Ordinal) ? id[13..] : id)
            .ToHashSet(StringComparer.Ordinal);
        return await AnswerAsync(
            [.. all.Where(each => (asked.Count == 0 || (each.Id is { } id && asked.Contains(id)))
                && (states.Count == 0 || (each.Root.Text("status") is { } state && states.Contains(state))))],
            ct);
    }

    private async Task<Resource> AnswerAsync(ImmutableArray<Resource> subscriptions, CancellationToken ct)
    {
        var statuses = new List<(Notification, Guid)>(subscriptions.Length);
        foreach (var subscription in subscriptions)
        {
            var criteria = subscription.Root.Text("criteria");
            var error = subscription.Root.Text("error");
            statuses.Add((
                new Notification
                {
                    Type = NotificationType.QueryStatus,
                    Subscription = subscription.Path,
                    Topic = criteria is not null && TopicCatalogue.Topics.ContainsKey(criteria) ? criteria : null,
                    Status = subscription.Root.Text("status"),
                    EventsSinceStart = await ledger.CountEventsAsync(subscription.Id ?? "", ct) ?? 0,
                    Errors = error is null ? [] : [$"{ErrorSystem}|no-response"],
                },
                Guid.NewGuid()));
        }

        return NotificationWriter.WriteStatuses(statuses, settings.BaseUrl(), time.GetUtcNow());
    }
}
