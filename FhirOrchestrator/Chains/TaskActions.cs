using System.Diagnostics;

namespace FhirOrchestrator.Chains;

/// <summary>What people do with Tasks on our own screens: strict, and refused with a sentence.</summary>
internal static class TaskActions
{
    public static Transition? Apply(Turn turn, ChainEvent.TaskActed acted)
    {
        if (!turn.State.Steps.TryGetValue(acted.Step, out var step) || step.Round != acted.Round)
        {
            return turn.Drop(Verdict.Refused, "This task has been replaced by a newer one.");
        }

        if (step.Phase is not (StepPhase.Waiting or StepPhase.NeedsReview) || step.Task is not { } task)
        {
            return turn.Drop(Verdict.Refused, "This task is not open any more.");
        }

        if (task.IsOwned && !IsOwner(task, acted.By))
        {
            return turn.Drop(
                Verdict.Refused, $"{task.OwnerName ?? task.Owner} has this task; it must be released first.");
        }

        return acted.Action switch
        {
            TaskAction.Claim => Claim(turn, acted, task),
            TaskAction.Start => Start(turn, acted, task),
            TaskAction.Release => Release(turn, acted, task),
            TaskAction.Complete complete => Complete(turn, acted, task, complete),
            TaskAction.Fail fail => Fail(turn, acted, task, fail),
            _ => throw new UnreachableException(),
        };
    }

    private static bool IsOwner(HumanTask task, Actor by) =>
        by.Reference is not null && task.Owner is not null ? task.Owner == by.Reference : task.OwnerName == by.Name;

    private static Transition? Claim(Turn turn, ChainEvent.TaskActed acted, HumanTask task)
    {
        if (task.IsOwned)
        {
            return turn.Drop(Verdict.Refused, "This task is yours already.");
        }

        Change(turn, acted, Owned(task, acted.By) with { Status = TaskStatus.Accepted, Since = turn.At });
        return null;
    }

    private static Transition? Start(Turn turn, ChainEvent.TaskActed acted, HumanTask task)
    {
        if (task.Status == TaskStatus.InProgress)
        {
            return turn.Drop(Verdict.Refused, "This task has been started already.");
        }

        Change(turn, acted, Owned(task, acted.By) with { Status = TaskStatus.InProgress, Since = turn.At });
        return null;
    }

    private static Transition? Release(Turn turn, ChainEvent.TaskActed acted, HumanTask task)
    {
        if (!task.IsOwned)
        {
            return turn.Drop(Verdict.Refused, "Nobody has this task: there is nothing to release.");
        }

        Change(turn, acted, task with
        {
            Status = TaskStatus.Ready, Owner = null, OwnerName = null, Touched = true, Since = turn.At,
        });
        return null;
    }

    private static Transition? Complete(
        Turn turn, ChainEvent.TaskActed acted, HumanTask task, TaskAction.Complete complete)
    {
        if (!complete.Missing.IsEmpty)
        {
            return turn.Drop(Verdict.Refused, $"Please say: {string.Join(", ", complete.Missing)}.");
        }

        Change(turn, acted, Owned(task, acted.By) with { Status = TaskStatus.Completed, Since = turn.At });
        turn.Set(acted.Step, turn[acted.Step] with { Outputs = complete.Outputs });
        TaskReadings.Complete(turn, turn.Definition.Step(acted.Step), missing: []);
        return null;
    }

    private static Transition? Fail(Turn turn, ChainEvent.TaskActed acted, HumanTask task, TaskAction.Fail fail)
    {
        if (string.IsNullOrWhiteSpace(fail.Reason))
        {
            return turn.Drop(Verdict.Refused, "Please say why it cannot be done.");
        }

        var reason = Reasons.TaskFailed with { Display = fail.Reason };
        Change(turn, acted, Owned(task, acted.By) with
        {
            Status = TaskStatus.Failed, StatusReason = reason, Since = turn.At,
        });
        TaskReadings.NotDone(turn, turn.Definition.Step(acted.Step), reason);
        return null;
    }

    private static HumanTask Owned(HumanTask task, Actor by) => task with
    {
        Owner = by.Reference, OwnerName = by.Name, Touched = true,
    };

    private static void Change(Turn turn, ChainEvent.TaskActed acted, HumanTask task)
    {
        if (turn[acted.Step].Phase == StepPhase.NeedsReview)
        {
            turn.Command(new ChainCommand.CloseIncidents(acted.Step));
        }

        turn.Set(acted.Step, turn[acted.Step] with { Phase = StepPhase.Waiting, Reason = null, Task = task });
    }
}
