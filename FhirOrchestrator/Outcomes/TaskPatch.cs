using FhirOrchestrator.Chains;
using FhirOrchestrator.Fhir.Json;
using TaskStatus = FhirOrchestrator.Chains.TaskStatus;

namespace FhirOrchestrator.Outcomes;

/// <summary>
/// Brings the Task at the EHR up to what the chain says: a patch over the resource as it is there. Ours are status (one
/// legal edge a write), statusReason when we move the status, our businessStatus, executionPeriod, outputs entered on
/// our screens and lastModified. Owner and due time are written only where nobody else changed them since we last
/// looked; priority, notes and whatever we do not know are never touched.
/// </summary>
internal static class TaskPatch
{
    /// <summary>The Task as it should be; the same instance where nothing is to be written.</summary>
    /// <param name="chain">The chain's newest state.</param>
    /// <param name="effect">Which of its Tasks.</param>
    /// <param name="current">The Task as it is at the EHR.</param>
    /// <param name="basis">The Task as it was when the chain last took it in.</param>
    public static Resource Apply(ChainView chain, Effect effect, Resource current, Resource basis)
    {
        var (step, generation) = SendTask.Read(effect.Step);
        if (!chain.State.Steps.TryGetValue(step, out var state) || effect.Round > state.Round)
        {
            // Written by a later state than this one: a database restored from a backup. A person decides.
            return current;
        }

        var target = Target.Of(chain, effect, step, state, generation);
        var patched = Status(current, basis, target);
        patched = Business(patched, target);
        if (target.IsCurrent)
        {
            patched = Owner(patched, current, basis, state);
            patched = Due(patched, current, basis, state);
            patched = Outputs(patched, state);
        }

        patched = Execution(patched, target.Since);
        return Elements.AreSame(patched.Root, current.Root)
            ? current
            : patched.With("lastModified", Elements.Instant(chain.Now));
    }

    private static Resource Status(Resource current, Resource basis, Target target)
    {
        if (target.Status is not { } wanted || TaskStatusCodes.Parse(current.Root.Text("status")) is not { } now)
        {
            return current;
        }

        var movedByOthers = current.Root.Text("status") != basis.Root.Text("status");
        if (wanted == TaskStatus.EnteredInError && (movedByOthers || !IsUntouched(current, now)))
        {
            // Somebody has worked on it: what they did stays on the record.
            wanted = TaskStatus.Cancelled;
        }

        var isClosing = wanted is TaskStatus.Cancelled or TaskStatus.EnteredInError;
        if ((movedByOthers && !isClosing) || TaskEdges.Next(now, Reachable(now, wanted)) is not { } next)
        {
            return current;
        }

        var moved = current.With("status", TaskStatusCodes.Text(next));
        return next == wanted && target.Reason is { } reason && HasReason(next)
            ? moved.With("statusReason", Elements.Concept(reason))
            : moved;
    }

    // A released Task cannot become `requested` again; `ready` is what R4 has for it.
    private static TaskStatus Reachable(TaskStatus now, TaskStatus wanted) =>
        wanted == TaskStatus.Requested && now is TaskStatus.Accepted or TaskStatus.InProgress or TaskStatus.OnHold
            ? TaskStatus.Ready
            : wanted;

    private static bool IsUntouched(Resource task, TaskStatus status) =>
        status is TaskStatus.Draft or TaskStatus.Requested && task.Root["note"] is null && task.Root["output"] is null;

    private static bool HasReason(TaskStatus status) =>
        status is TaskStatus.Cancelled or TaskStatus.EnteredInError or TaskStatus.Failed or TaskStatus.Rejected;

    private static Resource Business(Resource task, Target target)
    {
        if (target.Business is not { } business)
        {
            return task;
        }

        var wanted = TaskProjection.BusinessStatus(task.Root.Child("businessStatus"), business);
        var has = task.Root.Child("businessStatus")?.Children("coding").Any(coding =>
            coding.Text("system") == business.System && coding.Text("code") == business.Value) == true;
        return has ? task : task.With("businessStatus", wanted);
    }

    private static Resource Owner(Resource task, Resource current, Resource basis, StepState state)
    {
        if (state.Task is not { Touched: true } human || !Elements.AreSame(current.Root["owner"], basis.Root["owner"]))
        {
            return task;
        }

        if (human.Owner is null && human.OwnerName is null)
        {
            // Only a release on our screens takes an owner away.
            return human.Status is TaskStatus.Ready or TaskStatus.Requested ? task.With("owner", null) : task;
        }

        var now = task.Root.Child("owner");
        var isSame = human.Owner is null
            ? now?.Text("display") == human.OwnerName
            : now?.Text("reference") == human.Owner || TaskReader.OwnerOf(task).Reference == human.Owner;
        return isSame
            ? task
            : task.With("owner", Node.Object(("reference", human.Owner), ("display", human.OwnerName)));
    }

