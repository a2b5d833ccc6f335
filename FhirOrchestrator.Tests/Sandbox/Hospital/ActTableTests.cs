using System.Collections.Immutable;
using FhirOrchestrator.Fhir.Json;
using FhirOrchestrator.Sandbox;
using FhirOrchestrator.Sandbox.Hospital;
using FhirOrchestrator.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;

namespace FhirOrchestrator.Tests.Sandbox.Hospital;

internal sealed class ActTableTests
{
    private SteppedTime _time = null!;
    private MemoryRecords _records = null!;
    private ActTable _acts = null!;
    private Dice _dice = null!;

    [SetUp]
    public async Task SetUp()
    {
        _time = new SteppedTime();
        _records = new MemoryRecords(_time);
        _acts = new ActTable(_records, _time, NullLogger<ActTable>.Instance);
        _dice = new Dice(5);
        var built = HospitalSeed.Build(new HospitalSize(), _time.GetUtcNow());
        await _records.WriteAsync([.. built.Select(RecordWrite.Create)], CancellationToken.None);
    }

    [TearDown]
    public void TearDown() => _acts.Dispose();

    [Test]
    public async Task Do_UnknownAct_Null() =>
        Assert.That(
            await _acts.DoAsync("fly", ImmutableDictionary<string, string>.Empty, _dice, CancellationToken.None),
                Is.Null);

    [Test]
    public async Task Discharge_EachDisposition_IsWrittenAndTheBedIsFree()
    {
        foreach (var disposition in Disposition.All)
        {
            var stay = await DoAsync("discharge", ("disposition", disposition.Key));
            var coding = stay.Root.Child("hospitalization")?.Child("dischargeDisposition")?.Children("coding").Single();

            Assert.That(stay.Root.Text("status"), Is.EqualTo("finished"));
            Assert.That(Resource.Instant(stay.Root.Child("period")?.Text("end")), Is.EqualTo(_time.GetUtcNow()));
            Assert.That(coding?.Text("code"), disposition.Code.Length == 0 ? Is.Null : Is.EqualTo(disposition.Code));
            Assert.That(Chart.BedOf(stay), Is.Null);
            var patient = await ReadAsync("Patient", Chart.SubjectId(stay)!);
            Assert.That(Chart.IsActive(patient), Is.EqualTo(!disposition.IsDeath));
        }
    }

    [Test]
    public async Task Discharge_UnknownDisposition_IsRefused() =>
        Assert.That(await RefusedAsync("discharge", ("disposition", "moon")),
            Does.StartWith("expected a disposition of 01"));

