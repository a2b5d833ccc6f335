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
        var found = OfPatient(Read(chain, "patient")).Concat(OfTrigger(Read(chain, "trigger")));
        foreach (var banner in found)
        {
            yield return banner;
        }

        if (IsReadmitted(chain))
        {
            yield return new Banner("Readmitted: the patient is in hospital again", IsUrgent: true);
        }

        if (chain.State.Phase is ChainPhase.Held or ChainPhase.Suspended or ChainPhase.Stopping)
        {
            var words = chain.State.Reason?.Display ?? chain.State.Reason?.Value;
            yield return new Banner(
                words is null ? Phase(chain.State.Phase) : $"{Phase(chain.State.Phase)}: {words}",
                chain.State.Phase == ChainPhase.Held);
        }

        if (AsOf(chain) is { } asOf && now - asOf > StaleAfter)
        {
            yield return new Banner("Data from the EHR is older than 15 minutes: look into the chart", IsUrgent: false);
        }
    }

    /// <summary>When the oldest of trigger and patient was last read from the EHR.</summary>
    public static DateTimeOffset? AsOf(ChainRecord chain)
    {
        var read = chain.Dossier
            .Where(entry => entry.Name is "trigger" or "patient")
            .Select(entry => entry.ReadAt)
            .ToList();
        return read.Count == 0 ? null : read.Min();
    }

    /// <summary>A resource of the chain's dossier, null where the EHR no longer has it.</summary>
    public static Resource? Read(ChainRecord chain, string name)
    {
        var entry = chain.Dossier.FirstOrDefault(each => each.Name == name);
        return entry is null || entry.Body.IsEmpty ? null : Resource.Read(entry.Body.Span).Value;
    }

    private static IEnumerable<Banner> OfPatient(Resource? patient)
    {
        if (patient is null)
        {
            yield return new Banner("The patient's record is gone at the EHR", IsUrgent: true);
            yield break;
        }

        if (patient.Root["deceasedDateTime"] is { AsText: var at })
        {
            yield return new Banner($"Deceased {at?[..Math.Min(10, at.Length)]}".TrimEnd(), IsUrgent: true);
        }
        else if (patient.Root["deceasedBoolean"] is BooleanNode { Value: true })
        {
            yield return new Banner("Deceased", IsUrgent: true);
        }

        if (patient.Root.Children("link").Any(link => link.Text("type") == "replaced-by"))
        {
            yield return new Banner("Merged: another record has replaced this one", IsUrgent: true);
        }
        else if (patient.Root["active"] is BooleanNode { Value: false })
        {
            yield return new Banner("The EHR no longer uses this record", IsUrgent: true);
        }
    }

    private static IEnumerable<Banner> OfTrigger(Resource? trigger)
    {
        var words = (trigger?.Type, trigger?.Root.Text("status")) switch
        {
            (null, _) => "What this task is about is gone at the EHR",
            ("Encounter", "planned" or "arrived" or "triaged" or "in-progress" or "onleave") =>
                "Discharge reversed: the patient is in house",
            ("Encounter", "cancelled") => "The stay was cancelled at the EHR",
            ("ServiceRequest", "revoked") => "The referral was revoked at the EHR",
            ("Encounter" or "ServiceRequest", "entered-in-error") => "Entered in error at the EHR",
            _ => null,
        };
        if (words is not null)
        {
            yield return new Banner(words, IsUrgent: true);
        }
    }

    // A class that is not known for outpatients may be a stay: shown rather than overlooked.
    private static bool IsReadmitted(ChainRecord chain) => chain.Dossier
        .Where(entry => entry is { Type: "Encounter", Name: not "trigger" } && !entry.Body.IsEmpty)
        .Where(entry => !chain.Dossier.Any(trigger => trigger.Name == "trigger" && trigger.Id == entry.Id))
        .Select(entry => Resource.Read(entry.Body.Span).Value)
        .Any(stay => stay?.Root.Text("status") is "in-progress" or "arrived" or "onleave"
            && stay.Root.Child("class")?.Text("code") is not ("AMB" or "HH" or "VR" or "FLD" or "PRENC"));

    private static string Phase(ChainPhase phase) => phase switch
    {
        ChainPhase.Held => "Paused, a person decides",
        ChainPhase.Suspended => "On hold at the EHR",
        _ => "Being stopped",
    };
}
