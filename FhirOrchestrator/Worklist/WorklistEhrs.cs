using FhirOrchestrator.Facts;
using FhirOrchestrator.Plans;
using FhirOrchestrator.Settings;
using FhirOrchestrator.Storage;
using FhirOrchestrator.Storage.Postgres;

namespace FhirOrchestrator.Worklist;

/// <summary>
/// What coordinators must know of the EHRs and packages: which do not answer, which cannot run, where the chart is.
/// </summary>
internal sealed class WorklistEhrs(
    IRegistrations registrations, WorkList work, PackageShelf shelf, ServerSettings settings)
{
    /// <summary>What is wrong with the whole, a sentence each.</summary>
    public async Task<ImmutableArray<string>> NoticesAsync(CancellationToken ct)
    {
        var troubled = (await registrations.ListAsync(ct))
            .Where(registration => registration.Problem is not null)
            .GroupBy(registration => registration.Ehr, registration => registration.Problem)
            .Select(group => $"EHR {group.Key}: {group.First()}. What stands here may be out of date.");
        var broken = shelf.Broken.Order(StringComparer.Ordinal)
            .Select(name => $"The workflow {name} cannot run: see the verb check. Nothing starts by it.");
        var unread = await work.CountQuarantinedAsync(ct);
        return
        [
            .. troubled,
            .. broken,
            .. unread == 0 ? Enumerable.Empty<string>()
                : [$"{unread} deliveries of EHRs could not be read: see Operations. What they told is missing here."],
        ];
    }

    /// <summary>
    /// EHRs that do not answer or refuse us, each with the reason: what the screens show of them may be out of date.
    /// </summary>
    public async Task<ImmutableDictionary<EhrId, string>> TroubledAsync(CancellationToken ct) =>
        (await registrations.ListAsync(ct))
            .Where(registration => registration.Problem is not null)
            .GroupBy(registration => registration.Ehr, registration => registration.Problem ?? "")
            .ToImmutableDictionary(group => group.Key, group => group.First());

    /// <summary>Where the patient's chart is: the resource at its EHR.</summary>
    public Uri ChartUrl(ChainRecord chain) =>
        new($"{BaseOf(chain.Ehr).AbsoluteUri.TrimEnd('/')}/{chain.Patient}");

    private Uri BaseOf(EhrId ehr) =>
        settings.EhrsInForce.FirstOrDefault(each => each.Name == ehr)?.BaseUrl ?? settings.PublicUrl;
}
