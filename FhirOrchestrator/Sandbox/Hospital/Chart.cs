using FhirOrchestrator.Fhir;
using FhirOrchestrator.Fhir.Json;

namespace FhirOrchestrator.Sandbox.Hospital;

/// <summary>Looks up what acts need. Candidates are sorted by id, so that the same dice choose the same ones.</summary>
internal sealed class Chart(IRecords records)
{
    /// <summary>The states of a stay during which the patient has a bed.</summary>
    public static readonly ImmutableArray<string> InHouse = ["in-progress", "onleave"];

    private static readonly TimeSpan RecentMax = TimeSpan.FromDays(30);

    /// <summary>All stays in one of the states.</summary>
    public async Task<ImmutableArray<Resource>> StaysAsync(ImmutableArray<string> states, CancellationToken ct) =>
        Sorted(await records.SearchAsync("Encounter", $"class=IMP&status={string.Join(',', states)}", ct));

    /// <summary>
    /// The stay that was named, or one of the patient named, or any; it must be in one of the states.
    /// </summary>
    public async Task<Found> StayAsync(ActCall call, ImmutableArray<string> states, CancellationToken ct)
    {
        if (call.Id("encounter") is { } id)
        {
            return Checked(await records.ReadAsync("Encounter", id, ct), "Encounter", states);
        }

        var patient = call.Id("patient");
        var query = $"class=IMP&status={string.Join(',', states)}"
            + (patient is null ? "" : $"&subject=Patient/{patient}");
        var candidates = Sorted(await records.SearchAsync("Encounter", query, ct))
            .Where(each => patient is not null || IsRecent(each, call.Now)).ToList();
        return candidates.Count == 0
            ? Found.Nothing($"expected a stay that is {Words(states)}, got none")
            : call.Dice.Pick(candidates);
    }

    /// <summary>The patient that was named under a name, or any; alive, active and not merged away.</summary>
    public async Task<Found> PatientAsync(ActCall call, string name, Func<Resource, bool>? mayBe, CancellationToken ct)
    {
        if (call.Id(name) is { } id)
        {
            return await records.ReadAsync("Patient", id, ct) is { } named
                ? IsActive(named) ? named : Found.Nothing("expected a patient alive and active, got another")
                : Found.Nothing($"expected Patient/{id}, got nothing");
        }

        var candidates = Sorted(await records.SearchAsync("Patient", "", ct))
            .Where(each => IsActive(each) && mayBe?.Invoke(each) != false).ToList();
        return candidates.Count == 0
            ? Found.Nothing("expected a patient who would do, got none")
            : call.Dice.Pick(candidates);
    }

    /// <summary>The resource of a type that was named, or any; in one of the states.</summary>
    public async Task<Found> AnyAsync(
        ActCall call, string name, string type, ImmutableArray<string> states, CancellationToken ct)
    {
        if (call.Id(name) is { } id)
        {
            return Checked(await records.ReadAsync(type, id, ct), type, states);
        }

        var candidates = Sorted(await records.SearchAsync(type, $"status={string.Join(',', states)}", ct));
        return candidates.IsEmpty
            ? Found.Nothing($"expected a {type} that is {Words(states)}, got none")
            : call.Dice.Pick(candidates);
    }

    /// <summary>The patient of a stay or an order.</summary>
    public async Task<Resource?> SubjectAsync(Resource resource, CancellationToken ct) =>
        ResourceReference.Of(resource.Root.Child("subject")) is { Type: "Patient", Id: { } id }
            ? await records.ReadAsync("Patient", id, ct)
            : null;

    /// <summary>The ids of the patients in house.</summary>
    public async Task<ImmutableHashSet<string>> PatientsInHouseAsync(CancellationToken ct) =>
        [.. (await StaysAsync(InHouse, ct)).Select(SubjectId).OfType<string>()];

    /// <summary>The ids of the beds in which nobody lies.</summary>
    public async Task<ImmutableArray<string>> FreeBedsAsync(CancellationToken ct)
    {
        var taken = (await StaysAsync(InHouse, ct)).Select(BedOf).OfType<string>().ToHashSet(StringComparer.Ordinal);
        var beds = await records.SearchAsync("Location", "", ct);
        return [.. beds.Select(each => each.Id).OfType<string>()
            .Where(id => id.StartsWith("bed-", StringComparison.Ordinal) && !taken.Contains(id))
            .Order(StringComparer.Ordinal)];
    }

    /// <summary>An id that no resource of the type has.</summary>
    public async Task<string> NewIdAsync(string type, string prefix, Dice dice, CancellationToken ct)
    {
        while (true)
        {
            var id = dice.Id(prefix);
            if (await records.ReadAsync(type, id, ct) is null)
            {
                return id;
            }
        }
    }

    /// <summary>The id of the bed in which the patient of a stay lies; null where in none.</summary>
    public static string? BedOf(Resource stay) => stay.Root.Children("location")
        .LastOrDefault(each => each.Text("status") == "active")
        ?.Child("location") is { } location
            ? ResourceReference.Of(location)?.Id
            : null;

    public static string? SubjectId(Resource resource) => ResourceReference.Of(resource.Root.Child("subject"))?.Id;

    /// <summary>True for a patient alive, active and not merged away.</summary>
    public static bool IsActive(Resource patient) =>
        patient.Root["active"] is not BooleanNode { Value: false }
        && patient.Root["deceasedDateTime"] is null
        && patient.Root["deceasedBoolean"] is not BooleanNode { Value: true }
        && !patient.Root.Children("link").Any(each => each.Text("type") == "replaced-by");

    private static bool IsRecent(Resource stay, DateTimeOffset now) =>
        Resource.Instant(stay.Root.Child("period")?.Text("end")) is not { } end || end > now - RecentMax;

    private static Found Checked(Resource? resource, string type, ImmutableArray<string> states) =>
        resource is null ? Found.Nothing($"expected a {type}, got nothing under that id")
        : states.Contains(resource.Root.Text("status") ?? "", StringComparer.Ordinal) ? resource
        : Found.Nothing($"expected a {type} that is {Words(states)}, got one that is {resource.Root.Text("status")}");

    private static string Words(ImmutableArray<string> states) => string.Join(" or ", states);

    private static ImmutableArray<Resource> Sorted(ImmutableArray<Resource> resources) =>
        resources.Sort((left, right) => string.CompareOrdinal(left.Id, right.Id));
}
