using System.Threading.Channels;

namespace FhirOrchestrator.Sandbox.Hospital;

/// <summary>A busy hour to be run.</summary>
internal sealed record BusyHourOrder
{
    /// <summary>What everything is drawn from. Default 1.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>How much faster than the clock the hour passes, 1 to 3,600. Default 60: it takes a minute.</summary>
    public int Speed { get; init; } = 60;

    /// <summary>How much happens in it, 1 to 10,000. Default 120.</summary>
    public int Acts { get; init; } = 120;

    /// <summary>What is wrong with the values; null for nothing.</summary>
    public string? Problem =>
        Speed is < 1 or > 3_600 ? $"expected a speed from 1 to 3600, got {Speed}"
        : Acts is < 1 or > 10_000 ? $"expected 1 to 10000 acts, got {Acts}"
        : null;
}

/// <summary>One act of a busy hour.</summary>
internal sealed record PlannedAct(TimeSpan At, string Name, bool IsHard);

/// <summary>How a busy hour goes or went.</summary>
/// <param name="Refused">Acts for which nobody was there, such as a return without anybody on leave.</param>
internal sealed record BusyHourReport(bool IsRunning, int Planned, int Done, int Refused, int Hard);

/// <summary>Runs busy hours, one at a time. Five of a hundred acts are hard ones.</summary>
internal sealed class BusyHour(ActTable acts, TimeProvider time) : BackgroundService
{
    private const int HardPercent = 5;

    private readonly Channel<BusyHourOrder> _orders = Channel.CreateBounded<BusyHourOrder>(1);
    private int _isTaken;
    private volatile BusyHourReport _report = new(false, 0, 0, 0, 0);

    public BusyHourReport Report => _report;

    /// <summary>Starts an hour; false where one is running.</summary>
    public bool TryStart(BusyHourOrder order)
    {
        if (Interlocked.CompareExchange(ref _isTaken, 1, 0) != 0)
        {
            return false;
        }

        _report = new(true, order.Acts, 0, 0, 0);
        return _orders.Writer.TryWrite(order);
    }

    /// <summary>What happens when: a pure function of the order.</summary>
    public static ImmutableArray<PlannedAct> Plan(BusyHourOrder order, ImmutableArray<Act> acts)
    {
        var dice = new Dice(order.Seed);
        var hard = ((order.Acts * HardPercent) + 99) / 100;
        var kinds = Enumerable.Range(0, order.Acts).Select(at => at < hard).ToArray();
        for (var at = kinds.Length - 1; at > 0; at--)
        {
            var other = dice.Below(at + 1);
            (kinds[at], kinds[other]) = (kinds[other], kinds[at]);
        }

        var times = Enumerable.Range(0, order.Acts).Select(_ => dice.Below(3_600_000)).Order().ToArray();
        var choices = acts.Where(each => each.Weight > 0)
            .ToLookup(each => each.IsHard, each => (each.Name, each.Weight));
        return [.. kinds.Select((isHard, at) => new PlannedAct(
            TimeSpan.FromMilliseconds(times[at]), dice.Weighted([.. choices[isHard]]), isHard))];
    }

    /// <summary>Runs one hour to its end.</summary>
    public async Task RunAsync(BusyHourOrder order, CancellationToken ct)
    {
        var dice = new Dice(order.Seed);
        var start = time.GetTimestamp();
        foreach (var planned in Plan(order, acts.All))
        {
            var wait = (planned.At / order.Speed) - time.GetElapsedTime(start);
            if (wait > TimeSpan.Zero)
            {
                await Task.Delay(wait, time, ct);
            }

            var outcome = await acts.DoAsync(planned.Name, ImmutableDictionary<string, string>.Empty, dice, ct);
            var report = _report;
            _report = outcome?.Refusal is null
                ? report with { Done = report.Done + 1, Hard = report.Hard + (planned.IsHard ? 1 : 0) }
                : report with { Refused = report.Refused + 1 };
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            await foreach (var order in _orders.Reader.ReadAllAsync(stoppingToken))
            {
                try
                {
                    await RunAsync(order, stoppingToken);
                }
                finally
                {
                    _report = _report with { IsRunning = false };
                    Volatile.Write(ref _isTaken, 0);
                }
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The server stops; the rest of the hour does not happen.
        }
    }
}
