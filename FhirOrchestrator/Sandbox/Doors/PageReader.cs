using System.Globalization;
using FhirOrchestrator.Fhir.Json;
using FhirOrchestrator.Sandbox.Hospital;
using FhirOrchestrator.Sandbox.Publisher;

namespace FhirOrchestrator.Sandbox.Doors;

/// <summary>A stay as the page shows it.</summary>
internal sealed record StayRow(
    string Encounter, string Patient, string Name, string Born, string Mrn, string Bed, string Status, string Start,
        string End);

/// <summary>An order or a Task as the page shows it.</summary>
internal sealed record WorkRow(string Id, string Title, string Status, string Patient);

/// <summary>A Subscription as the page shows it.</summary>
internal sealed record SubscriptionRow(string Id, string Criteria, string Status, string Error, long Events);

/// <summary>Everything on the page.</summary>
internal sealed record PageView
{
    public required string Said { get; init; }

    public required ImmutableArray<StayRow> InHouse { get; init; }

    public required ImmutableArray<StayRow> Discharged { get; init; }

    public required ImmutableArray<WorkRow> Orders { get; init; }

    public required ImmutableArray<WorkRow> Tasks { get; init; }

    public required ImmutableArray<SubscriptionRow> Subscriptions { get; init; }

    public required MischiefReport Mischief { get; init; }

    public required BusyHourReport Hour { get; init; }
}

/// <summary>Reads what the page shows.</summary>
internal sealed class PageReader(IRecords records, IPublisherLedger ledger, BusyHour hour, TimeProvider time)
{
    private const int RowsMax = 50;

    public async Task<PageView> ReadAsync(string said, CancellationToken ct)
    {
        var since = time.GetUtcNow().AddDays(-2).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
        var inHouse = await records.SearchAsync("Encounter", "class=IMP&status=in-progress,onleave", ct);
        var discharged = await records.SearchAsync("Encounter", $"class=IMP&status=finished&_lastUpdated=ge{since}",
            ct);
        var orders = await records.SearchAsync("ServiceRequest", "status=active", ct);
        var tasks = await records.SearchAsync("Task", "", ct);
        return new PageView
        {
            Said = said,
            InHouse = [.. (await StaysAsync(inHouse, ct)).OrderBy(each => each.Bed, StringComparer.Ordinal)],
            Discharged = [.. (await StaysAsync(discharged, ct))
                .OrderByDescending(each => each.End, StringComparer.Ordinal)],
            Orders = Works(orders),
            Tasks = Works(tasks),
            Subscriptions = await SubscriptionsAsync(ct),
            Mischief = await ledger.ReportAsync(ct),
            Hour = hour.Report,
        };
    }

    private async Task<List<StayRow>> StaysAsync(ImmutableArray<Resource> stays, CancellationToken ct)
    {
        var rows = new List<StayRow>();
        foreach (var stay in Newest(stays))
        {
            var id = Chart.SubjectId(stay) ?? "";
            var patient = await records.ReadAsync("Patient", id, ct);
            var period = stay.Root.Child("period");
            rows.Add(new StayRow(
                stay.Id ?? "",
                id,
                patient is null ? "unknown" : Elements.NameOf(patient) ?? "",
                patient?.Root.Text("birthDate") ?? "",
                patient is null ? "" : Elements.IdentifierOf(patient, "MR") ?? "",
                Chart.BedOf(stay)?.Replace("bed-", "", StringComparison.Ordinal).ToUpperInvariant() ?? "",
                stay.Root.Text("status") ?? "",
                Minute(period?.Text("start")),
                Minute(period?.Text("end"))));
        }

        return rows;
    }

    private static ImmutableArray<WorkRow> Works(ImmutableArray<Resource> resources) =>
        [.. Newest(resources).Select(each =>
        new WorkRow(
            each.Id ?? "",
            TitleOf(each),
            each.Root.Text("status") ?? "",
            (each.Root.Child("subject") ?? each.Root.Child("for"))?.Text("display")
                ?? (each.Root.Child("subject") ?? each.Root.Child("for"))?.Text("reference") ?? ""))];

    private async Task<ImmutableArray<SubscriptionRow>> SubscriptionsAsync(CancellationToken ct)
    {
        var rows = ImmutableArray.CreateBuilder<SubscriptionRow>();
        foreach (var each in Newest(await records.SearchAsync("Subscription", "", ct)))
        {
            rows.Add(new SubscriptionRow(
                each.Id ?? "",
                each.Root.Text("criteria") ?? "",
                each.Root.Text("status") ?? "",
                each.Root.Text("error") ?? "",
                await ledger.CountEventsAsync(each.Id ?? "", ct) ?? 0));
        }

        return rows.DrainToImmutable();
    }

    private static IEnumerable<Resource> Newest(ImmutableArray<Resource> resources) =>
        resources.OrderByDescending(each => each.LastUpdated).Take(RowsMax);

    private static string TitleOf(Resource resource)
    {
        var code = resource.Root.Child("code");
        return code?.Text("text") ?? code?.Children("coding").FirstOrDefault()?.Text("display")
            ?? resource.Root.Text("description") ?? resource.Type;
    }

    private static string Minute(string? instant) => instant is { Length: >= 16 }
        ? instant[..16].Replace('T', ' ')
        : instant ?? "";
}
