using FhirOrchestrator.Fhir.Json;

namespace FhirOrchestrator.Sandbox.Hospital;

/// <summary>What happens to inpatient stays, on ordinary days and on hard ones.</summary>
internal sealed class StayActs(Chart chart, IRecords records)
{
    private static readonly ImmutableArray<string> InProgress = ["in-progress"];
    private static readonly ImmutableArray<string> OnLeave = ["onleave"];
    private static readonly ImmutableArray<string> Finished = ["finished"];
    private static readonly ImmutableArray<string> Voidable = ["in-progress", "onleave", "finished", "cancelled"];

    /// <summary>Admits a patient: the one named, one on file who is not in house, or somebody new.</summary>
    public async Task<ActOutcome> AdmitAsync(ActCall call, CancellationToken ct)
    {
        var inHouse = await chart.PatientsInHouseAsync(ct);
        if (call.Id("patient") is { } named && inHouse.Contains(named))
        {
            return ActOutcome.Refused("expected a patient who is not in house, got one who is");
        }

        var isNew = call["patient"] is null && call.Dice.Chance(50);
        var found = isNew
            ? Found.Nothing("")
            : await chart.PatientAsync(call, "patient", each => !inHouse.Contains(each.Id ?? ""), ct);
        if (found.Resource is null && call["patient"] is not null)
        {
            return found.Refusal;
        }

        if (found.Resource is { } known)
        {
            return await AdmitKnownAsync(call, known, isReadmission: false, ct);
        }

        var id = await chart.NewIdAsync("Patient", "patient", call.Dice, ct);
        var patient = PatientSeed.Build(id, call.Dice.Below(100), call.Dice, call.Now);
        return await StayAsync(call, patient, isReadmission: false, RecordWrite.Create(patient), ct);
    }

    /// <summary>Admits somebody again who was discharged.</summary>
    public async Task<ActOutcome> ReadmitAsync(ActCall call, CancellationToken ct)
    {
        var inHouse = await chart.PatientsInHouseAsync(ct);
        var past = await chart.StaysAsync(Finished, ct);
        var discharged = past.Select(Chart.SubjectId).OfType<string>().ToHashSet(StringComparer.Ordinal);
        var found = await chart.PatientAsync(
            call, "patient", each => discharged.Contains(each.Id ?? "") && !inHouse.Contains(each.Id ?? ""), ct);
        if (found.Resource is not { } patient)
        {
            return found.Refusal;
        }

        return inHouse.Contains(patient.Id ?? "")
            ? ActOutcome.Refused("expected a patient who is not in house, got one who is")
            : await AdmitKnownAsync(call, patient, isReadmission: true, ct);
    }

    /// <summary>Moves a patient to another bed.</summary>
    public async Task<ActOutcome> TransferAsync(ActCall call, CancellationToken ct)
    {
        var found = await chart.StayAsync(call, InProgress, ct);
        if (found.Resource is not { } stay)
        {
            return found.Refusal;
        }

        return await FreeBedAsync(call, ct) is { } bed
            ? await WriteAsync(ct, RecordWrite.Update(StayEdits.IntoBed(stay, bed, call.Now)))
            : NoBed();
    }

    /// <summary>Two patients change beds, in one transaction.</summary>
    public async Task<ActOutcome> SwapBedsAsync(ActCall call, CancellationToken ct)
    {
        var found = await chart.StayAsync(call, InProgress, ct);
        if (found.Resource is not { } one)
        {
            return found.Refusal;
        }

        var others = (await chart.StaysAsync(InProgress, ct))
            .Where(each => each.Id != one.Id && Chart.BedOf(each) is not null
                && (call.Id("other") is not { } id || each.Id == id)).ToList();
        if (others.Count == 0 || Chart.BedOf(one) is not { } bed)
        {
            return ActOutcome.Refused("expected two stays with a bed, got fewer");
        }

        var other = call.Dice.Pick(others);
        return await WriteAsync(
            ct,
            RecordWrite.Update(StayEdits.IntoBed(one, Chart.BedOf(other) ?? bed, call.Now)),
            RecordWrite.Update(StayEdits.IntoBed(other, bed, call.Now)));
    }

    /// <summary>Sends a patient on leave; the bed stays theirs.</summary>
    public Task<ActOutcome> LeaveAsync(ActCall call, CancellationToken ct) =>
        EditAsync(call, InProgress, stay => StayEdits.WithStatus(stay, "onleave", call.Now), ct);

