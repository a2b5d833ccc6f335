using FhirOrchestrator.Fhir.Json;
using FhirOrchestrator.Outcomes;
using FhirOrchestrator.Remote;

namespace FhirOrchestrator.Steps;

/// <summary>What a search by one of our identifiers found.</summary>
/// <param name="Found">The resources that carry it, the one to keep first; none where the EHR has none.</param>
/// <param name="Failure">The reply that kept the search from an answer; null where it has one.</param>
internal readonly record struct Sought(ImmutableArray<Resource> Found, FhirReply? Failure);

/// <summary>Reads effects back by their identifier, and settles the case that there are several.</summary>
internal static class EffectSearch
{
    private const int PagesMax = 5;

    /// <summary>
    /// Searches by identifier; what comes back is filtered again here, because servers ignore parameters.
    /// </summary>
    public static async Task<Sought> FindAsync(
        StepRun run, EffectIdentity identity, string type, CancellationToken ct)
    {
        var found = ImmutableArray.CreateBuilder<Resource>();
        var pages = 0;
        await foreach (var reply in run.Ehr.SearchPagesAsync($"{type}?{identity.Query(run.Chain.Installation)}", ct))
        {
            if (reply is not { IsOk: true, Body: { Type: "Bundle" } bundle } || ++pages > PagesMax)
            {
                return new([], reply);
            }

            found.AddRange(bundle.Root.Children("entry")
                .Select(entry => Resource.From(entry["resource"])).OfType<Resource>()
                .Where(resource => resource.Type == type && resource.Id is not null
                    && EffectIdentity.Of(resource, run.Chain.Installation) == identity));
        }

        return new([.. found.DistinctBy(resource => resource.Id).Order(KeepFirst)], null);
    }

    /// <summary>
    /// Marks the resources that an EHR made twice <c>entered-in-error</c>, except the one that counts. One that a
    /// person has worked on is left to a person.
    /// </summary>
    /// <param name="keptId">The id of the one that counts.</param>
    public static async Task SettleDuplicatesAsync(
        StepRun run, EffectIdentity identity, ImmutableArray<Resource> found, string keptId, CancellationToken ct)
    {
        var others = found.Where(resource => resource.Id != keptId && !IsVoid(resource)).ToList();
        foreach (var other in others)
        {
            if (IsWorkedOn(other))
            {
                continue;
            }

            var voided = other.With("status", "entered-in-error")
                .With("statusReason", Elements.Concept(EffectReasons.Duplicate));
            // Whatever comes of it: the next search finds it again.
            await run.Ehr.UpdateAsync(voided, other.VersionId, ct);
        }

        if (others.Count > 0)
        {
            await run.Ledger.NoticeAsync(identity.Step, EffectReasons.Duplicate, ct);
        }
    }

    private static bool IsVoid(Resource resource) => resource.Root.Text("status") == "entered-in-error";

    private static bool IsWorkedOn(Resource resource) =>
        resource.Root.Text("status") is not ("requested" or "draft" or "in-progress" or "preparation")
        || (resource.Type == "Task" && (resource.Root["owner"] is not null || resource.Root["note"] is not null
            || resource.Root.Text("status") == "in-progress"));

    // What people work on first, then what is oldest; the id last, so that every replica keeps the same one.
    private static readonly Comparer<Resource> KeepFirst = Comparer<Resource>.Create((one, other) =>
        (IsVoid(one), !IsWorkedOn(one), one.LastUpdated ?? DateTimeOffset.MaxValue).CompareTo(
            (IsVoid(other), !IsWorkedOn(other), other.LastUpdated ?? DateTimeOffset.MaxValue)) is var order and not 0
            ? order
            : string.CompareOrdinal(one.Id, other.Id));
}
