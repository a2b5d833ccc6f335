using FhirOrchestrator.Storage;
using FhirOrchestrator.Telemetry;

namespace FhirOrchestrator.Workers;

/// <summary>
/// One hosted loop: rounds as long as there is work, then rests until a wake-up or the interval. A round that fails is
/// logged and tried again after a rest: loops end only with the server.
/// </summary>
internal sealed class Loop(string name, Func<CancellationToken, Task<int>> round, LoopTiming timing)
{
    public async Task RunAsync(CancellationToken ct)
    {
        var failures = 0;
        while (!ct.IsCancellationRequested)
        {
            try
            {
                var done = await round(ct);
                failures = 0;
                if (done == 0)
                {
                    await timing.Board.WaitAsync(timing.Kind, timing.Interval, ct);
                }
            }
            catch (OperationCanceledException) when (ct.IsCancellationRequested)
            {
                return;
            }
            catch (Exception failure) // The edge of a loop: whatever went wrong, the next round may succeed.
            {
                failures++;
                timing.Log.RoundFailed(name, failures, failure);
                await timing.RestAsync(failures, ct);
            }
        }
    }
}

/// <summary>When a loop's rounds come.</summary>
/// <param name="Interval">The longest rest between rounds: polling is the truth, wake-ups only shorten it.</param>
/// <param name="Kind">What wakes it.</param>
internal sealed record LoopTiming(TimeSpan Interval, WakeKinds Kind, WakeBoard Board, TimeProvider Clock, ILogger Log)
{
    private static readonly TimeSpan RestMax = TimeSpan.FromSeconds(10);

    /// <summary>The rest after failures in a row: 200 ms doubling up to 10 s.</summary>
    public async Task RestAsync(int failures, CancellationToken ct)
    {
        var rest = TimeSpan.FromMilliseconds(200 * Math.Pow(2, Math.Min(failures - 1, 6)));
        try
        {
            await Task.Delay(rest < RestMax ? rest : RestMax, Clock, ct);
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            // The loop's condition ends it.
        }
    }
}
