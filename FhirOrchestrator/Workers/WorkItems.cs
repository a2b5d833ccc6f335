using FhirOrchestrator.Chains;
using FhirOrchestrator.Plans;
using FhirOrchestrator.Storage;

namespace FhirOrchestrator.Workers;

/// <summary>What people have to do about a chain now: the worklist's rows, computed with every change.</summary>
internal static class WorkItems
{
    public static ImmutableArray<WorkItem> Of(ChainRecord chain, WorkflowPackage package)
    {
        if (chain.State.EndedAt is not null)
        {
            return [];
        }

        var items = ImmutableArray.CreateBuilder<WorkItem>();
        foreach (var step in package.Definition.Steps)
        {
            var state = chain.State.Steps[step.Name];
            if (state.Phase is StepPhase.Waiting or StepPhase.NeedsReview or StepPhase.Failed or StepPhase.Held)
            {
                items.Add(Of(chain, step, state, package.Templates[step.Name]));
            }
        }

        if (items.Count == 0 && chain.State.Phase == ChainPhase.Held)
        {
            // Held between two steps: somebody must still see it.
            var next = package.Definition.Steps.First(step => !chain.State.Steps[step.Name].HasEnded);
            var held = chain.State.Steps[next.Name] with { Phase = StepPhase.Held };
            items.Add(Of(chain, next, held, package.Templates[next.Name]));
        }

        return items.DrainToImmutable();
    }

    private static WorkItem Of(ChainRecord chain, StepDefinition step, StepState state, StepTemplate template) => new()
    {
        Chain = chain.Id,
        Step = step.Name,
        Round = state.Round,
        Title = step.Kind == StepKind.Communication ? $"Send: {template.Title}" : template.Title,
        Priority = template.Priority,
        Pool = template.Pool,
        Owner = state.Task?.OwnerName ?? state.Task?.Owner,
        Due = state.Due,
        Phase = state.Phase,
    };
}
