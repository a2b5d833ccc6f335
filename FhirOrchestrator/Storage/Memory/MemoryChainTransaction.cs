using System.Diagnostics;
using FhirOrchestrator.Chains;

namespace FhirOrchestrator.Storage.Memory;

/// <summary>
/// The transaction of one change in memory. Fences and keys are taken at once and given back unless committed;
/// everything else is written by the commit, so that nobody reads what may be undone.
/// </summary>
internal sealed class MemoryChainTransaction : IChainTransaction
{
    private readonly MemoryTables _tables;
    private readonly MemoryLocks _locks;
    private readonly ChainId _id;
    private readonly List<Action> _undo = [];
    private readonly List<ChainChange> _saved = [];
    private bool _refused;
    private bool _disposed;

    public MemoryChainTransaction(MemoryTables tables, MemoryLocks locks, ChainId id)
    {
        _tables = tables;
        _locks = locks;
        _id = id;
        lock (tables.Gate)
        {
            Now = tables.Now;
            Chain = tables.Chains.GetValueOrDefault(id)?.Record;
        }
    }

    public DateTimeOffset Now { get; }

    public ChainRecord? Chain { get; private set; }

    public Task<bool> SaveAsync(ChainChange change, CancellationToken ct)
    {
        ChainChecks.Require(Chain, change);
        lock (_tables.Gate)
        {
            if (!TakeFences(change))
            {
                Undo();
                _refused = true;
                return Task.FromResult(false);
            }
        }

        _saved.Add(change);
        Chain = change.Chain;
        return Task.FromResult(true);
    }

    public Task CommitAsync(CancellationToken ct)
    {
        if (_refused)
        {
            throw new InvalidOperationException(
                "expected a change that was saved, got one that was refused: dispose it");
        }

        var kinds = WakeKinds.None;
        lock (_tables.Gate)
        {
            foreach (var change in _saved)
            {
                new MemoryWriter(_tables, change, Now).Write();
                kinds |= WakesOf(change);
            }

            _saved.Clear();
            _undo.Clear();
        }

        _tables.Wake.Raise(kinds);
        return Task.CompletedTask;
    }

    public ValueTask DisposeAsync()
    {
        if (!_disposed)
        {
            _disposed = true;
            lock (_tables.Gate)
            {
                Undo();
            }

            _locks.Give(_id);
        }

        return ValueTask.CompletedTask;
    }

    private bool TakeFences(ChainChange change)
    {
        if (change.Finished is { } lease)
        {
            if (!_tables.Jobs.TryGetValue(lease.Job, out var job) || job.Epoch != lease.Epoch)
            {
                return false;
            }

            _tables.Jobs.Remove(lease.Job);
            _undo.Add(() => _tables.Jobs.Add(lease.Job, job));
        }

        if (change.Letter is { } number)
        {
            if (!_tables.Letters.TryGetValue(number, out var letter) || letter.Outcome is not null)
            {
                return false;
            }

            _tables.Letters[number] = letter with
            {
                LeasedUntil = null, Outcome = new LetterOutcome(Verdict.Applied, null),
            };
            _undo.Add(() => _tables.Letters[number] = letter);
        }

        if (Chain is null)
        {
            var key = (change.Chain.State.Plan.Url, change.Chain.Ehr, change.Chain.BusinessKey);
            if (!_tables.Keys.TryAdd(key, change.Chain.Id))
            {
                return false;
            }

            _undo.Add(() => _tables.Keys.Remove(key));
        }

        return true;
    }

    private void Undo()
    {
        for (var i = _undo.Count - 1; i >= 0; i--)
        {
            _undo[i]();
        }

        _undo.Clear();
        _saved.Clear();
    }

    private static WakeKinds WakesOf(ChainChange change) => change.Commands.Aggregate(
        WakeKinds.None,
        (kinds, command) => kinds | command switch
        {
            ChainCommand.RunStep => WakeKinds.Jobs,
            ChainCommand.SetTimer => WakeKinds.Timers,
            ChainCommand.Publish => WakeKinds.Publish,
            ChainCommand.WithdrawStep or ChainCommand.ClearTimers or ChainCommand.OpenIncident
                or ChainCommand.CloseIncidents or ChainCommand.End => WakeKinds.None,
            _ => throw new UnreachableException(),
        });
}