    [Test]
    public async Task ReverseDischarge_OfADischarge_OpensTheStayInABed()
    {
        var stay = await DoAsync("discharge", ("disposition", "01"));
        _time.Advance(TimeSpan.FromHours(2));
        var reversed = await DoAsync("reverse-discharge", ("encounter", stay.Path));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(reversed.Root.Text("status"), Is.EqualTo("in-progress"));
            Assert.That(reversed.Root.Child("period")?.Text("end"), Is.Null);
            Assert.That(reversed.Root.Child("hospitalization")?["dischargeDisposition"], Is.Null);
            Assert.That(Chart.BedOf(reversed), Is.Not.Null);
            Assert.That(
                reversed.Root.Children("statusHistory").Select(each => each.Text("status")),
                Is.EqualTo(ImmutableArray.Create("in-progress", "finished")));
        }
    }

    [Test]
    public async Task Readmit_AfterDischarge_IsANewStayOfTheSamePatient()
    {
        var first = await DoAsync("discharge", ("disposition", "home"));
        var second = await DoAsync("readmit", ("patient", Chart.SubjectId(first)!));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(second.Id, Is.Not.EqualTo(first.Id));
            Assert.That(Chart.SubjectId(second), Is.EqualTo(Chart.SubjectId(first)));
            Assert.That(second.Root.Child("hospitalization")?["reAdmission"], Is.Not.Null);
        }
    }

    [Test]
    public async Task Death_InHouse_EndsTheStayAndRecordsItOnThePatient()
    {
        var patient = await DoAsync("death");
        var stay = _records.All.Single(each => each.Type == "Encounter" && Chart.SubjectId(each) == patient.Id);

        Assert.That(patient.Root.Text("deceasedDateTime"), Is.Not.Null);
        Assert.That(stay.Root.Text("status"), Is.EqualTo("finished"));
    }

    [Test]
    public async Task Merge_TwoPatients_LinksBothWaysAndClosesTheSource([Values] bool repoint)
    {
        var gone = await DoAsync("merge", ("repoint", repoint ? "true" : "false"));
        var link = gone.Root.Children("link").Single();
        var kept = await ReadAsync("Patient", link.Child("other")!.Text("reference")!.Split('/')[1]);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(link.Text("type"), Is.EqualTo("replaced-by"));
            Assert.That(Chart.IsActive(gone), Is.False);
            Assert.That(kept.Root.Children("link").Single().Text("type"), Is.EqualTo("replaces"));
            if (repoint)
            {
                Assert.That(_records.All.Where(each => each.Type == "Encounter" && Chart.SubjectId(each) == gone.Id),
                    Is.Empty);
            }
        }
    }

    [Test]
    public async Task MoveVisit_ToAnother_ChangesTheSubject()
    {
        var before = _records.All.First(each => each.Type == "Encounter");
        var moved = await DoAsync("move-visit", ("encounter", before.Id!));

        Assert.That(Chart.SubjectId(moved), Is.Not.EqualTo(Chart.SubjectId(before)));
    }

    [Test]
    public async Task SwapBeds_Two_ChangePlaces()
    {
        var stays = _records.All.Where(each => each.Type == "Encounter").Take(2).ToList();
        var one = await DoAsync("swap-beds", ("encounter", stays[0].Id!), ("other", stays[1].Id!));
        var other = await ReadAsync("Encounter", stays[1].Id!);

        Assert.That(Chart.BedOf(one), Is.EqualTo(Chart.BedOf(stays[1])));
        Assert.That(Chart.BedOf(other), Is.EqualTo(Chart.BedOf(stays[0])));
    }

    [Test]
    public async Task Orders_AreReferralsAndDecoysAreNone()
    {
        var order = await DoAsync("order", ("service", "cardiology"));
        var replacing = await DoAsync("replace", ("request", order.Id!));
        var revoked = await DoAsync("revoke", ("request", replacing.Id!));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(order.Root.Text("intent"), Is.EqualTo("order"));
            Assert.That(order.Root.ToString(), Does.Contain("3457005"));
            Assert.That(replacing.Root.ToString(), Does.Contain($"\"replaces\":[{{\"reference\":\"{order.Path}\"}}]"));
            Assert.That((await ReadAsync("ServiceRequest", order.Id!)).Root.Text("status"), Is.EqualTo("revoked"));
            Assert.That(revoked.Root.Text("status"), Is.EqualTo("revoked"));
        }

        foreach (var kind in StaySeed.DecoyKinds)
        {
            var decoy = await DoAsync("decoy", ("kind", kind));
            var isReferral = decoy.Root.Text("status") == "active" && decoy.Root.Text("intent") == "order"
                && decoy.Root["doNotPerform"] is null
                    && decoy.Root.ToString().Contains("3457005", StringComparison.Ordinal);
            Assert.That(isReferral, Is.False, kind);
        }
    }

    [Test]
    public async Task Tasks_EditedByPeople_KeepWhatElseStandsInThem()
    {
        await _records.WriteAsync(
            [
                RecordWrite.Create(Publisher.PublisherBed.Parse("""
                    {"resourceType":"Task","id":"t1","status":"requested","intent":"order","priority":"routine",
                     "code":{"coding":[{"system":"http://ours","code":"follow-up-call"}]},
                     "extension":[{"url":"http://unknown","valueString":"kept"}]}
                    """)),
            ],
            CancellationToken.None);
        await DoAsync("claim-task");
        await DoAsync("edit-task", ("note", "call the daughter"));
        await DoAsync("complete-task", ("outcome", "reached-well"));
        await DoAsync("reopen-task");
        var task = await DoAsync("cancel-task");

        using (Assert.EnterMultipleScope())
        {
            Assert.That(task.VersionId, Is.EqualTo("6"));
            Assert.That(task.Root.Text("status"), Is.EqualTo("cancelled"));
            Assert.That(task.Root.Text("priority"), Is.EqualTo("urgent"));
            Assert.That(task.Root.ToString(), Does.Contain("kept").And.Contain("reached-well").And.Contain("daughter"));
            Assert.That(R4Validity.Problems(task), Is.Empty);
        }
    }

    [Test]
    public async Task Do_FiveHundredActs_LeaveAValidHospitalAfterEach()
    {
        var acts = _acts.All.Where(each => each.Weight > 0).ToList();
        var (done, names) = (0, new HashSet<string>(StringComparer.Ordinal));
        for (var at = 0; at < 500; at++)
        {
            _time.Advance(TimeSpan.FromMinutes(7));
            var act = acts[at % acts.Count];
            var outcome = await _acts.DoAsync(
                act.Name, ImmutableDictionary<string, string>.Empty, _dice, CancellationToken.None);
            if (outcome!.Refusal is null)
            {
                done++;
                names.Add(act.Name);
                Assert.That(outcome.Written.SelectMany(each => R4Validity.Problems(each)), Is.Empty, act.Name);
            }

            var inHouse = _records.All.Where(each => each.Type == "Encounter"
                && Chart.InHouse.Contains(each.Root.Text("status") ?? "")).ToList();
            Assert.That(inHouse.Select(Chart.BedOf), Is.Unique.And.All.Not.Null, act.Name);
            Assert.That(
                _records.All.Where(each => each.Type == "Encounter" && !inHouse.Contains(each)).Select(Chart.BedOf),
                Is.All.Null,
                act.Name);
        }

        TestContext.Out.WriteLine($"{done} of 500 acts done, {names.Count} kinds");
        Assert.That(names, Is.SupersetOf(acts.Select(each => each.Name).Where(
            each => !each.EndsWith("-task", StringComparison.Ordinal))));
    }

    [Test]
    public async Task Do_SameSeedOnTheSameHospital_WritesTheSame()
    {
        async Task<string> RunAsync()
        {
            await SetUp();
            var hour = new BusyHour(_acts, _time);
            var running = hour.RunAsync(new BusyHourOrder { Seed = 9, Acts = 60, Speed = 3600 },
                CancellationToken.None);
            while (!running.IsCompleted)
            {
                _time.Advance(TimeSpan.FromMilliseconds(100));
                await Task.Yield();
            }

            await running;
            return string.Join('\n', _records.All.OrderBy(each => each.Path, StringComparer.Ordinal)
                .Select(each => $"{each.Path} {each.VersionId} {each.Root.Text("status")} {Chart.BedOf(each)}"));
        }

        var first = await RunAsync();
        Assert.That(await RunAsync(), Is.EqualTo(first));
    }

    private async Task<Resource> DoAsync(string act, params (string Name, string Value)[] named)
    {
        var outcome = await _acts.DoAsync(
            act, named.ToImmutableDictionary(each => each.Name, each => each.Value), _dice, CancellationToken.None);
        Assert.That(outcome?.Refusal, Is.Null, act);
        return outcome!.Written[0];
    }

    private async Task<string?> RefusedAsync(string act, params (string Name, string Value)[] named) =>
        (await _acts.DoAsync(
            act, named.ToImmutableDictionary(each => each.Name, each => each.Value), _dice,
                CancellationToken.None))?.Refusal;

    private async Task<Resource> ReadAsync(string type, string id) =>
        (await _records.ReadAsync(type, id, CancellationToken.None))!;
}
