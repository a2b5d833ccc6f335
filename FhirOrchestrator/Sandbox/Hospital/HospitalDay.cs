using FhirOrchestrator.Telemetry;

namespace FhirOrchestrator.Sandbox.Hospital;

/// <summary>What the hospital does by itself.</summary>
internal sealed record HospitalDaySettings
{
    public HospitalSize Size { get; init; } = new();

    /// <summary>
    /// Whether patients come and go without anybody's doing. Default true; tests and loads switch it off.
    /// </summary>
    public bool Lives { get; init; } = true;

    /// <summary>From the start to the first discharge. Default 10 s.</summary>
    public TimeSpan FirstDischargeAfter { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// The shortest time between two acts from then on; the longest is three times that. Default 60 s.
    /// </summary>
    public TimeSpan PauseMin { get; init; } = TimeSpan.FromSeconds(60);
}

/// <summary>
/// The hospital's day: founded at the first start, then a discharge soon after each start, and now and then something
/// ordinary that keeps the beds about as full as they were.
/// </summary>
internal sealed class HospitalDay(
    IRecords records, ActTable acts, HospitalDaySettings settings, TimeProvider time, ILogger<HospitalDay> log)
    : BackgroundService
{
    private static readonly ImmutableArray<(string Act, int Weight)> Ordinary =
        [("discharge", 5), ("admit", 5), ("order", 4), ("transfer", 3), ("leave", 1), ("return", 1)];

    /// <summary>Writes the whole hospital, once; false where it stands already.</summary>
    public async Task<bool> SeedAsync(CancellationToken ct)
    {
        if (await records.ReadAsync(HospitalSeed.MarkType, HospitalSeed.MarkId, ct) is not null)
        {
            return false;
        }

        var built = HospitalSeed.Build(settings.Size, time.GetUtcNow());
        if (await records.WriteAsync([.. built.Select(RecordWrite.Create)], ct) is null)
        {
            return false;
        }

        log.HospitalSeeded(built.Count(each => each.Type == "Patient"), built.Count(each => each.Type == "Encounter"));
        return true;
    }

    /// <summary>One day's chance after another, until told to stop.</summary>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var wait = settings.FirstDischargeAfter;
        var next = "discharge";
        Dice? dice = null;
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                dice ??= await BeginAsync(stoppingToken);
                if (!settings.Lives)
                {
                    return;
                }

                await Task.Delay(wait, time, stoppingToken);
                await acts.DoAsync(next, ImmutableDictionary<string, string>.Empty, dice, stoppingToken);
                wait = settings.PauseMin + TimeSpan.FromSeconds(dice.Below((int)settings.PauseMin.TotalSeconds * 2));
                next = dice.Weighted(Ordinary);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception fault)
            {
                log.DayFaulted(fault);
                wait = TimeSpan.FromSeconds(5);
                await PauseAsync(wait, stoppingToken);
            }
        }
    }

    // Each start draws differently, or ids of the last one would come again.
    private async Task<Dice> BeginAsync(CancellationToken ct)
    {
        await SeedAsync(ct);
        var stays = await records.SearchAsync("Encounter", "class=IMP", ct);
        return new Dice(HashOf(settings.Size.Seed, stays.Length, stays.Count(each => each.VersionId != "1")));
    }

    private async Task PauseAsync(TimeSpan wait, CancellationToken ct)
    {
        try
        {
            await Task.Delay(wait, time, ct);
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            // The server stops.
        }
    }

    private static int HashOf(int seed, int stays, int changed) => unchecked((((seed * 397) ^ stays) * 397) ^ changed);
}
