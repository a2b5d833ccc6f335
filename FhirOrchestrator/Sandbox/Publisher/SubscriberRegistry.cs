using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;

namespace FhirOrchestrator.Sandbox.Publisher;

/// <summary>
/// The Subscriptions as the feed last told of them. Only the router writes; couriers and <c>$status</c> read.
/// </summary>
internal sealed class SubscriberRegistry
{
    private readonly ConcurrentDictionary<string, PublishedSubscription> _known = new(StringComparer.Ordinal);

    public IEnumerable<PublishedSubscription> All => _known.Values;

    public bool TryGet(string id, [NotNullWhen(true)] out PublishedSubscription? subscription) =>
        _known.TryGetValue(id, out subscription);

    public void Replace(IEnumerable<PublishedSubscription> subscriptions)
    {
        var kept = subscriptions.ToDictionary(each => each.Id, StringComparer.Ordinal);
        foreach (var gone in _known.Keys.Where(id => !kept.ContainsKey(id)))
        {
            _known.TryRemove(gone, out _);
        }

        foreach (var (id, subscription) in kept)
        {
            _known[id] = subscription;
        }
    }
}
