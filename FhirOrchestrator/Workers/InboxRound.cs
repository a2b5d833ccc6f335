using FhirOrchestrator.Facts;
using FhirOrchestrator.Intake;
using FhirOrchestrator.Remote;
using FhirOrchestrator.Storage;
using FhirOrchestrator.Subscriptions;
using FhirOrchestrator.Telemetry;

namespace FhirOrchestrator.Workers;

/// <summary>
/// Reads what stands in the inbox: which resources are meant, what they are now, what that means. An entry ends when
/// every resource that it tells of has been dealt with; until then it comes again.
/// </summary>
internal sealed class InboxRound(
    IInbox inbox, IChainStore store, EhrClients ehrs, CurrentReader current, InboxLook looks, MatchTurns match,
    ILogger<InboxRound> log)
{
    private const int CountMax = 16;

    // A bug of ours must not stop a lane: after so many tries a person gets the entry.
    private const int BreaksMax = 8;

    // An EHR may announce what its reads do not show yet. After so many tries, 14 s, what it shows is what there is.
    private const int LagsMax = 3;
    private static readonly TimeSpan Lease = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan DelayMax = TimeSpan.FromMinutes(1);

    public async Task<int> RunAsync(CancellationToken ct)
    {
        var entries = await inbox.ClaimAsync(CountMax, Lease, ct);
        await Task.WhenAll(entries.Select(entry => ReadAsync(entry, ct)));
        return entries.Length;
    }

    private async Task ReadAsync(InboxLease entry, CancellationToken ct)
    {
        try
        {
            await DealWithAsync(entry, ct);
        }
        catch (Exception bug) when (bug is not OperationCanceledException && !StorageFault.IsUnavailable(bug))
        {
            log.EntryBroke(entry.Id.Value, bug);
            if (entry.Attempts >= BreaksMax)
            {
                await inbox.QuarantineAsync(entry, "poison", "this server broke on it again and again", ct);
            }
            else
            {
                await inbox.RetryAsync(entry, BackOff(entry), "an error of this server", ct);
            }
        }
    }

    private async Task DealWithAsync(InboxLease entry, CancellationToken ct)
    {
        if (!ehrs.TryGet(entry.Delivery.Ehr, out var ehr))
        {
            await inbox.QuarantineAsync(entry, "unknown-ehr", "the EHR is not configured any more", ct);
            return;
        }

        switch (InboxReader.Read(entry.Delivery, ehr.Address))
        {
            case ReadDelivery.Nothing:
                await inbox.FinishAsync(entry, [], [], ct);
                break;
            case ReadDelivery.Unreadable unreadable:
                await inbox.QuarantineAsync(entry, unreadable.Reason, unreadable.Words, ct);
                break;
            case ReadDelivery.News news:
                await DealWithAsync(entry, news, ct);
                break;
            default:
                throw new System.Diagnostics.UnreachableException();
        }
    }

    private async Task DealWithAsync(InboxLease entry, ReadDelivery.News news, CancellationToken ct)
    {
        var done = new EntryAnswer();
        if (await DealWithAllAsync(entry, news.Hints, done, ct) is { } retry)
        {
            await inbox.RetryAsync(entry, retry.RetryAfter ?? BackOff(entry), retry.Words, ct);
            return;
        }

        // What a look finds comes in portions: nobody knows how much an EHR changed before it said "something".
        for (var look = news.Look ? await looks.LookAsync(entry, ct) : null; look is not null;)
        {
            var problem = look.Problem ?? await DealWithAllAsync(entry, look.Found, done, ct);
            if (problem is not null)
            {
                await inbox.RetryAsync(entry, problem.RetryAfter ?? BackOff(entry), problem.Words, ct);
                return;
            }

            if (look.IsComplete)
            {
                break;
            }

            await inbox.NoteAsync(entry, [.. done.Seen], [.. done.Verdicts], ct);
            done = new EntryAnswer();
            look = await looks.LookAsync(entry, ct);
        }

        await inbox.FinishAsync(entry, [.. done.Seen], [.. done.Verdicts], ct);
    }

    private async Task<RetryLater?> DealWithAllAsync(
        InboxLease entry, ImmutableArray<Hint> hints, EntryAnswer done, CancellationToken ct)
    {
        foreach (var hint in hints)
        {
            var read = await DealWithAsync(entry, hint, ct);
            if (read.Retry is { } retry)
            {
                return retry;
            }

            done.Seen.AddRange(read.Seen);
            done.Verdicts.AddRange(read.Verdicts.Select(verdict => new NotedVerdict(hint.Key, read.Version, verdict)));
        }

        return null;
    }

    private async Task<HintAnswer> DealWithAsync(InboxLease entry, Hint hint, CancellationToken ct)
    {
        if (hint is { Version: { } told, IsDeleted: false } && await inbox.IsSeenAsync(hint.Key, told, ct))
        {
            return HintAnswer.Duplicate(told);
        }

        var origin = entry.Delivery.Origin;
        switch (await current.ReadAsync(hint.Key, origin, entry.Id, await store.NowAsync(ct), ct))
        {
            case CurrentState.Later later:
                return HintAnswer.Later(new RetryLater(later.RetryAfter, later.Words));
            case CurrentState.Refused refused:
                return new HintAnswer(hint.Version)
                {
                    Verdicts = [new MatchVerdict(null, MatchKind.Quarantined, "not-readable", refused.Words)],
                };
            case CurrentState.Read { Happening: var happening }:
                return Lags(happening, hint) && entry.Attempts <= LagsMax
                    ? HintAnswer.Later(new RetryLater(null, "the EHR does not show yet what it told of"))
                    : await MatchAsync(happening, hint, ct);
            default:
                throw new System.Diagnostics.UnreachableException();
        }
    }

    // A replica of the EHR that is behind: what was told of is still to come.
    private static bool Lags(Happening shown, Hint told) => !shown.IsDeleted
        && (told.IsDeleted || (told.Version is { } version && ResourceVersions.IsBefore(shown.Version, version)));

    private async Task<HintAnswer> MatchAsync(Happening happening, Hint hint, CancellationToken ct)
    {
        var seen = ImmutableArray.Create(new SeenVersion(happening.Key, happening.Version, happening.Origin));
        if (hint.Version is { } told && ResourceVersions.IsBefore(told, happening.Version))
        {
            // The version told of has been overtaken: dealing with the current one dealt with it too. Where that is not
            // known it stays unseen, so that the sweep finds it should it show after all.
            seen = seen.Add(new SeenVersion(happening.Key, told, happening.Origin));
        }

        if (await inbox.IsSeenAsync(happening.Key, happening.Version, ct))
        {
            return HintAnswer.Duplicate(happening.Version) with { Seen = seen };
        }

        var answer = await match.MatchAsync(happening, ct);
        return answer.RetryBecause is { } because
            ? HintAnswer.Later(new RetryLater(null, because))
            : new HintAnswer(happening.Version) { Seen = seen, Verdicts = [.. answer.Verdicts] };
    }

    private static TimeSpan BackOff(InboxLease entry)
    {
        var doubled = TimeSpan.FromSeconds(Math.Pow(2, Math.Min(entry.Attempts, 6)));
        return doubled < DelayMax ? doubled : DelayMax;
    }

    private sealed class EntryAnswer
    {
        public List<SeenVersion> Seen { get; } = [];

        public List<NotedVerdict> Verdicts { get; } = [];
    }

    private sealed record HintAnswer(string? Version)
    {
        public ImmutableArray<SeenVersion> Seen { get; init; } = [];

        public ImmutableArray<MatchVerdict> Verdicts { get; init; } = [];

        public RetryLater? Retry { get; init; }

        public static HintAnswer Later(RetryLater retry) => new((string?)null) { Retry = retry };

        public static HintAnswer Duplicate(string version) => new(version)
        {
            Verdicts = [new MatchVerdict(
                null, MatchKind.Duplicate, MatchReasons.Duplicate, "this version has been dealt with")],
        };
    }
}

/// <summary>The EHR did not answer: to be tried again.</summary>
internal sealed record RetryLater(TimeSpan? RetryAfter, string Words);