    private static Resource Due(Resource task, Resource current, Resource basis, StepState state)
    {
        var was = TaskReader.DueOf(basis);
        if (state.Due is not { } due || TaskReader.DueOf(current) is var now && (now == due || now != was))
        {
            return task;
        }

        var restriction = task.Root.Child("restriction") ?? ObjectNode.Empty;
        var period = (restriction.Child("period") ?? ObjectNode.Empty).With("end", Elements.Instant(due));
        return task.With("restriction", restriction.With("period", period));
    }

    // Added where absent, never taken away: a person may have said more at the EHR.
    private static Resource Outputs(Resource task, StepState state)
    {
        var outputs = task.Root.Items("output");
        foreach (var output in state.Outputs)
        {
            if (!outputs.OfType<ObjectNode>().Any(existing => TaskOutputs.Says(existing, output)))
            {
                outputs = outputs.Add(TaskOutputs.Render(output));
            }
        }

        return outputs.Length == task.Root.Items("output").Length ? task : task.With("output", Node.Array(outputs));
    }

    private static Resource Execution(Resource task, DateTimeOffset since)
    {
        if (TaskStatusCodes.Parse(task.Root.Text("status")) is not { } status)
        {
            return task;
        }

        var period = task.Root.Child("executionPeriod") ?? ObjectNode.Empty;
        var worked = status is TaskStatus.InProgress or TaskStatus.Completed or TaskStatus.Failed;
        if (worked && status == TaskStatus.InProgress && period["start"] is null)
        {
            period = period.With("start", Elements.Instant(since));
        }

        if (worked && status != TaskStatus.InProgress && period["end"] is null)
        {
            period = period.With("end", Elements.Instant(since));
        }

        return period.Members.IsEmpty ? task : task.With("executionPeriod", period);
    }

    /// <summary>What the chain says about one of its Tasks.</summary>
    /// <param name="Status">The status it should come to; null: leave it.</param>
    /// <param name="Business">Our businessStatus; null: leave it.</param>
    /// <param name="Reason">Why, where the status is one that gives a reason.</param>
    /// <param name="IsCurrent">False for a Task that another one replaced.</param>
    /// <param name="Since">When its status last changed.</param>
    private sealed record Target(
        TaskStatus? Status, Code? Business, Code? Reason, bool IsCurrent, DateTimeOffset Since)
    {
        public static Target Of(ChainView chain, Effect effect, StepName step, StepState state, int generation)
        {
            var since = state.Task?.Since ?? state.EndedAt ?? chain.Now;
            var isReplaced = effect.Round < state.Round || (generation > 0 && !IsLast(chain, effect, step));
            if (isReplaced)
            {
                return new(
                    TaskStatus.Cancelled, BusinessStatusCodes.Superseded, EffectReasons.Superseded, false, since);
            }

            var status = WantedStatus(chain.State, state);
            var reason = state.Task?.StatusReason ?? state.Reason ?? chain.State.Reason ?? EffectReasons.Withdrawn;
            return new(status, WantedBusiness(chain.State, state), reason, true, since);
        }

        private static bool IsLast(ChainView chain, Effect effect, StepName step) =>
            SendTask.Last(chain.Effects, step, effect.Round) is not { } last || last.Step == effect.Step;

        private static TaskStatus? WantedStatus(ChainState chain, StepState state)
        {
            var human = state.Task?.Status;
            return state.Phase switch
            {
                // The step itself is at it: only what ended it speaks.
                StepPhase.Pending or StepPhase.Running => null,
                StepPhase.Waiting => chain.Phase == ChainPhase.Suspended && human == TaskStatus.InProgress
                    ? TaskStatus.OnHold
                    : human,
                StepPhase.NeedsReview or StepPhase.Failed => human,
                StepPhase.Completed => Ended(human, TaskStatus.Completed),
                StepPhase.Held or StepPhase.Skipped or StepPhase.NotDone or StepPhase.Expired or StepPhase.Cancelled =>
                    Ended(human, chain.Voided ? TaskStatus.EnteredInError : TaskStatus.Cancelled),
            };
        }

        private static TaskStatus Ended(TaskStatus? human, TaskStatus otherwise) =>
            human is { } status && Flow.IsTerminal(status) ? status : otherwise;

        private static Code? WantedBusiness(ChainState chain, StepState state) => state.Phase switch
        {
            StepPhase.Pending or StepPhase.Running => null,
            StepPhase.Waiting => chain.Phase == ChainPhase.Suspended
                ? BusinessStatusCodes.Suspended
                : BusinessStatusCodes.Open,
            StepPhase.NeedsReview => BusinessStatusCodes.NeedsReview,
            StepPhase.Failed => BusinessStatusCodes.NeedsDecision,
            StepPhase.Held => BusinessStatusCodes.Held,
            StepPhase.Completed => BusinessStatusCodes.Done,
            StepPhase.Skipped or StepPhase.NotDone => BusinessStatusCodes.NotDone,
            StepPhase.Expired => BusinessStatusCodes.Expired,
            StepPhase.Cancelled => BusinessStatusCodes.Stopped,
        };
    }
}
