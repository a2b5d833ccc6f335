using FhirOrchestrator.Chains;
using FhirOrchestrator.Facts;

namespace FhirOrchestrator.Storage.Memory;

/// <summary>Chains in memory: the same contract, over <see cref="TimeProvider"/>; its tasks complete inline.</summary>
internal sealed class MemoryChainStore(MemoryTables tables) : IChainStore
{
    private readonly MemoryLocks _locks = new();

    public Task<DateTimeOffset> NowAsync(CancellationToken ct) => Task.FromResult(tables.Now);

    public async Task<IChainTransaction> BeginAsync(ChainId chain, CancellationToken ct)
    {
        await _locks.TakeAsync(chain, ct);
        return new MemoryChainTransaction(tables, _locks, chain);
    }

    public Task<ChainRecord?> FindAsync(ChainId chain, CancellationToken ct)
    {
        lock (tables.Gate)
        {
            return Task.FromResult(tables.Chains.GetValueOrDefault(chain)?.Record);
        }
    }

    public Task<ChainId?> FindByKeyAsync(string planUrl, EhrId ehr, string businessKey, CancellationToken ct)
    {
        lock (tables.Gate)
        {
            return Task.FromResult<ChainId?>(
                tables.Keys.TryGetValue((planUrl, ehr, businessKey), out var chain) && tables.Chains.ContainsKey(chain)
                    ? chain
                    : null);
        }
    }

    public Task<ImmutableArray<WaitMatch>> FindWaitingAsync(
        EhrId ehr, ImmutableArray<string> correlations, CancellationToken ct)
    {
        lock (tables.Gate)
        {
            return Task.FromResult<ImmutableArray<WaitMatch>>(
            [
                .. from wait in tables.Waits
                   let chain = tables.Chains[wait.Key].Record
                   where chain.Ehr == ehr
                   from key in wait.Value.Distinct()
                   where correlations.Contains(key.Correlation)
                   orderby chain.Id.ToString(), key.Correlation, key.Name
                   select new WaitMatch(chain.Id, chain.Package, key.Correlation, key.Name),
            ]);
        }
    }

    public Task<ImmutableArray<StaleChain>> FindStaleAsync(
        EhrId ehr, TimeSpan age, StaleChain? after, int countMax, CancellationToken ct)
    {
        lock (tables.Gate)
        {
            var oldest = tables.Now - age;
            return Task.FromResult<ImmutableArray<StaleChain>>(
            [
                .. (from row in tables.Chains.Values
                    let chain = row.Record
                    where !row.HasEnded && chain.Ehr == ehr
                    let read = chain.Dossier.Where(e => e.Name is "trigger" or "patient").Select(e => e.ReadAt).ToList()
                    where read.Count > 0 && read.Min() <= oldest
                    select new StaleChain(chain.Id, read.Min()))
                    .OrderBy(s => s.ReadAt).ThenBy(s => s.Chain.ToString(), StringComparer.Ordinal)
                    .Where(s => after is null || s.ReadAt > after.ReadAt || (s.ReadAt == after.ReadAt
                        && string.CompareOrdinal(s.Chain.ToString(), after.Chain.ToString()) > 0))
                    .Take(countMax),
            ]);
        }
    }

    public Task NoteReadAsync(ChainId chain, ImmutableArray<DossierEntry> entries, CancellationToken ct)
    {
        lock (tables.Gate)
        {
            if (tables.Chains.TryGetValue(chain, out var row))
            {
                tables.Chains[chain] = row with
                {
                    Record = row.Record with
                    {
                        Dossier = [.. row.Record.Dossier.Select(known => Noted(known, entries))],
                    },
                };
            }
        }

        return Task.CompletedTask;
    }

    private static DossierEntry Noted(DossierEntry known, ImmutableArray<DossierEntry> entries) =>
        entries.FirstOrDefault(e =>
            (e.Name, e.Type, e.Id, e.Version) == (known.Name, known.Type, known.Id, known.Version)) is { } again
            && again.ReadAt > known.ReadAt
            ? known with { ReadAt = again.ReadAt }
            : known;

    public Task<ImmutableArray<JobLease>> ClaimJobsAsync(int countMax, TimeSpan lease, CancellationToken ct)
    {
        lock (tables.Gate)
        {
            var now = tables.Now;
            var due = tables.Jobs
                .Where(j => (j.Value.LeasedUntil ?? j.Value.RunAt) <= now)
                .OrderBy(j => j.Value.Priority).ThenBy(j => j.Value.LeasedUntil ?? j.Value.RunAt).ThenBy(j => j.Key)
                .Take(countMax)
                .ToList();
            var leases = ImmutableArray.CreateBuilder<JobLease>(due.Count);
            foreach (var (number, job) in due)
            {
                tables.Jobs[number] = job with { LeasedUntil = now + lease, Epoch = job.Epoch + 1 };
                leases.Add(new JobLease(number, job.Chain, job.Attempt, job.Epoch + 1, job.Ehr));
            }

            return Task.FromResult(leases.DrainToImmutable());
        }
    }

    public Task<ImmutableArray<DueTimer>> FindDueTimersAsync(int countMax, CancellationToken ct)
    {
        lock (tables.Gate)
        {
            return Task.FromResult<ImmutableArray<DueTimer>>(
            [
                .. tables.Timers.Where(t => t.Value <= tables.Now).OrderBy(t => t.Value).Take(countMax)
                    .Select(t => new DueTimer(t.Key.Chain, t.Key.Step, t.Key.Kind, t.Value)),
            ]);
        }
    }

