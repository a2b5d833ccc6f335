namespace FhirOrchestrator.Bench;

/// <summary>What an operation costs on the calling thread.</summary>
/// <param name="PerSecond">Operations a second.</param>
/// <param name="Bytes">Bytes allocated by each.</param>
internal sealed record Cost(double PerSecond, double Bytes);

/// <summary>
/// Measures operations in short rounds, in turn, so that a busy machine troubles all of them alike; the median of the
/// rounds counts. The first rounds warm up and are dropped: the run-time compiles in the background what is called
/// often, which takes a while where other processes want the cores too.
/// </summary>
internal sealed class Rounds(TimeProvider clock)
{
    private const int Counted = 400;
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(1.5);
    private static readonly TimeSpan RoundTime = TimeSpan.FromMilliseconds(0.5);

    /// <summary>The cost of each operation, in their order.</summary>
    public Cost[] Measure(params ReadOnlySpan<Action> operations)
    {
        var samples = new List<Cost>[operations.Length];
        var batches = new int[operations.Length];
        for (var at = 0; at < operations.Length; at++)
        {
            samples[at] = new List<Cost>(Counted);
            batches[at] = 1;
        }

        var start = clock.GetTimestamp();
        while (clock.GetElapsedTime(start) < WarmUp)
        {
            for (var at = 0; at < operations.Length; at++)
            {
                // The code gets faster while it warms up.
                var (_, elapsed) = Run(operations[at], batches[at]);
                batches[at] = (int)Math.Clamp(batches[at] * (RoundTime / elapsed), 1, batches[at] * 2.0);
            }
        }

        for (var round = 0; round < Counted; round++)
        {
            for (var at = 0; at < operations.Length; at++)
            {
                samples[at].Add(Run(operations[at], batches[at]).Cost);
            }
        }

        return [.. samples.Select(Median)];
    }

    private (Cost Cost, TimeSpan Elapsed) Run(Action operation, int count)
    {
        var allocated = GC.GetAllocatedBytesForCurrentThread();
        var start = clock.GetTimestamp();
        for (var at = 0; at < count; at++)
        {
            operation();
        }

        var elapsed = clock.GetElapsedTime(start);
        allocated = GC.GetAllocatedBytesForCurrentThread() - allocated;
        elapsed = elapsed > TimeSpan.Zero ? elapsed : TimeSpan.FromTicks(1);
        return (new Cost(count / elapsed.TotalSeconds, (double)allocated / count), elapsed);
    }

    private static Cost Median(List<Cost> samples)
    {
        var rates = samples.Select(each => each.PerSecond).Order().ToList();
        var bytes = samples.Select(each => each.Bytes).Order().ToList();
        return new Cost(rates[rates.Count / 2], bytes[bytes.Count / 2]);
    }
}
