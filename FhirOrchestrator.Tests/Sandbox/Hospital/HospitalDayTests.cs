using FhirOrchestrator.Sandbox.Hospital;
using FhirOrchestrator.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;

namespace FhirOrchestrator.Tests.Sandbox.Hospital;

internal sealed class HospitalDayTests
{
    private readonly SteppedTime _time = new();

    [Test]
    public void Plan_OfAnHour_HasFivePercentHardActsAndIsTheSameAgain()
    {
        using var acts = new ActTable(new MemoryRecords(_time), _time, NullLogger<ActTable>.Instance);
        var order = new BusyHourOrder { Seed = 3, Acts = 200 };
        var plan = BusyHour.Plan(order, acts.All);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(plan, Has.Length.EqualTo(200));
            Assert.That(plan.Count(each => each.IsHard), Is.EqualTo(10));
            Assert.That(plan.Select(each => each.At), Is.Ordered);
            Assert.That(plan[^1].At, Is.LessThan(TimeSpan.FromHours(1)));
            Assert.That(BusyHour.Plan(order, acts.All), Is.EqualTo(plan));
            Assert.That(BusyHour.Plan(order with { Seed = 4 }, acts.All), Is.Not.EqualTo(plan));
        }
    }

    [Test]
    public async Task Day_FirstStart_SeedsThenDischargesAfterTenSeconds()
    {
        var records = new MemoryRecords(_time);
        using var acts = new ActTable(records, _time, NullLogger<ActTable>.Instance);
        using var day = new HospitalDay(records, acts, new HospitalDaySettings(), _time,
            NullLogger<HospitalDay>.Instance);
        var start = _time.GetUtcNow();
        await day.StartAsync(CancellationToken.None);

        // The service runs on a thread of its own, so the clock is moved until it has seen it.
        using var guard = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        while (!records.All.Any(each => each.Root.Text("status") == "finished"))
        {
            guard.Token.ThrowIfCancellationRequested();
            _time.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
        }

        await day.StopAsync(CancellationToken.None);
        var discharged = records.All.Single(each => each.Root.Text("status") == "finished");
        Assert.That(discharged.LastUpdated - start, Is.GreaterThanOrEqualTo(TimeSpan.FromSeconds(10)));
        Assert.That(records.All.Count(each => each.Type == "Patient"), Is.EqualTo(40));
    }

    [Test]
    public async Task Day_SecondStart_DoesNotSeedAgain()
    {
        var records = new MemoryRecords(_time);
        using var acts = new ActTable(records, _time, NullLogger<ActTable>.Instance);
        using var first = new HospitalDay(records, acts, new HospitalDaySettings(), _time,
            NullLogger<HospitalDay>.Instance);
        using var second = new HospitalDay(records, acts, new HospitalDaySettings(), _time,
            NullLogger<HospitalDay>.Instance);

        Assert.That(await first.SeedAsync(CancellationToken.None), Is.True);
        var count = records.All.Length;
        Assert.That(await second.SeedAsync(CancellationToken.None), Is.False);
        Assert.That(records.All, Has.Length.EqualTo(count));
    }
}
