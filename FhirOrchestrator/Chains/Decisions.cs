using System.Diagnostics;

namespace FhirOrchestrator.Chains;

/// <summary>What people decide about a chain, or about one of its steps that cannot go on alone.</summary>
internal static class Decisions
{
    public static Transition? Apply(Turn turn, ChainEvent.Decided decided)
    {
        if (Signals.HasEnded(turn))
        {
            return turn.Drop(Verdict.Refused, "The chain has ended.");
        }

        if (string.IsNullOrWhiteSpace(decided.Reason))
        {
            return turn.Drop(Verdict.Refused, "Please give a reason.");
        }

        return decided.Decision switch
        {
            Decision.Cancel => Stop(turn, Reasons.ByPerson("cancelled-by-person", decided.Reason), voids: false),
            Decision.Void => Stop(turn, Reasons.ByPerson("voided-by-person", decided.Reason), voids: true),
            Decision.Hold => Hold(turn, Reasons.ByPerson("held-by-person", decided.Reason)),
            Decision.Resume => Resume(turn),
            Decision.RetryStep retry => Retry(turn, retry.Step),
            Decision.SkipStep skip => Skip(turn, skip.Step, Reasons.ByPerson("skipped-by-person", decided.Reason)),
            Decision.AcceptStep accept => Accept(turn, accept.Step),
            _ => throw new UnreachableException(),
        };
    }

    private static Transition? Stop(Turn turn, Code reason, bool voids)
    {
        if (turn.State.Phase == ChainPhase.Stopping)
        {
            return turn.Drop(Verdict.Refused, "The chain is being stopped already.");
        }

        Signals.Stop(turn, reason, voids);
        Flow.Advance(turn);
        return null;
    }

    private static Transition? Hold(Turn turn, Code reason)
    {
        if (turn.State.Phase is not (ChainPhase.Running or ChainPhase.Suspended))
        {
            return turn.Drop(Verdict.Refused, "Only a running chain can be held.");
        }

        Signals.Hold(turn, reason);
        return null;
    }

    private static Transition? Resume(Turn turn)
    {
        var isHeld = turn.State.Phase == ChainPhase.Held
            || turn.State.Steps.Values.Any(step => step.Phase == StepPhase.Held);
        if (!isHeld)
        {
            return turn.Drop(Verdict.Refused, "The chain is not held.");
        }

        Signals.Resume(turn);
        return null;
    }

    private static Transition? Retry(Turn turn, StepName name)
    {
        if (!turn.State.Steps.TryGetValue(name, out var step) || step.Phase != StepPhase.Failed)
        {
            return turn.Drop(Verdict.Refused, "Only a failed step can be tried again.");
        }

        if (turn.State.Phase == ChainPhase.Held)
        {
            return turn.Drop(Verdict.Refused, "The chain is held: resume it first.");
        }

        turn.Command(new ChainCommand.CloseIncidents(name));
        if (step.Task is null)
        {
            turn.TryAgain(name, turn.At);
            return null;
        }

        turn.Command(new ChainCommand.ClearTimers(name));
        turn.Begin(name, step.Due);
        return null;
    }

    private static Transition? Skip(Turn turn, StepName name, Code reason)
    {
        if (!turn.State.Steps.TryGetValue(name, out var step)
            || step.Phase is not (StepPhase.Failed or StepPhase.NeedsReview or StepPhase.Waiting))
        {
            return turn.Drop(Verdict.Refused, "Only a step that waits for somebody can be skipped.");
        }

        Flow.CloseTask(turn, name, TaskStatus.Cancelled, reason);
        turn.End(name, StepPhase.NotDone, reason);
        Flow.Advance(turn);
        return null;
    }

    private static Transition? Accept(Turn turn, StepName name)
    {
        if (!turn.State.Steps.TryGetValue(name, out var step) || step.Phase != StepPhase.NeedsReview)
        {
            return turn.Drop(Verdict.Refused, "Only a step that needs review can be accepted.");
        }

        turn.End(name, StepPhase.Completed, reason: null);
        Flow.Advance(turn);
        return null;
    }
}
