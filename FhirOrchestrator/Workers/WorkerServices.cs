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

/// <summary>Runs every loop of the server until it stops.</summary>
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
    TimeProvider clock,
    ILogger<WorkerHost> log) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => Task.WhenAll(
        RunAsync("inbox", inbox.RunAsync, WakeKinds.Inbox, stoppingToken),
        RunAsync("jobs", jobs.RunAsync, WakeKinds.Jobs, stoppingToken),
        RunAsync("publish", publish.RunAsync, WakeKinds.Publish, stoppingToken),
        RunAsync("letters", letters.RunAsync, WakeKinds.Letters, stoppingToken),
        RunAsync("timers", timers.RunAsync, WakeKinds.Timers, stoppingToken),
        KeepAsync("registrar", registrar.RunAsync, stoppingToken),
        KeepAsync("sweep", sweep.RunAsync, stoppingToken),
        KeepAsync("refresh", refresh.RunAsync, stoppingToken));

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

    private Task RunAsync(string name, Func<CancellationToken, Task<int>> round, WakeKinds kind, CancellationToken ct) =>
        new Loop(name, round, new LoopTiming(Interval, kind, board, clock, log)).RunAsync(ct);
}
