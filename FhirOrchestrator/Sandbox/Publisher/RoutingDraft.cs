using FhirOrchestrator.Fhir.Json;

namespace FhirOrchestrator.Sandbox.Publisher;

/// <summary>
/// What comes of a page of the feed, gathered change by change without any I/O: the same changes, counts and
/// misbehaviour give the same deliveries.
/// </summary>
internal sealed class RoutingDraft
{
    private readonly Misbehaviour _misbehaviour;
    private readonly Dictionary<string, PublishedSubscription> _subscriptions;
    private readonly Dictionary<string, long> _counts;
    private readonly HashSet<string> _touched = new(StringComparer.Ordinal);
    private readonly HashSet<string> _cleared = new(StringComparer.Ordinal);
    private readonly HashSet<string> _ended = new(StringComparer.Ordinal);
    private readonly List<Delivery> _deliveries = [];
    private readonly List<Delivery> _dropped = [];
    private SubscriptionIndex? _index;
    private int _duplicated;
    private int _reordered;

    public RoutingDraft(
        IEnumerable<PublishedSubscription> subscriptions,
        IReadOnlyDictionary<string, long> counts,
        Misbehaviour misbehaviour,
        SubscriptionIndex? index = null)
    {
        _misbehaviour = misbehaviour;
        _index = index;
        _subscriptions = subscriptions.ToDictionary(each => each.Id, StringComparer.Ordinal);
        _counts = counts.ToDictionary(StringComparer.Ordinal);
    }

    /// <summary>The Subscriptions after the changes so far.</summary>
    public IReadOnlyCollection<PublishedSubscription> Subscriptions => _subscriptions.Values;

    /// <summary>What finds these Subscriptions; made anew only where one of them has changed.</summary>
    public SubscriptionIndex Index => _index ??= new SubscriptionIndex(_subscriptions.Values);

    /// <summary>The event counts after the changes so far.</summary>
    public IReadOnlyDictionary<string, long> Counts => _counts;

    /// <summary>The Subscriptions for which there may be something to do now.</summary>
    public IReadOnlyCollection<string> Touched => _touched;

    /// <summary>True where a change of this type can concern a Subscription.</summary>
    public bool IsWatched(string type) => _subscriptions.Values.Any(each => each.ResourceType == type);

    /// <summary>A Subscription in a new state. Whatever waits for one that is off or in error is thrown away.</summary>
    public void Change(PublishedSubscription subscription)
    {
        _subscriptions[subscription.Id] = subscription;
        _index = null;
        _counts.TryAdd(subscription.Id, 0);
        _touched.Add(subscription.Id);
        _ended.Remove(subscription.Id);
        if (subscription.State is SubscriptionState.Off or SubscriptionState.Error)
        {
            Clear(subscription.Id);
        }
    }

    /// <summary>A Subscription is deleted, or no longer one that can be published.</summary>
    public void End(string id)
    {
        if (_subscriptions.Remove(id) | _counts.Remove(id))
        {
            _index = null;
            Clear(id);
            _touched.Remove(id);
            _ended.Add(id);
        }
    }

    /// <summary>
    /// A resource has a new state, or is deleted: then <paramref name="resource"/> is its last state. R4's classic
    /// criteria tell nothing of a deletion.
    /// </summary>
    public void Tell(ChangeKey change, Resource resource, DateTimeOffset now)
    {
        foreach (var subscription in Index.Match(resource).Select(id => _subscriptions[id]))
        {
            var counts = subscription.State != SubscriptionState.Off && (subscription.End is not { } end || end > now);
            if (!counts || (change.IsDeleted && subscription.Topic is null))
            {
                continue;
            }

            var number = _counts[subscription.Id] + 1;
            _counts[subscription.Id] = number;
            _touched.Add(subscription.Id);

            // In error the server goes on counting, so that the gap shows, and sends nothing (Backport 1.1.0, errors).
            if (subscription.State != SubscriptionState.Error)
            {
                Queue(new Delivery(0, subscription.Id, number, change, HeldUntil: null), now);
            }
        }
    }

    /// <summary>The page to store.</summary>
    public RoutedPage Finish(long before, long after) => new()
    {
        Before = before,
        After = after,
        Subscribers = [.. _touched.Where(_counts.ContainsKey).Order(StringComparer.Ordinal)
            .Select(id => new Subscriber(id, _counts[id]))],
        Cleared = [.. _cleared.Order(StringComparer.Ordinal)],
        Ended = [.. _ended.Order(StringComparer.Ordinal)],
        Deliveries = [.. _deliveries],
        Dropped = [.. _dropped],
        Duplicated = _duplicated,
        Reordered = _reordered,
    };

    private void Queue(Delivery delivery, DateTimeOffset now)
    {
        var mischief = _misbehaviour.Decide(delivery.EventNumber);
        if (mischief.Copies == 0)
        {
            _dropped.Add(delivery);
            return;
        }

        var isHeld = mischief.Hold > TimeSpan.Zero;
        _deliveries.Add(isHeld ? delivery with { HeldUntil = now + mischief.Hold } : delivery);
        _reordered += isHeld ? 1 : 0;
        for (var copy = 1; copy < mischief.Copies; copy++)
        {
            _deliveries.Add(delivery);
            _duplicated++;
        }
    }

    private void Clear(string id)
    {
        _cleared.Add(id);
        _deliveries.RemoveAll(each => each.Subscription == id);
    }
}
