using FhirOrchestrator.Chains;

namespace FhirOrchestrator.Storage;

/// <summary>How urgent a job is: as urgent as what people see of its step; 0 the most, 3 routine.</summary>
internal static class JobPriority
{
    public const int Routine = 3;

    public static int Of(ChainChange change, StepName step)
    {
        foreach (var item in change.WorkItems)
        {
            if (item.Step == step)
            {
                return Of(item.Priority);
            }
        }

        return Routine;
    }

    /// <summary>The rank of a FHIR request priority.</summary>
    public static int Of(string priority) => priority switch
    {
        "stat" => 0,
        "asap" => 1,
        "urgent" => 2,
        _ => Routine,
    };
}
