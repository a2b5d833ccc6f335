using System.Collections.Concurrent;
using System.Threading.Channels;
using FhirOrchestrator.Telemetry;

namespace FhirOrchestrator.Sandbox.Publisher;

/// <summary>Wakes the publisher after a write; a lost call costs one poll at most.</summary>
internal sealed class PublisherBell
{
    private readonly Channel<bool> _rings = Channel.CreateBounded<bool>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    public void Ring() => _rings.Writer.TryWrite(true);

    /// <summary>Waits for a call, at most as long as given.</summary>
    public async Task WaitAsync(TimeSpan timeMax, TimeProvider time, CancellationToken ct)
    {
        using var clock = new CancellationTokenSource(timeMax, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(ct, clock.Token);
        try
        {
            await _rings.Reader.ReadAsync(either.Token);
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            // The time is up: look all the same.
        }
    }
}

/// <summary>
/// The publisher at work: routes the feed and keeps one courier at a time for each Subscription that has something to
/// do. Subscriptions are served beside each other, each in its own order.
/// </summary>
internal sealed class PublisherLoop(
    ChangeRouter router, Courier courier, PublisherBell bell, PublisherSettings settings, TimeProvider time,
    ILogger<PublisherLoop> log) : BackgroundService
{
    private static readonly TimeSpan PauseAfterFault = TimeSpan.FromSeconds(1);

    private readonly Dictionary<string, Task> _working = new(StringComparer.Ordinal);
    private readonly HashSet<string> _due = new(StringComparer.Ordinal);

    // Couriers that broke; they come back from other threads.
    private readonly ConcurrentQueue<string> _again = new();

    /// <summary>Runs until it is told to stop; a fault of the database is waited out.</summary>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var isLoaded = false;
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                if (!isLoaded)
                {
                    _due.UnionWith(await router.LoadAsync(stoppingToken));
                    isLoaded = true;
                }

                while (await router.RouteAsync(stoppingToken) is { } touched)
                {
                    _due.UnionWith(touched);
                    Dispatch(stoppingToken);
                }

                Dispatch(stoppingToken);
                await bell.WaitAsync(settings.PollEvery, time, stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                break;
            }
            catch (Exception fault)
            {
                isLoaded = false;
                log.PublisherFaulted(fault);
                await PauseAsync(stoppingToken);
            }
        }

        await Task.WhenAll(_working.Values);
    }

    private void Dispatch(CancellationToken ct)
    {
        while (_again.TryDequeue(out var broken))
        {
            _due.Add(broken);
        }

        foreach (var id in _due.ToArray())
        {
            if (!_working.TryGetValue(id, out var running) || running.IsCompleted)
            {
                _due.Remove(id);
                _working[id] = WorkAsync(id, ct);
            }
        }
    }

    private async Task WorkAsync(string id, CancellationToken ct)
    {
        try
        {
            await courier.WorkAsync(id, ct);
            bell.Ring();
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            // The server stops; what is due stands in the ledger.
        }
        catch (Exception fault)
        {
            log.CourierFaulted(id, fault);
            await PauseAsync(ct);
            _again.Enqueue(id);
            bell.Ring();
        }
    }

    private async Task PauseAsync(CancellationToken ct)
    {
        try
        {
            await Task.Delay(PauseAfterFault, time, ct);
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            // The server stops.
        }
    }
}
