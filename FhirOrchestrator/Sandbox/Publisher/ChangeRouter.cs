using System.Globalization;
using FhirOrchestrator.Telemetry;

namespace FhirOrchestrator.Sandbox.Publisher;

/// <summary>
/// Reads the feed of changes, page by page, and turns each change into the deliveries that are due for it.
/// </summary>
internal sealed class ChangeRouter(
    IRecords records,
    IPublisherLedger ledger,
    SubscriptionReader reader,
    SubscriberRegistry registry,
    PublisherSettings settings,
    TimeProvider time,
    ILogger<ChangeRouter> log)
{
    private const string SubscriptionType = "Subscription";

    private HeaderSeal? _seal;
    private SubscriptionIndex? _index;
    private long _position;
    private Misbehaviour _misbehaviour = Misbehaviour.None;
    private IReadOnlyDictionary<string, long> _counts = ImmutableDictionary<string, long>.Empty;

    /// <summary>
    /// Takes up where the publisher stopped; returns the Subscriptions that may have something to do.
    /// </summary>
    public async Task<IReadOnlyCollection<string>> LoadAsync(CancellationToken ct)
    {
        var start = await ledger.LoadAsync(ct);
        _seal = await ledger.ReadSealAsync(ct);
        var known = new List<PublishedSubscription>();
        foreach (var subscriber in start.Subscribers)
        {
            if (await records.ReadAsync(SubscriptionType, subscriber.Id, ct) is { } resource
                && reader.Read(resource, _seal).Subscription is { } subscription)
            {
                known.Add(subscription);
            }
        }

        registry.Replace(known);
        _index = null;
        _position = start.Position;
        _misbehaviour = start.Misbehaviour;
        _counts = start.Subscribers.ToDictionary(each => each.Id, each => each.Events, StringComparer.Ordinal);
        log.PublisherLoaded(_position, known.Count);
        return [.. known.Select(each => each.Id)];
    }

    /// <summary>
    /// Routes the next page of the feed in one transaction. Null where there is none; else the Subscriptions that may
    /// have something to do.
    /// </summary>
    public async Task<IReadOnlyCollection<string>?> RouteAsync(CancellationToken ct)
    {
        var changes = await records.ReadChangesAsync(_position, settings.PageMax, ct);
        if (changes.IsEmpty)
        {
            return null;
        }

        _misbehaviour = await ledger.ReadMisbehaviourAsync(ct);
        var draft = new RoutingDraft(registry.All, _counts, _misbehaviour, _index);
        foreach (var change in changes)
        {
            await ApplyAsync(draft, change, ct);
        }

        var page = draft.Finish(_position, changes[^1].Position);
        if (!await ledger.CommitAsync(page, ct))
        {
            log.PublisherOvertaken(_position);
            return await LoadAsync(ct);
        }

        registry.Replace(draft.Subscriptions);
        _index = draft.Index;
        _counts = draft.Counts;
        _position = page.After;
        log.PublisherRouted(changes.Length, page.Deliveries.Length, page.Dropped.Length);
        return draft.Touched;
    }

    private async Task ApplyAsync(RoutingDraft draft, RecordChange change, CancellationToken ct)
    {
        if (change.Type == SubscriptionType)
        {
            await ApplySubscriptionAsync(draft, change, ct);
        }

        if (!draft.IsWatched(change.Type))
        {
            return;
        }

        var told = change.IsDeleted ? Before(change.Version) : change.Version;
        if (told is not null && await records.ReadVersionAsync(change.Type, change.Id, told, ct) is { } resource)
        {
            var now = time.GetUtcNow();
            var at = change.IsDeleted ? now : resource.LastUpdated ?? now;
            draft.Tell(new ChangeKey(change.Type, change.Id, change.Version, change.IsDeleted, at), resource, now);
        }
    }

    private async Task ApplySubscriptionAsync(RoutingDraft draft, RecordChange change, CancellationToken ct)
    {
        var resource = change.IsDeleted
            ? null
            : await records.ReadVersionAsync(SubscriptionType, change.Id, change.Version, ct);
        if (resource is null)
        {
            draft.End(change.Id);
            return;
        }

        var reading = reader.Read(resource, _seal ??= await ledger.ReadSealAsync(ct));
        if (reading.Subscription is { } subscription)
        {
            draft.Change(subscription);
            return;
        }

        // The gate refuses these; one that came in past it, by a load of records, is not published.
        log.SubscriptionUnpublished(change.Id, reading.Refusals[0].Path);
        draft.End(change.Id);
    }

    private static string? Before(string version) =>
        long.TryParse(version, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 1
            ? (number - 1).ToString(CultureInfo.InvariantCulture)
            : null;
}
