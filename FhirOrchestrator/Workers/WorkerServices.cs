using FhirOrchestrator.Steps;
using FhirOrchestrator.Storage;
using FhirOrchestrator.Subscriptions;

namespace FhirOrchestrator.Workers;

/// <summary>Registers this station.</summary>
internal static class WorkerServices
{
    public static IServiceCollection AddWorkers(this IServiceCollection services) => services
        .AddSingleton<ChainViews>()
        .AddSingleton<ChainTurns>()
        .AddSingleton<TaskTurns>()
        .AddSingleton<SubjectHolds>()
        .AddSingleton<SignalTurns>()
        .AddSingleton<StartTurns>()
        .AddSingleton<MatchTurns>()
        .AddSingleton<StepRuns>()
        .AddSingleton<InboxLook>()
        .AddSingleton<InboxRound>()
        .AddSingleton<JobRound>()
        .AddSingleton<PublishRound>()
        .AddSingleton<LetterRound>()
        .AddSingleton<TimerRound>()
        .AddSingleton<ChainRefresh>()
        .AddSingleton<RefreshRound>()
        .AddSingleton<IStep, HumanTaskStep>()
        .AddSingleton<IStep, CommunicationStep>()
        .AddHostedService<WorkerHost>();
}

/// <summary>
/// Runs every loop of the server until it stops. None begins before the server listens: whoever cannot take in what an
/// EHR tells must not ask it to.
/// </summary>
internal sealed class WorkerHost(
    InboxRound inbox,
    JobRound jobs,
    PublishRound publish,
    LetterRound letters,
    TimerRound timers,
    Registrar registrar,
    GapSweep sweep,
    RefreshRound refresh,
    WakeBoard board,
    IHostApplicationLifetime life,
    TimeProvider clock,
    ILogger<WorkerHost> log) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await ListeningAsync(stoppingToken);
        await Task.WhenAll(
            RunAsync("inbox", inbox.RunAsync, WakeKinds.Inbox, stoppingToken),
            RunAsync("jobs", jobs.RunAsync, WakeKinds.Jobs, stoppingToken),
            RunAsync("publish", publish.RunAsync, WakeKinds.Publish, stoppingToken),
            RunAsync("letters", letters.RunAsync, WakeKinds.Letters, stoppingToken),
            RunAsync("timers", timers.RunAsync, WakeKinds.Timers, stoppingToken),
            KeepAsync("registrar", registrar.RunAsync, stoppingToken),
            KeepAsync("sweep", sweep.RunAsync, stoppingToken),
            KeepAsync("refresh", refresh.RunAsync, stoppingToken));
    }

    private async Task ListeningAsync(CancellationToken ct)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(life.ApplicationStarted, ct);
        try
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, clock, either.Token);
        }
        catch (OperationCanceledException)
        {
            // It listens, or it stops: the loops look themselves.
        }
    }

    // These have a rhythm of their own; what gets out of one all the same must not end the server.
    private Task KeepAsync(string name, Func<CancellationToken, Task> run, CancellationToken ct) => RunAsync(
        name,
        async token =>
        {
            await run(token);
            return 1;
        },
        WakeKinds.None,
        ct);

    private Task RunAsync(
        string name, Func<CancellationToken, Task<int>> round, WakeKinds kind, CancellationToken ct) =>
        new Loop(name, round, new LoopTiming(Interval, kind, board, clock, log)).RunAsync(ct);
}
