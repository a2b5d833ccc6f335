using System.Collections.Concurrent;
using FhirOrchestrator.Facts;
using FhirOrchestrator.Remote;
using FhirOrchestrator.Settings;
using FhirOrchestrator.Storage;

namespace FhirOrchestrator.Subscriptions;

/// <summary>What going and looking came to.</summary>
internal abstract record LookResult
{
    private LookResult()
    {
    }

    /// <summary>These versions have not been dealt with, and nobody else got them.</summary>
    /// <param name="Versions">Oldest first.</param>
    /// <param name="IsComplete">False where there is more: deal with these, then look again for the same entry.</param>
    public sealed record Found(ImmutableArray<FoundVersion> Versions, bool IsComplete) : LookResult;

    /// <summary>
    /// Another announcement that came meanwhile got the result of a look that began after this one was asked for.
    /// </summary>
    public sealed record Shared : LookResult;

    /// <summary>The EHR does not answer: to be tried again.</summary>
    public sealed record NotNow(TimeSpan? RetryAfter, string Words) : LookResult;
}

/// <summary>
/// Answers an announcement without content: goes and looks at once what changed. Announcements that come while a look
/// is under way share the next one, so that a burst, or a flood of forged ones, costs an EHR one search at a time.
/// </summary>
internal sealed class Lookout(EhrClients clients, IInbox inbox, SweepSettings settings, TimeProvider time)
{
    private const int PagesMax = 20;
    private const int KnownMax = 20_000;
    private const int VersionsMax = 100;

    // After this long an entry that took versions and did not finish them is not waited for any more.
    private static readonly TimeSpan TakenFor = TimeSpan.FromMinutes(5);

    // What an EHR shows even later than this after its stamp is the sweep's to find.
    private static readonly TimeSpan OverlapMax = TimeSpan.FromSeconds(30);
    private readonly ConcurrentDictionary<string, Turn> _turns = new(StringComparer.Ordinal);

    /// <summary>
    /// What changed under a registration and was not dealt with yet. Only one of several askers gets a version; it
    /// counts for the others too, because the inbox entry that got it stays until it has dealt with it. Asked again,
    /// the same entry gets it again.
    /// </summary>
    public async Task<LookResult> LookAsync(Registration registration, InboxId asker, CancellationToken ct)
    {
        if (!clients.TryGet(registration.Ehr, out var client))
        {
            return new LookResult.NotNow(null, "the EHR is not configured any more");
        }

        var turn = _turns.GetOrAdd(registration.Token, _ => new Turn());
        var ticket = turn.Ask();
        await turn.Gate.WaitAsync(ct);
        try
        {
            // A look that began after this one was asked for has seen whatever this one was told about.
            if (turn.LastBegun > ticket)
            {
                return new LookResult.Shared();
            }

            var begun = turn.Ask();
            var result = await SearchAsync(client, registration, asker, turn, ct);
            if (result is LookResult.Found { IsComplete: true })
            {
                turn.LastBegun = begun;
            }

            return result;
        }
        finally
        {
            turn.Gate.Release();
        }
    }

    private async Task<LookResult> SearchAsync(
        EhrClient client, Registration registration, InboxId asker, Turn turn, CancellationToken ct)
    {
        var watermark = registration.Watermark ?? client.Settings.Since ?? time.GetUtcNow();
        var overlap = settings.Overlap < OverlapMax ? settings.Overlap : OverlapMax;
        var since = turn.LookedUpTo is { } last && last - overlap > watermark - settings.Overlap
            ? last - overlap
            : watermark - settings.Overlap;
        var found = ImmutableArray.CreateBuilder<FoundVersion>();
        var met = new HashSet<FoundVersion>();
        await foreach (var stretch in new ChangeSearch(client, PagesMax).RunAsync(registration.Criteria, since, ct))
        {
            foreach (var item in stretch.Items.Where(item => met.Add(item.Found)))
            {
                if (turn.IsTakenByAnother(item.Found, asker, time.GetUtcNow())
                    || await IsSeenAsync(item.Found, turn, ct))
                {
                    continue;
                }

                found.Add(item.Found);
                if (found.Count == VersionsMax)
                {
                    turn.Take(found, asker, time.GetUtcNow() + TakenFor);
                    return new LookResult.Found(found.ToImmutable(), IsComplete: false);
                }
            }

            if (stretch is { IsLast: true, Failure: { } failure } && found.Count == 0)
            {
                return new LookResult.NotNow(stretch.RetryAfter, failure);
            }

            if (stretch.IsLast)
            {
                turn.LookedUpTo = stretch.Failure is null ? stretch.Now ?? turn.LookedUpTo : stretch.CompleteUpTo;
                turn.Take(found, asker, time.GetUtcNow() + TakenFor);
                return new LookResult.Found(found.ToImmutable(), IsComplete: stretch.Failure is null);
            }
        }

        throw new System.Diagnostics.UnreachableException();
    }

    // Once seen is seen for ever: remembering it spares the store a question for each look at the same minute.
    private async Task<bool> IsSeenAsync(FoundVersion version, Turn turn, CancellationToken ct)
    {
        if (turn.Seen.Contains(version))
        {
            return true;
        }

        if (!await inbox.IsSeenAsync(version.Key, version.Version, ct))
        {
            return false;
        }

        if (turn.Seen.Count >= KnownMax)
        {
            turn.Seen.Clear();
        }

        turn.Seen.Add(version);
        return true;
    }

    private sealed class Turn
    {
        private readonly Dictionary<FoundVersion, (InboxId By, DateTimeOffset Until)> _taken = [];
        private long _tickets;

        public SemaphoreSlim Gate { get; } = new(1);

        // Only touched inside the gate.
        public long LastBegun { get; set; }

        public DateTimeOffset? LookedUpTo { get; set; }

        public HashSet<FoundVersion> Seen { get; } = [];

        public long Ask() => Interlocked.Increment(ref _tickets);

        public bool IsTakenByAnother(FoundVersion version, InboxId asker, DateTimeOffset now) =>
            _taken.TryGetValue(version, out var taken) && taken.By != asker && taken.Until > now;

        public void Take(IEnumerable<FoundVersion> versions, InboxId asker, DateTimeOffset until)
        {
            if (_taken.Count >= KnownMax)
            {
                _taken.Clear();
            }

            foreach (var version in versions)
            {
                _taken[version] = (asker, until);
            }
        }
    }
}
