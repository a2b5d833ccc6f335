using FhirOrchestrator.Chains;
using FhirOrchestrator.Fhir.Json;
using FhirOrchestrator.Storage;

namespace FhirOrchestrator.Worklist;

/// <summary>What must not be overlooked about a chain: shown above everything else.</summary>
/// <param name="Text">One sentence.</param>
/// <param name="IsUrgent">True where acting on the task may do harm.</param>
internal sealed record Banner(string Text, bool IsUrgent);

/// <summary>Finds the banners of a chain in its dossier and state.</summary>
internal static class Banners
{
    /// <summary>Older than this, what the screen shows may no longer be true.</summary>
    public static readonly TimeSpan StaleAfter = TimeSpan.FromMinutes(15);

    public static IEnumerable<Banner> Of(ChainRecord chain, DateTimeOffset now)
    {
        var patient = Read(chain, "patient");
        var trigger = Read(chain, "trigger");
        if (patient is not null && IsDeceased(patient))
        {
            yield return new Banner("Deceased", IsUrgent: true);
        }

        if (patient is not null && patient.Root.Children("link").Any(link => link.Text("type") == "replaced-by"))
        {
            yield return new Banner("This record was merged into another one", IsUrgent: true);
        }

        if (trigger is { Type: "Encounter" } && trigger.Root.Text("status") is "in-progress" or "onleave" or "arrived")
        {
            yield return new Banner("Discharge reversed: the patient is in house", IsUrgent: true);
        }

        if (IsReadmitted(chain))
        {
            yield return new Banner("Readmitted", IsUrgent: true);
        }

        if (chain.State.Phase is ChainPhase.Held or ChainPhase.Suspended or ChainPhase.Stopping)
        {
            var words = chain.State.Reason?.Display ?? chain.State.Reason?.Value;
            yield return new Banner($"{Phase(chain.State.Phase)}: {words}", chain.State.Phase == ChainPhase.Held);
        }

        if (AsOf(chain) is { } asOf && now - asOf > StaleAfter)
        {
            yield return new Banner("Data from the EHR is older than 15 minutes: look into the chart", IsUrgent: false);
        }
    }

    /// <summary>When the oldest of trigger and patient was last read from the EHR.</summary>
    public static DateTimeOffset? AsOf(ChainRecord chain)
    {
        var read = chain.Dossier.Where(entry => entry.Name is "trigger" or "patient").Select(entry => entry.ReadAt).ToList();
        return read.Count == 0 ? null : read.Min();
    }

    /// <summary>A resource of the chain's dossier, null where the EHR no longer has it.</summary>
    public static Resource? Read(ChainRecord chain, string name)
    {
        var entry = chain.Dossier.FirstOrDefault(each => each.Name == name);
        return entry is null || entry.Body.IsEmpty ? null : Resource.Read(entry.Body.Span).Value;
    }

    private static bool IsDeceased(Resource patient) =>
        patient.Root["deceasedDateTime"] is not null || patient.Root["deceasedBoolean"] is BooleanNode { Value: true };

    private static bool IsReadmitted(ChainRecord chain) => chain.Dossier
        .Where(entry => entry is { Type: "Encounter", Name: not "trigger" } && !entry.Body.IsEmpty)
        .Select(entry => Resource.Read(entry.Body.Span).Value)
        .Any(stay => stay?.Root.Text("status") is "in-progress" or "arrived" or "onleave");

    private static string Phase(ChainPhase phase) => phase switch
    {
        ChainPhase.Held => "Held",
        ChainPhase.Suspended => "On hold",
        _ => "Being stopped",
    };
}