    /// <summary>A patient comes back from leave.</summary>
    public Task<ActOutcome> ReturnAsync(ActCall call, CancellationToken ct) =>
        EditAsync(call, OnLeave, stay => StayEdits.WithStatus(stay, "in-progress", call.Now), ct);

    /// <summary>Discharges a patient, by the disposition named or by chance.</summary>
    public async Task<ActOutcome> DischargeAsync(ActCall call, CancellationToken ct)
    {
        var disposition = call["disposition"] is { } key ? Disposition.Find(key) : Disposition.Draw(call.Dice);
        if (disposition is null)
        {
            var known = string.Join(", ", Disposition.All.Select(each => each.Key));
            return ActOutcome.Refused($"expected a disposition of {known}, got another");
        }

        var found = await chart.StayAsync(call, Chart.InHouse, ct);
        if (found.Resource is not { } stay)
        {
            return found.Refusal;
        }

        var discharged = RecordWrite.Update(StayEdits.Discharged(stay, disposition, call.Now));
        return disposition.IsDeath && await chart.SubjectAsync(stay, ct) is { } patient && Chart.IsActive(patient)
            ? await WriteAsync(ct, discharged, RecordWrite.Update(PersonActs.Deceased(patient, call.Now)))
            : await WriteAsync(ct, discharged);
    }

    /// <summary>The admission was a mistake of planning: cancelled.</summary>
    public Task<ActOutcome> CancelAdmissionAsync(ActCall call, CancellationToken ct) => EditAsync(
        call,
        InProgress,
        stay => StayEdits.OutOfBed(StayEdits.WithStatus(stay, "cancelled", call.Now), call.Now),
        ct);

    /// <summary>The discharge did not happen: the stay goes on.</summary>
    public async Task<ActOutcome> ReverseDischargeAsync(ActCall call, CancellationToken ct)
    {
        var found = await chart.StayAsync(call, Finished, ct);
        if (found.Resource is not { } stay)
        {
            return found.Refusal;
        }

        if (await chart.SubjectAsync(stay, ct) is not { } patient || !Chart.IsActive(patient))
        {
            return ActOutcome.Refused("expected a patient alive and active, got another");
        }

        return await FreeBedAsync(call, ct) is { } bed
            ? await WriteAsync(ct, RecordWrite.Update(StayEdits.Undischarged(stay, bed, call.Now)))
            : NoBed();
    }

    /// <summary>The stay should never have been recorded.</summary>
    public Task<ActOutcome> VoidStayAsync(ActCall call, CancellationToken ct) => EditAsync(
        call,
        Voidable,
        stay => StayEdits.OutOfBed(StayEdits.WithStatus(stay, "entered-in-error", call.Now), call.Now),
        ct);

    private Task<ActOutcome> AdmitKnownAsync(ActCall call, Resource patient, bool isReadmission,
        CancellationToken ct) =>
        StayAsync(call, patient, isReadmission, person: null, ct);

    private async Task<ActOutcome> StayAsync(
        ActCall call, Resource patient, bool isReadmission, RecordWrite? person, CancellationToken ct)
    {
        if (await FreeBedAsync(call, ct) is not { } bed)
        {
            return NoBed();
        }

        var id = await chart.NewIdAsync("Encounter", "stay", call.Dice, ct);
        var stay = StaySeed.Stay(
            new Admission(id, patient, bed, call.Now) { IsReadmission = isReadmission }, call.Dice);
        return person is null
            ? await WriteAsync(ct, RecordWrite.Create(stay))
            : await WriteAsync(ct, RecordWrite.Create(stay), person);
    }

    private async Task<string?> FreeBedAsync(ActCall call, CancellationToken ct)
    {
        var free = await chart.FreeBedsAsync(ct);
        return call.Id("bed") is { } named
            ? free.Contains(named, StringComparer.Ordinal) ? named : null
            : free.IsEmpty ? null : call.Dice.Pick(free);
    }

    private async Task<ActOutcome> EditAsync(
        ActCall call, ImmutableArray<string> states, Func<Resource, Resource> edit, CancellationToken ct)
    {
        var found = await chart.StayAsync(call, states, ct);
        return found.Resource is { } stay ? await WriteAsync(ct, RecordWrite.Update(edit(stay))) : found.Refusal;
    }

    private async Task<ActOutcome> WriteAsync(CancellationToken ct, params RecordWrite[] writes) =>
        await records.WriteAsync(writes, ct) is { } written ? ActOutcome.Done(written) : ActOutcome.Conflict;

    private static ActOutcome NoBed() => ActOutcome.Refused("expected a free bed, got none");
}
