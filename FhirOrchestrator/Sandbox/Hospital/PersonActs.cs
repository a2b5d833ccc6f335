using FhirOrchestrator.Fhir.Json;

namespace FhirOrchestrator.Sandbox.Hospital;

/// <summary>What happens to patients as persons: death, merging of two records, a visit on the wrong chart.</summary>
internal sealed class PersonActs(Chart chart, IRecords records)
{
    private static readonly ImmutableArray<string> Movable = ["in-progress", "onleave", "finished"];

    /// <summary>A patient dies, in house or at home; stays that are open end with it.</summary>
    public async Task<ActOutcome> DeathAsync(ActCall call, CancellationToken ct)
    {
        var inHouse = await chart.PatientsInHouseAsync(ct);
        var found = await chart.PatientAsync(call, "patient", each => inHouse.Contains(each.Id ?? ""), ct);
        if (found.Resource is not { } patient)
        {
            return found.Refusal;
        }

        var expired = Disposition.Find("exp") ?? throw new InvalidOperationException("expected the disposition exp");
        var stays = (await chart.StaysAsync(Chart.InHouse, ct)).Where(each => Chart.SubjectId(each) == patient.Id);
        return await WriteAsync(
            [
                RecordWrite.Update(Deceased(patient, call.Now)),
                .. stays.Select(each => RecordWrite.Update(StayEdits.Discharged(each, expired, call.Now))),
            ],
            ct);
    }

    /// <summary>
    /// Two records are one person: <c>patient</c> is replaced by <c>other</c>. With <c>repoint=true</c> its stays move
    /// to the surviving record, as most EHRs do.
    /// </summary>
    public async Task<ActOutcome> MergeAsync(ActCall call, CancellationToken ct)
    {
        var source = await chart.PatientAsync(call, "patient", mayBe: null, ct);
        if (source.Resource is not { } gone)
        {
            return source.Refusal;
        }

        var target = await chart.PatientAsync(call, "other", each => each.Id != gone.Id, ct);
        if (target.Resource is not { } kept)
        {
            return target.Refusal;
        }

        if (kept.Id == gone.Id)
        {
            return ActOutcome.Refused("expected two different patients, got one twice");
        }

        var writes = new List<RecordWrite>
        {
            RecordWrite.Update(Linked(gone, kept, "replaced-by").With("active", false)),
            RecordWrite.Update(Linked(kept, gone, "replaces")),
        };
        if (call["repoint"] == "true")
        {
            var stays = await records.SearchAsync("Encounter", $"subject=Patient/{gone.Id}", ct);
            writes.AddRange(stays.Select(each => RecordWrite.Update(each.With("subject", Elements.ReferenceTo(kept)))));
        }

        return await WriteAsync(writes, ct);
    }

    /// <summary>A visit was recorded on the wrong chart: it moves to <c>other</c>.</summary>
    public async Task<ActOutcome> MoveVisitAsync(ActCall call, CancellationToken ct)
    {
        var found = await chart.StayAsync(call, Movable, ct);
        if (found.Resource is not { } stay)
        {
            return found.Refusal;
        }

        var inHouse = await chart.PatientsInHouseAsync(ct);
        var owner = Chart.SubjectId(stay);
        var target = await chart.PatientAsync(
            call, "other", each => each.Id != owner && !inHouse.Contains(each.Id ?? ""), ct);
        if (target.Resource is not { } patient)
        {
            return target.Refusal;
        }

        return patient.Id == owner
            ? ActOutcome.Refused("expected another patient, got the visit's own")
            : await WriteAsync([RecordWrite.Update(stay.With("subject", Elements.ReferenceTo(patient)))], ct);
    }

    /// <summary>The patient's record after death.</summary>
    public static Resource Deceased(Resource patient, DateTimeOffset at) =>
        patient.With("deceasedBoolean", null).With("deceasedDateTime", Resource.InstantText(at));

    private static Resource Linked(Resource patient, Resource other, string type)
    {
        var link = Node.Object(("other", Elements.ReferenceTo(other)), ("type", type));
        return patient.With("link", new ArrayNode(patient.Root.Items("link").Add(link)));
    }

    private async Task<ActOutcome> WriteAsync(IReadOnlyList<RecordWrite> writes, CancellationToken ct) =>
        await records.WriteAsync(writes, ct) is { } written ? ActOutcome.Done(written) : ActOutcome.Conflict;
}
