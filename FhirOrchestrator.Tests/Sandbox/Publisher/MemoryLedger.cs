using System.Collections.Immutable;
using FhirOrchestrator.Sandbox.Publisher;

namespace FhirOrchestrator.Tests.Sandbox.Publisher;

/// <summary>The publisher's ledger in memory.</summary>
internal sealed class MemoryLedger : IPublisherLedger
{
    private static readonly HeaderSeal Seal = new(new byte[32]);

    private readonly Lock _gate = new();
    private readonly SortedDictionary<string, long> _events = new(StringComparer.Ordinal);
    private readonly List<Delivery> _queue = [];
    private readonly List<Delivery> _dropped = [];
    private Misbehaviour _misbehaviour = Misbehaviour.None;
    private long _position;
    private long _sequence;
    private long _duplicated;
    private long _reordered;

    public Task<LedgerStart> LoadAsync(CancellationToken ct)
    {
        lock (_gate)
        {
            return Task.FromResult(new LedgerStart(
                _position, [.. _events.Select(each => new Subscriber(each.Key, each.Value))], _misbehaviour));
        }
    }

    public Task<bool> CommitAsync(RoutedPage page, CancellationToken ct)
    {
        lock (_gate)
        {
            if (_position != page.Before)
            {
                return Task.FromResult(false);
            }

            _position = page.After;
            foreach (var id in page.Ended)
            {
                _events.Remove(id);
            }

            foreach (var subscriber in page.Subscribers)
            {
                _events[subscriber.Id] = subscriber.Events;
            }

            _queue.RemoveAll(each => page.Cleared.Contains(each.Subscription));
            _queue.AddRange(page.Deliveries.Select(each => each with { Sequence = ++_sequence }));
            _dropped.AddRange(page.Dropped);
            _duplicated += page.Duplicated;
            _reordered += page.Reordered;
            return Task.FromResult(true);
        }
    }

    public Task<ImmutableArray<Delivery>> ReadQueueAsync(string subscription, int countMax, CancellationToken ct)
    {
        lock (_gate)
        {
            var mine = _queue.Where(each => each.Subscription == subscription).ToList();
            return Task.FromResult<ImmutableArray<Delivery>>(
            [
                .. mine.Where(each => each.HeldUntil is null).Take(countMax),
                .. mine.Where(each => each.HeldUntil is not null).OrderBy(each => each.HeldUntil).Take(countMax),
            ]);
        }
    }

    public Task DeliveredAsync(long sequence, CancellationToken ct)
    {
        lock (_gate)
        {
            _queue.RemoveAll(each => each.Sequence == sequence);
            return Task.CompletedTask;
        }
    }

    public Task<long?> CountEventsAsync(string subscription, CancellationToken ct)
    {
        lock (_gate)
        {
            return Task.FromResult<long?>(_events.TryGetValue(subscription, out var events) ? events : null);
        }
    }

    public Task<MischiefReport> ReportAsync(CancellationToken ct)
    {
        lock (_gate)
        {
            return Task.FromResult(new MischiefReport(
                _misbehaviour, _duplicated, _reordered, _queue.Count,
                [.. _dropped.Select(each => each.Change.VersionedPath)]));
        }
    }

    public Task<HeaderSeal> ReadSealAsync(CancellationToken ct) => Task.FromResult(Seal);

    public Task<Misbehaviour> ReadMisbehaviourAsync(CancellationToken ct) => Task.FromResult(_misbehaviour);

    public Task SetMisbehaviourAsync(Misbehaviour misbehaviour, CancellationToken ct)
    {
        lock (_gate)
        {
            (_misbehaviour, _duplicated, _reordered) = (misbehaviour, 0, 0);
            _dropped.Clear();
            return Task.CompletedTask;
        }
    }
}