    public Task<ImmutableArray<PublishLease>> ClaimPublishAsync(int countMax, TimeSpan lease, CancellationToken ct)
    {
        lock (tables.Gate)
        {
            var now = tables.Now;
            var due = tables.Publishes
                .Where(p => (p.Value.LeasedUntil ?? p.Value.RunAt) <= now)
                .OrderBy(p => p.Value.LeasedUntil ?? p.Value.RunAt)
                .ThenBy(p => p.Key.ToString(), StringComparer.Ordinal)
                .Take(countMax)
                .ToList();
            var leases = ImmutableArray.CreateBuilder<PublishLease>(due.Count);
            foreach (var (chain, row) in due)
            {
                var claimed = row with
                {
                    LeasedUntil = now + lease, Epoch = row.Epoch + 1, Attempts = row.Attempts + 1,
                };
                tables.Publishes[chain] = claimed;
                leases.Add(new PublishLease(chain, claimed.Revision, claimed.Epoch, claimed.Attempts));
            }

            return Task.FromResult(leases.DrainToImmutable());
        }
    }

    public Task FinishPublishAsync(PublishLease lease, CancellationToken ct)
    {
        var stays = false;
        lock (tables.Gate)
        {
            if (tables.Publishes.TryGetValue(lease.Chain, out var row) && row.Epoch == lease.Epoch)
            {
                stays = row.Revision != lease.Revision;
                if (stays)
                {
                    tables.Publishes[lease.Chain] = row with { LeasedUntil = null, Attempts = 0, RunAt = tables.Now };
                }
                else
                {
                    tables.Publishes.Remove(lease.Chain);
                }
            }
        }

        tables.Wake.Raise(stays ? WakeKinds.Publish : WakeKinds.None);
        return Task.CompletedTask;
    }

    public Task RetryPublishAsync(PublishLease lease, TimeSpan delay, string reason, CancellationToken ct)
    {
        lock (tables.Gate)
        {
            if (tables.Publishes.TryGetValue(lease.Chain, out var row) && row.Epoch == lease.Epoch)
            {
                tables.Publishes[lease.Chain] = row with { LeasedUntil = null, RunAt = tables.Now + delay };
            }
        }

        return Task.CompletedTask;
    }

    public Task<long> PostAsync(ChainId chain, ChainEvent happened, CancellationToken ct)
    {
        long number;
        lock (tables.Gate)
        {
            number = tables.NextNumber();
            tables.Letters.Add(number, new MemoryLetter(chain, happened, null, null));
        }

        tables.Wake.Raise(WakeKinds.Letters);
        return Task.FromResult(number);
    }

    public Task<ImmutableArray<Letter>> ClaimLettersAsync(int countMax, TimeSpan lease, CancellationToken ct)
    {
        lock (tables.Gate)
        {
            var now = tables.Now;
            var taken = new HashSet<ChainId>();
            var letters = ImmutableArray.CreateBuilder<Letter>();
            foreach (var (number, letter) in tables.Letters.Where(l => l.Value.Outcome is null).ToList())
            {
                // The oldest open letter of a chain, or none of it.
                if (taken.Add(letter.Chain) && !(letter.LeasedUntil > now) && letters.Count < countMax)
                {
                    tables.Letters[number] = letter with { LeasedUntil = now + lease };
                    letters.Add(new Letter(number, letter.Chain, letter.Happened));
                }
            }

            return Task.FromResult(letters.DrainToImmutable());
        }
    }

    public Task FinishLetterAsync(long letter, Verdict verdict, string? why, CancellationToken ct)
    {
        lock (tables.Gate)
        {
            if (tables.Letters.TryGetValue(letter, out var row) && row.Outcome is null)
            {
                tables.Letters[letter] = row with { LeasedUntil = null, Outcome = new LetterOutcome(verdict, why) };
            }
        }

        return Task.CompletedTask;
    }

    public Task<LetterOutcome?> FindLetterOutcomeAsync(long letter, CancellationToken ct)
    {
        lock (tables.Gate)
        {
            return Task.FromResult(tables.Letters.GetValueOrDefault(letter)?.Outcome);
        }
    }

    public Task<WrittenEffect> IntendAsync(WrittenEffect effect, CancellationToken ct)
    {
        lock (tables.Gate)
        {
            var key = KeyOf(effect);
            tables.Written.TryAdd(key, effect);
            return Task.FromResult(tables.Written[key]);
        }
    }

    public Task SettleAsync(WrittenEffect effect, CancellationToken ct)
    {
        lock (tables.Gate)
        {
            var key = KeyOf(effect);
            if (!tables.Written.ContainsKey(key))
            {
                throw new InvalidOperationException(
                    $"expected an effect that was intended before, got {effect.Type} of "
                    + $"{effect.Chain}/{effect.Step}/{effect.Round}");
            }

            tables.Written[key] = effect;
            return Task.CompletedTask;
        }
    }

    public Task<WrittenEffect?> FindWrittenAsync(ResourceKey key, CancellationToken ct)
    {
        lock (tables.Gate)
        {
            return Task.FromResult(tables.Written.Values.FirstOrDefault(
                w => w.Ehr == key.Ehr && w.Type == key.Type && w.Id == key.Id));
        }
    }

    public Task<ImmutableArray<WrittenEffect>> FindWrittenAsync(ChainId chain, CancellationToken ct)
    {
        lock (tables.Gate)
        {
            return Task.FromResult<ImmutableArray<WrittenEffect>>(
            [
                .. tables.Written.Values.Where(w => w.Chain == chain)
                    .OrderBy(w => w.Step).ThenBy(w => w.Round).ThenBy(w => w.Type, StringComparer.Ordinal),
            ]);
        }
    }

    private static (EhrId Ehr, ChainId Chain, StepName Step, int Round, string Type) KeyOf(WrittenEffect effect) =>
        (effect.Ehr, effect.Chain, effect.Step, effect.Round, effect.Type);
}
