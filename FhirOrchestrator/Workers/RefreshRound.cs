using System.Collections.Concurrent;
using FhirOrchestrator.Facts;
using FhirOrchestrator.Remote;
using FhirOrchestrator.Storage;
using FhirOrchestrator.Subscriptions;
using FhirOrchestrator.Telemetry;

namespace FhirOrchestrator.Workers;

/// <summary>
/// Reads again what live chains rest on, oldest first: R4 announces no deletion, and a lost notification is never
/// repeated. What an EHR does not answer keeps its age, so that "data as of" on the screens tells the truth.
/// </summary>
internal sealed class RefreshRound(
    EhrClients clients, IRegistrations registrations, IChainStore store, CurrentReader current, ChainRefresh refresh,
    TimeProvider time, ILogger<RefreshRound> log)
{
    /// <summary>The age at which data is read again: the screens call it stale after 15 minutes.</summary>
    public static readonly TimeSpan AgeMax = TimeSpan.FromMinutes(10);

    /// <summary>
    /// The most reads of a round, of one EHR; a round is begun every 30 s, so at most 10 reads a second.
    /// </summary>
    public const int ReadsMax = 300;

    private const int ChainsMax = 100;

    // An EHR that is down is left alone until the next round.
    private const int FailuresMax = 3;
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(30);

    // Where the last round stopped: what cannot be read stays the oldest, and must not keep the others from their turn.
    private readonly ConcurrentDictionary<EhrId, StaleChain> _reached = [];

    /// <summary>Keeps on until cancelled, which throws; every EHR by itself.</summary>
    public Task RunAsync(CancellationToken ct) => Task.WhenAll(clients.All.Select(client => RunAsync(client, ct)));

    /// <summary>One round over one EHR; only one replica does it at a time.</summary>
    public Task<bool> RunRoundAsync(EhrClient client, CancellationToken ct) => registrations.WhileLeaderAsync(
        $"refresh:{client.Settings.Name}", inner => RefreshAsync(client, inner), ct);

    private async Task RunAsync(EhrClient client, CancellationToken ct)
    {
        while (!ct.IsCancellationRequested)
        {
            await Task.Delay(Every, time, ct);
            try
            {
                await RunRoundAsync(client, ct);
            }
            catch (Exception fault) when (!ct.IsCancellationRequested)
            {
                // The edge of a loop: the next round may succeed.
                log.RefreshFailed(client.Settings.Name.Value, fault);
            }
        }
    }

    private async Task RefreshAsync(EhrClient client, CancellationToken ct)
    {
        var ehr = client.Settings.Name;
        var reads = new RefreshReads(current, store, ehr);
        var after = _reached.TryGetValue(ehr, out var reached) ? reached : null;
        var stale = await store.FindStaleAsync(ehr, AgeMax, after, ChainsMax, ct);
        var (done, news) = (0, 0);
        while (done < stale.Length && reads.Count < ReadsMax && reads.FailuresInARow < FailuresMax)
        {
            _reached[ehr] = stale[done];
            news += await refresh.RefreshAsync(stale[done++].Chain, client, reads, ct);
        }

        if (done == stale.Length && stale.Length < ChainsMax)
        {
            _reached.TryRemove(ehr, out _);
        }

        if (news > 0)
        {
            log.RefreshFound(ehr.Value, news, reads.Count);
        }
    }
}

/// <summary>The reads of one round: each resource once, however many chains rest on it.</summary>
internal sealed class RefreshReads(CurrentReader current, IChainStore store, EhrId ehr)
{
    // No inbox entry led here.
    private static readonly InboxId NoEntry = new(0);
    private readonly Dictionary<string, Happening?> _known = new(StringComparer.Ordinal);

    /// <summary>How many requests were sent.</summary>
    public int Count { get; private set; }

    /// <summary>How many requests in a row had no answer that can be trusted.</summary>
    public int FailuresInARow { get; private set; }

    /// <summary>The resource as the EHR has it now, or that it is gone; null where the EHR did not say.</summary>
    public async Task<Happening?> ReadAsync(string type, string id, CancellationToken ct)
    {
        var key = new ResourceKey(ehr, type, id);
        if (!_known.TryGetValue(key.Path, out var happening))
        {
            Count++;
            var state = await current.ReadAsync(key, Origin.Sweep, NoEntry, await store.NowAsync(ct), ct);
            FailuresInARow = state is CurrentState.Later ? FailuresInARow + 1 : 0;
            _known[key.Path] = happening = (state as CurrentState.Read)?.Happening;
        }

        return happening;
    }
}
