namespace FhirOrchestrator.Bench;

/// <summary>What an operation costs on the calling thread, round by round.</summary>
/// <param name="Rates">Operations a second.</param>
/// <param name="Allocations">Bytes allocated by each.</param>
internal sealed record Cost(ImmutableArray<double> Rates, ImmutableArray<double> Allocations)
{
    /// <summary>The median of the rounds.</summary>
    public double PerSecond => Median(Rates);

    /// <summary>The median of the rounds.</summary>
    public double Bytes => Median(Allocations);

    /// <summary>
    /// How many times as fast as another operation: the median of the rounds' own ratios, for what slows the machine
    /// down slows both down.
    /// </summary>
    public double Over(Cost other) => Median([.. Rates.Zip(other.Rates, (own, its) => own / its)]);

    private static double Median(ImmutableArray<double> samples) => samples.Order().ElementAt(samples.Length / 2);
}

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
        var samples = new List<Sample>[operations.Length];
        var batches = new int[operations.Length];
        for (var at = 0; at < operations.Length; at++)
        {
            samples[at] = new List<Sample>(Counted);
            batches[at] = 1;
        }

        var start = clock.GetTimestamp();
        while (clock.GetElapsedTime(start) < WarmUp)
        {
            for (var at = 0; at < operations.Length; at++)
            {
                // The code gets faster while it warms up.
                var elapsed = Run(operations[at], batches[at]).Elapsed;
                batches[at] = (int)Math.Clamp(batches[at] * (RoundTime / elapsed), 1, batches[at] * 2.0);
            }
        }

        for (var round = 0; round < Counted; round++)
        {
            for (var at = 0; at < operations.Length; at++)
            {
                samples[at].Add(Run(operations[at], batches[at]));
            }
        }

        return
        [
            .. samples.Select(each => new Cost(
                [.. each.Select(sample => sample.PerSecond)], [.. each.Select(sample => sample.Bytes)])),
        ];
    }

    private sealed record Sample(double PerSecond, double Bytes, TimeSpan Elapsed);

    private Sample Run(Action operation, int count)
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
        return new Sample(count / elapsed.TotalSeconds, (double)allocated / count, elapsed);
    }
}
