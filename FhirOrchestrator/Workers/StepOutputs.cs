using FhirOrchestrator.Chains;
using FhirOrchestrator.Fhir;
using FhirOrchestrator.Matching;
using FhirOrchestrator.Remote;
using FhirOrchestrator.Storage;

namespace FhirOrchestrator.Workers;

/// <summary>
/// What a Task's outputs refer to joins the dossier, so that the plan's review can look at it (an Appointment's start).
/// </summary>
internal static class StepOutputs
{
    public static async Task<List<Func<DateTimeOffset, DossierEntry>>> ReadAsync(
        StepName step, TaskReading reading, EhrClient ehr, CancellationToken ct)
    {
        var found = new List<Func<DateTimeOffset, DossierEntry>>();
        foreach (var output in reading.Outputs.Where(output => output.Reference is not null))
        {
            var reference = ResourceReference.Parse(output.Reference ?? "");
            if (Correlations.PathOf(reference, ehr.Settings.BaseUrl) is null)
            {
                continue;
            }

            var reply = await ehr.ReadAsync(reference.Type ?? "", reference.Id ?? "", ct);
            if (reply is { IsOk: true, Body: { } resource })
            {
                found.Add(now => DossierReader.Entry($"output:{step}", resource, now));
            }
        }

        return found;
    }
}
