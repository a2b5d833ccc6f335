using System.Collections.Immutable;
using FhirOrchestrator.Facts;
using FhirOrchestrator.Storage;

namespace FhirOrchestrator.Tests.Support;

/// <summary>An inbox that keeps what is appended, for tests of those who append; nobody claims from it.</summary>
internal sealed class FakeInbox : IInbox
{
    public List<Delivery> Deliveries { get; } = [];

    public List<FoundVersion> Found { get; } = [];

    public HashSet<FoundVersion> Seen { get; } = [];

    public List<DateTimeOffset> Watermarks { get; } = [];

    /// <summary>True: as if the database were gone.</summary>
    public bool IsGone { get; set; }

    public Task<InboxId> AppendAsync(Delivery delivery, CancellationToken ct)
    {
        if (IsGone)
        {
            throw new InvalidOperationException("the database is gone");
        }

        Deliveries.Add(delivery);
        return Task.FromResult(new InboxId(Deliveries.Count));
    }

    public Task<int> AppendFoundAsync(
        Registration registration, ImmutableArray<FoundVersion> found, DateTimeOffset watermark, CancellationToken ct)
    {
        var fresh = found.Where(version => !Seen.Contains(version) && !Found.Contains(version)).Distinct().ToArray();
        Found.AddRange(fresh);
        Watermarks.Add(watermark);
        return Task.FromResult(fresh.Length);
    }

    public Task<bool> IsSeenAsync(ResourceKey key, string version, CancellationToken ct) =>
        Task.FromResult(Seen.Contains(new FoundVersion(key, version)));

    public Task<ImmutableArray<InboxLease>> ClaimAsync(int countMax, TimeSpan lease, CancellationToken ct) =>
        throw new NotSupportedException();

    public Task NoteAsync(
        InboxLease lease, ImmutableArray<SeenVersion> seen, ImmutableArray<NotedVerdict> verdicts,
        CancellationToken ct) =>
        throw new NotSupportedException();

    public Task FinishAsync(
        InboxLease lease, ImmutableArray<SeenVersion> seen, ImmutableArray<NotedVerdict> verdicts,
        CancellationToken ct) =>
        throw new NotSupportedException();

    public Task QuarantineAsync(InboxLease lease, string reason, string words, CancellationToken ct) =>
        throw new NotSupportedException();

    public Task RetryAsync(InboxLease lease, TimeSpan delay, string reason, CancellationToken ct) =>
        throw new NotSupportedException();
}
