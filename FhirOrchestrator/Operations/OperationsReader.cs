using FhirOrchestrator.Facts;
using FhirOrchestrator.Plans;
using FhirOrchestrator.Settings;
using FhirOrchestrator.Storage;
using FhirOrchestrator.Storage.Postgres;

namespace FhirOrchestrator.Operations;

/// <summary>What operators must know: what could not be read, what cannot run, how the EHRs stand.</summary>
internal sealed record OperationsModel
{
    /// <summary>Deliveries set aside, oldest first.</summary>
    public required ImmutableArray<QuarantineRow> Quarantined { get; init; }

    /// <summary>How many there are, of which the page shows the first.</summary>
    public required long QuarantinedCount { get; init; }

    /// <summary>Every subscription that is kept at an EHR. Pages never show its token or secret.</summary>
    public required ImmutableArray<Registration> Registrations { get; init; }

    /// <summary>The packages in force: name, and why one starts nothing.</summary>
    public required ImmutableArray<PackageLine> Packages { get; init; }

    /// <summary>Why the refused packages were refused, a line each.</summary>
    public required ImmutableArray<string> Problems { get; init; }

    public required ImmutableArray<VerdictCount> Verdicts { get; init; }

    public required ImmutableArray<IncidentRow> Incidents { get; init; }

    /// <summary>
    /// How far behind its watermark a sweep looks again: what is older than that was looked at for the last time.
    /// </summary>
    public required TimeSpan SweepOverlap { get; init; }

    /// <summary>The store's clock when the page was made.</summary>
    public required DateTimeOffset Now { get; init; }
}

/// <summary>A package in force.</summary>
/// <param name="Name">Its folder.</param>
/// <param name="Version">Its plan's version.</param>
/// <param name="WhyNot">Why it starts nothing; null where it does.</param>
internal sealed record PackageLine(string Name, string Version, string? WhyNot);

/// <summary>Reads what the operators' page shows; changes nothing.</summary>
internal sealed class OperationsReader(
    IChainStore store, WorkList work, IRegistrations registrations, PackageShelf shelf, SweepSettings sweeps)
{
    private const int RowsMax = 200;

    public async Task<OperationsModel> ReadAsync(CancellationToken ct) => new()
    {
        Quarantined = await work.FindQuarantinedAsync(RowsMax, ct),
        QuarantinedCount = await work.CountQuarantinedAsync(ct),
        Registrations = [.. (await registrations.ListAsync(ct))
            .OrderBy(each => each.Ehr.Value, StringComparer.Ordinal)
            .ThenBy(each => each.Package, StringComparer.Ordinal)
            .ThenBy(each => each.Name, StringComparer.Ordinal)],
        Packages = [.. shelf.Current.Select(package => new PackageLine(
            package.Name, package.Definition.Plan.Version, package.MayStart ? null : package.WhyNot))],
        Problems = shelf.Problems,
        Verdicts = await work.CountVerdictsAsync(null, ct),
        Incidents = await work.FindIncidentsAsync(RowsMax, ct),
        SweepOverlap = sweeps.Overlap,
        Now = await store.NowAsync(ct),
    };
}
