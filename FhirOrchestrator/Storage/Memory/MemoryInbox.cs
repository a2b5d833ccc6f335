using FhirOrchestrator.Facts;

namespace FhirOrchestrator.Storage.Memory;

/// <summary>The inbox in memory.</summary>
internal sealed class MemoryInbox(MemoryTables tables) : IInbox
{
    public Task<InboxId> AppendAsync(Delivery delivery, CancellationToken ct)
    {
        InboxId id;
        lock (tables.Gate)
        {
            var name = (delivery.Ehr, delivery.Package, delivery.Subscription);
            if (delivery.Origin is Origin.Notification && tables.Registrations.TryGetValue(name, out var registration))
            {
                tables.Registrations[name] = registration with { LastNotification = tables.Now };
            }

            id = Add(delivery);
        }

        tables.Wake.Raise(WakeKinds.Inbox);
        return Task.FromResult(id);
    }

    public Task<int> AppendFoundAsync(
        Registration registration, ImmutableArray<FoundVersion> found, DateTimeOffset watermark, CancellationToken ct)
    {
        InboxLane.RequireOne(registration.Ehr, found);
        var count = 0;
        lock (tables.Gate)
        {
            var name = (registration.Ehr, registration.Package, registration.Name);
            if (tables.Registrations.TryGetValue(name, out var stored) && !(stored.Watermark >= watermark))
            {
                tables.Registrations[name] = stored with { Watermark = watermark };
            }

            foreach (var version in found.Where(IsFresh).Distinct().ToList())
            {
                Add(new Delivery
                {
                    Ehr = registration.Ehr,
                    Package = registration.Package,
                    Subscription = registration.Name,
                    Origin = Origin.Sweep,
                    Method = "GET",
                    Target = version.Key.Path,
                    Version = version.Version,
                    Body = ReadOnlyMemory<byte>.Empty,
                });
                count++;
            }
        }

        tables.Wake.Raise(count > 0 ? WakeKinds.Inbox : WakeKinds.None);
        return Task.FromResult(count);
    }

    public Task<ImmutableArray<InboxLease>> ClaimAsync(int countMax, TimeSpan lease, CancellationToken ct)
    {
        lock (tables.Gate)
        {
            var now = tables.Now;
            var lanes = new HashSet<string>(StringComparer.Ordinal);
            var blind = new HashSet<EhrId>();
            var leases = ImmutableArray.CreateBuilder<InboxLease>();
            foreach (var (number, entry) in tables.Inbox.ToList())
            {
                var waits = (entry.Lane is { } lane && !lanes.Add(lane))
                    || (entry.Delivery.Origin is Origin.Sweep && blind.Contains(entry.Delivery.Ehr));
                if (entry.Lane is null && entry.ReceivedAt > now - InboxLane.BlindWaitMax)
                {
                    blind.Add(entry.Delivery.Ehr);
                }

                if (!waits && entry.DueAt <= now && !(entry.LeasedUntil > now) && leases.Count < countMax)
                {
                    var claimed = entry with
                    {
                        LeasedUntil = now + lease, Attempts = entry.Attempts + 1, Epoch = entry.Epoch + 1,
                    };
                    tables.Inbox[number] = claimed;
                    leases.Add(new InboxLease(
                        new InboxId(number), entry.Delivery, entry.ReceivedAt, claimed.Attempts, claimed.Epoch));
                }
            }

            return Task.FromResult(leases.DrainToImmutable());
        }
    }

    public Task<bool> IsSeenAsync(ResourceKey key, string version, CancellationToken ct)
    {
        lock (tables.Gate)
        {
            return Task.FromResult(tables.Seen.ContainsKey((key, version)));
        }
    }

    public Task NoteAsync(
        InboxLease lease, ImmutableArray<SeenVersion> seen, ImmutableArray<NotedVerdict> verdicts, CancellationToken ct)
    {
        Note(lease, seen, verdicts, isLast: false);
        return Task.CompletedTask;
    }

    public Task FinishAsync(
        InboxLease lease, ImmutableArray<SeenVersion> seen, ImmutableArray<NotedVerdict> verdicts, CancellationToken ct)
    {
        Note(lease, seen, verdicts, isLast: true);
        tables.Wake.Raise(WakeKinds.Inbox);
        return Task.CompletedTask;
    }

    private void Note(
        InboxLease lease, ImmutableArray<SeenVersion> seen, ImmutableArray<NotedVerdict> verdicts, bool isLast)
    {
        lock (tables.Gate)
        {
            if (!IsOurs(lease))
            {
                return;
            }

            if (isLast)
            {
                tables.Inbox.Remove(lease.Id.Value);
            }

            foreach (var version in seen)
            {
                tables.Seen.TryAdd((version.Key, version.Version), version.Origin);
            }

            tables.Verdicts.AddRange(verdicts.Select(v => (lease.Id, v)));
        }
    }

    public Task QuarantineAsync(InboxLease lease, string reason, string words, CancellationToken ct)
    {
        lock (tables.Gate)
        {
            if (IsOurs(lease))
            {
                tables.Inbox.Remove(lease.Id.Value);
                tables.Quarantined.Add((lease, reason, words));
                var key = InboxLane.Split(lease.Delivery.Target) is ({ } type, { } id)
                    ? new ResourceKey(lease.Delivery.Ehr, type, id)
                    : null;
                var verdict = new MatchVerdict(null, MatchKind.Quarantined, reason, words);
                tables.Verdicts.Add((lease.Id, new NotedVerdict(key, lease.Delivery.Version, verdict)));
            }
        }

        tables.Wake.Raise(WakeKinds.Inbox);
        return Task.CompletedTask;
    }

    public Task RetryAsync(InboxLease lease, TimeSpan delay, string reason, CancellationToken ct)
    {
        lock (tables.Gate)
        {
            if (IsOurs(lease))
            {
                tables.Inbox[lease.Id.Value] =
                    tables.Inbox[lease.Id.Value] with { DueAt = tables.Now + delay, LeasedUntil = null };
            }
        }

        return Task.CompletedTask;
    }

    private InboxId Add(Delivery delivery)
    {
        var number = tables.NextNumber();
        tables.Inbox.Add(number, new MemoryEntry(delivery, tables.Now, tables.Now, null, 0, 0));
        return new InboxId(number);
    }

    // The same rule as in SQL: what waits without naming its version covers whatever is there when it is read.
    private bool IsFresh(FoundVersion found) =>
        !tables.Seen.ContainsKey((found.Key, found.Version))
        && !tables.Inbox.Values.Any(e => e.Lane == InboxLane.Of(found.Key)
            && (e.Delivery.Version == found.Version
                || (e.Delivery.Version is null && !(e.LeasedUntil > tables.Now))));

    private bool IsOurs(InboxLease lease) =>
        tables.Inbox.TryGetValue(lease.Id.Value, out var entry) && entry.Epoch == lease.Epoch;
}
