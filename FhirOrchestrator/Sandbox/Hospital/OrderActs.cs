using FhirOrchestrator.Fhir.Json;

namespace FhirOrchestrator.Sandbox.Hospital;

/// <summary>Referrals: ordered, revoked, replaced; and requests that only look like them.</summary>
internal sealed class OrderActs(Chart chart, IRecords records)
{
    private static readonly ImmutableArray<string> Active = ["active"];
    private static readonly ImmutableArray<string> Revocable = ["active", "on-hold", "draft"];

    /// <summary>Orders a referral: for the patient named or any, to the <c>service</c> named or any.</summary>
    public async Task<ActOutcome> OrderAsync(ActCall call, CancellationToken ct)
    {
        var (order, refusal) = await DraftAsync(call, ct);
        return order is null ? refusal : await WriteAsync([RecordWrite.Create(order)], ct);
    }

    /// <summary>
    /// Writes a request that must not start anything: <c>kind</c> lab, do-not-perform, proposal, draft or revoked.
    /// </summary>
    public async Task<ActOutcome> DecoyAsync(ActCall call, CancellationToken ct)
    {
        var (order, refusal) = await DraftAsync(call, ct);
        if (order is null)
        {
            return refusal;
        }

        return StaySeed.Decoy(call["kind"] ?? call.Dice.Pick(StaySeed.DecoyKinds), order) is { } decoy
            ? await WriteAsync([RecordWrite.Create(decoy)], ct)
            : ActOutcome.Refused($"expected a kind of {string.Join(", ", StaySeed.DecoyKinds)}, got another");
    }

    /// <summary>Revokes an order.</summary>
    public async Task<ActOutcome> RevokeAsync(ActCall call, CancellationToken ct)
    {
        var found = await chart.AnyAsync(call, "request", "ServiceRequest", Revocable, ct);
        return found.Resource is { } order
            ? await WriteAsync([RecordWrite.Update(order.With("status", "revoked"))], ct)
            : found.Refusal;
    }

    /// <summary>Replaces an order by a new one, and revokes the old, in one transaction.</summary>
    public async Task<ActOutcome> ReplaceAsync(ActCall call, CancellationToken ct)
    {
        var found = await chart.AnyAsync(call, "request", "ServiceRequest", Active, ct);
        if (found.Resource is not { } old)
        {
            return found.Refusal;
        }

        var id = await chart.NewIdAsync("ServiceRequest", "order", call.Dice, ct);
        var replacing = old
            .With("id", id)
            .With("meta", null)
            .With("identifier", Node.Array(Elements.Identifier(
                "PLAC", "Placer Identifier", Elements.OrderNumberSystem, call.Dice.Digits(8))))
            .With("replaces", Node.Array(Elements.Reference(old.Path)))
            .With("priority", "urgent")
            .With("authoredOn", Resource.InstantText(call.Now));
        return await WriteAsync(
            [RecordWrite.Create(replacing), RecordWrite.Update(old.With("status", "revoked"))], ct);
    }

    private async Task<(Resource? Order, ActOutcome Refusal)> DraftAsync(ActCall call, CancellationToken ct)
    {
        var found = await chart.PatientAsync(call, "patient", mayBe: null, ct);
        if (found.Resource is not { } patient)
        {
            return (null, found.Refusal);
        }

        var stay = (await chart.StaysAsync(Chart.InHouse, ct))
            .FirstOrDefault(each => Chart.SubjectId(each) == patient.Id);
        var id = await chart.NewIdAsync("ServiceRequest", "order", call.Dice, ct);
        return (StaySeed.Referral(id, patient, stay, call["service"], call.Dice, call.Now), ActOutcome.Conflict);
    }

    private async Task<ActOutcome> WriteAsync(IReadOnlyList<RecordWrite> writes, CancellationToken ct) =>
        await records.WriteAsync(writes, ct) is { } written ? ActOutcome.Done(written) : ActOutcome.Conflict;
}
