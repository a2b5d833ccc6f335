using FhirOrchestrator.Facts;
using FhirOrchestrator.Plans;
using FhirOrchestrator.Remote;
using FhirOrchestrator.Settings;
using FhirOrchestrator.Steps;
using FhirOrchestrator.Storage;
using FhirOrchestrator.Storage.Memory;
using FhirOrchestrator.Subscriptions;
using FhirOrchestrator.Workers;

namespace FhirOrchestrator.Scenarios;

/// <summary>
/// One scenario's installation: the rounds of the workers as they run in the server, over the in-memory store, an EHR
/// in memory and a clock that is moved by hand.
/// </summary>
internal sealed class ScenarioWorld : IDisposable
{
    /// <summary>The most turns of all rounds at one instant; more means that they never come to rest.</summary>
    private const int TurnsMax = 200;

    /// <summary>The most instants between two steps at which something comes due.</summary>
    private const int InstantsMax = 5_000;

    private static readonly EhrId EhrName = new("scenario");
    private static readonly Lazy<KindProfiles> Kinds = new(KindProfiles.Load);

    private readonly ScenarioClock _clock;
    private readonly ScenarioNews _news;
    private readonly EhrClients _ehrs;
    private readonly ImmutableArray<Func<CancellationToken, Task<int>>> _rounds;

    public ScenarioWorld(WorkflowPackage package, DateTimeOffset start)
    {
        Package = package;
        _clock = new ScenarioClock(start);
        Ehr = new ScenarioEhr(_clock);
        Tables = new MemoryTables(_clock, new WakeBoard(_clock));
        var inbox = new MemoryInbox(Tables);
        var settings = new EhrSettings
        {
            Name = EhrName,
            BaseUrl = new Uri("https://scenario.invalid/fhir"),
            Kind = "sandbox",
            Writes = WriteScope.All,
        };
        _ehrs = new EhrClients(
            [settings], _clock, null, ehr => new ScenarioEhrHandler(Ehr, ehr.BaseUrl, _clock));
        _news = new ScenarioNews(EhrName, package, inbox);
        Ehr.OnAnnounced = _news.Announce;
        _rounds = Rounds(inbox);
    }

    /// <summary>The package that is played.</summary>
    public WorkflowPackage Package { get; }

    /// <summary>The EHR's records.</summary>
    public ScenarioEhr Ehr { get; }

    /// <summary>The rows of the store.</summary>
    public MemoryTables Tables { get; }

    /// <summary>This installation's name, the same in every scenario.</summary>
    public InstallationId Installation { get; } = new(new Guid("5ce9a710-0000-4000-8000-000000000001"));

    /// <summary>What the server would have logged as its own errors.</summary>
    public ScenarioErrors Errors { get; } = new();

    /// <summary>Moves the clock on, and lets everything happen that comes due on the way.</summary>
    public async Task MoveToAsync(DateTimeOffset instant, CancellationToken ct)
    {
        for (var stops = 0; NextDue() is { } due && due <= instant; stops++)
        {
            if (stops == InstantsMax)
            {
                throw new ScenarioException(
                    $"expected at most {InstantsMax} instants at which something comes due, got more");
            }

            _clock.MoveTo(due);
            await SettleAsync(ct);
        }

        _clock.MoveTo(instant);
        await SettleAsync(ct);
    }

    /// <summary>Runs all rounds until none has anything to do.</summary>
    public async Task SettleAsync(CancellationToken ct)
    {
        for (var turn = 0; turn < TurnsMax; turn++)
        {
            var count = await _news.DeliverAsync(ct);
            foreach (var round in _rounds)
            {
                count += await round(ct);
            }

            if (count == 0)
            {
                return;
            }
        }

        throw new ScenarioException($"expected rest after {TurnsMax} turns of all rounds, got work without end");
    }

    public void Dispose() => _ehrs.Dispose();

    // What is due already was dealt with, or waits for something that is due later.
    private DateTimeOffset? NextDue()
    {
        var now = _clock.GetUtcNow();
        var instants = Tables.Timers.Values
            .Concat(Tables.Jobs.Values.Select(job => job.LeasedUntil ?? job.RunAt))
            .Concat(Tables.Publishes.Values.Select(row => row.LeasedUntil ?? row.RunAt))
            .Concat(Tables.Inbox.Values.Select(entry => entry.LeasedUntil ?? entry.DueAt))
            .Where(instant => instant > now)
            .ToList();
        return instants.Count == 0 ? null : instants.Min();
    }

    // The same composition as in Workers/WorkerServices.cs, without the loops around it.
    private ImmutableArray<Func<CancellationToken, Task<int>>> Rounds(MemoryInbox inbox)
    {
        var store = new MemoryChainStore(Tables);
        var shelf = new PackageShelf((_, _) => Task.FromResult<WorkflowPackage?>(null));
        // What a draft would do once it is active is what its scenarios are to show.
        shelf.Replace([Package with { MayStart = true }], [], []);
        var views = new ChainViews(_ehrs, Installation);
        var turns = new ChainTurns(store, shelf, views);
        var match = new MatchTurns(
            new TaskTurns(store, turns, shelf, views),
            new SignalTurns(store, turns, new SubjectHolds(store, shelf, views)),
            new StartTurns(store, turns, shelf),
            _ehrs);
        var runs = new StepRuns(store, turns, shelf, views, _ehrs, Kinds.Value, _clock);
        var looks = new InboxLook(
            new MemoryRegistrations(Tables), new Lookout(_ehrs, inbox, new SweepSettings(), _clock));
        var reading = new InboxRound(
            inbox, store, _ehrs, new CurrentReader(_ehrs), looks, match, Errors.Log<InboxRound>());
        IStep[] steps = [new HumanTaskStep(), new CommunicationStep()];
        return
        [
            reading.RunAsync,
            new LetterRound(store, turns, Errors.Log<LetterRound>()).RunAsync,
            new TimerRound(store, turns, Errors.Log<TimerRound>()).RunAsync,
            new JobRound(store, turns, runs, steps, Errors.Log<JobRound>()).RunAsync,
            new PublishRound(store, turns, runs, Errors.Log<PublishRound>()).RunAsync,
        ];
    }
}

/// <summary>A scenario cannot be played on; the message says why.</summary>
internal sealed class ScenarioException(string message) : Exception(message);
