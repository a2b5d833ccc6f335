using FhirOrchestrator.Chains;
using FhirOrchestrator.Plans;
using FhirOrchestrator.Storage;

namespace FhirOrchestrator.Worklist;

/// <summary>Says why there is nothing to do about a task (any more).</summary>
internal static class TaskEnd
{
    /// <summary>The row of a task that the worklist no longer has.</summary>
    public static WorkItem Item(ChainRecord chain, StepName step, int round, StepTemplate template)
    {
        var state = chain.State.Steps[step];
        return new WorkItem
        {
            Chain = chain.Id,
            Step = step,
            Round = round,
            Title = template.Title,
            Priority = template.Priority,
            Pool = template.Pool,
            Owner = round == state.Round ? state.Task?.OwnerName ?? state.Task?.Owner : null,
            Due = state.Due,
            Phase = state.Phase,
        };
    }

    public static Ended Of(ChainRecord chain, StepName step, TaskPlace place)
    {
        var state = chain.State.Steps[step];
        if (place.Round < state.Round)
        {
            return new Ended(
                "This task was replaced by a newer one", "Nobody needs to work on it any more.", null,
                (place with { Round = state.Round }).Path);
        }

        if (!state.HasEnded)
        {
            return new Ended(
                "There is nothing to do here now", $"It is {Words(state.Phase)}. Reload in a moment.", null);
        }

        var reason = state.Reason ?? (state.Phase == StepPhase.Cancelled ? chain.State.Reason : null);
        var parts = new[]
        {
            Outcome(state),
            reason?.Display ?? reason?.Value,
            (state.Task?.OwnerName ?? state.Task?.Owner) is { } owner ? $"by {owner}" : null,
        };
        return new Ended(
            $"This task has ended: {Words(state.Phase)}", string.Join(" · ", parts.OfType<string>()), state.EndedAt);
    }

    /// <summary>What was found out, in words; null where nothing coded was.</summary>
    public static string? Outcome(StepState state) =>
        state.Outputs.FirstOrDefault(output => output.Coded is not null)?.Coded is { } said
            ? said.Display ?? said.Value : null;

    public static string Words(StepPhase phase) => phase switch
    {
        StepPhase.Pending => "not yet",
        StepPhase.Running => "being sent",
        StepPhase.Waiting => "waiting",
        StepPhase.NeedsReview => "needs review",
        StepPhase.Failed => "needs a decision",
        StepPhase.Held => "paused",
        StepPhase.Completed => "done",
        StepPhase.Skipped => "not needed",
        StepPhase.NotDone => "not done",
        StepPhase.Expired => "not done in time",
        StepPhase.Cancelled => "cancelled",
    };
}
