namespace FhirOrchestrator.Chains;

/// <summary>The dossier changed: stops, suspension and holds of the whole chain.</summary>
internal static class Signals
{
    /// <summary>A resource of the dossier changed, joined it or is gone.</summary>
    public static Transition? Apply(Turn turn, ChainEvent.Signalled signalled)
    {
        if (HasEnded(turn))
        {
            return turn.Drop(Verdict.Ignored, "the chain has ended");
        }

        if (signalled is { Deleted: true, Name: "trigger" or "patient" })
        {
            Hold(turn, signalled.Name == "patient" ? Reasons.PatientDeleted : Reasons.TriggerDeleted);
            return null;
        }

        // First the hold, then the stops: a merged patient who died stops the chain, whichever was told first.
        if (turn.State.Phase is (ChainPhase.Running or ChainPhase.Suspended) && signalled.Hold is { } hold)
        {
            Hold(turn, hold);
        }

        if (!AskStops(turn))
        {
            Flow.Advance(turn);
        }

        return null;
    }

    /// <summary>
    /// Asks every stop condition and the suspension; false where the plan has none, or the chain is stopping.
    /// </summary>
    public static bool AskStops(Turn turn)
    {
        if (turn.State.Phase == ChainPhase.Stopping)
        {
            return false;
        }

        var asks = turn.Definition.Stops.Select(stop => new Ask(stop.Condition)).ToList();
        if (turn.Definition.SuspendWhile is { } suspend)
        {
            asks.Add(new Ask(suspend));
        }

        if (asks.Count == 0)
        {
            return false;
        }

        turn.State = turn.State with { Asked = new Question([.. asks]) };
        return true;
    }

    /// <summary>The answers: the first true stop ends the chain; otherwise it is suspended, or goes on.</summary>
    public static void Decide(Turn turn, Func<ExpressionKey, ExpressionValue> answer)
    {
        foreach (var stop in turn.Definition.Stops)
        {
            if (answer(stop.Condition).IsTrue)
            {
                Stop(turn, stop.Reason, stop.Voids);
                return;
            }
        }

        var suspended = turn.Definition.SuspendWhile is { } key && answer(key).IsTrue;
        turn.State = (turn.State.Phase, suspended) switch
        {
            (ChainPhase.Running, true) => turn.State with { Phase = ChainPhase.Suspended, Reason = Reasons.OnHold },
            (ChainPhase.Suspended, false) => turn.State with { Phase = ChainPhase.Running, Reason = null },
            _ => turn.State,
        };
    }

    /// <summary>
    /// Ends the chain before its steps do: what is open is cancelled, what was pending is skipped, and the steps that
    /// correct what was said may begin.
    /// </summary>
    public static void Stop(Turn turn, Code reason, bool voids)
    {
        turn.Command(new ChainCommand.CloseIncidents(null));
        turn.State = turn.State with { Phase = ChainPhase.Stopping, Reason = reason, Voided = voids };
        foreach (var step in turn.Definition.Steps.Where(step => !step.OnStop))
        {
            var state = turn[step.Name];
            if (state.IsOpen)
            {
                var untouched = state.Task is { Touched: false };
                Flow.CloseTask(
                    turn, step.Name, voids && untouched ? TaskStatus.EnteredInError : TaskStatus.Cancelled, reason);
                turn.End(step.Name, StepPhase.Cancelled, reason);
            }
            else if (!state.HasEnded)
            {
                turn.End(step.Name, StepPhase.Skipped, reason);
            }
        }
    }

    /// <summary>
    /// Stops every outward effect until a person decides. Open Tasks are cancelled: R4 knows no way from requested to
    /// on-hold, and a Task that may be about the wrong person must not be worked on. Resuming makes new ones.
    /// </summary>
    public static void Hold(Turn turn, Code reason)
    {
        if (turn.State.Phase == ChainPhase.Held)
        {
            return;
        }

        var correcting = turn.State.Phase == ChainPhase.Stopping;
        foreach (var step in turn.Definition.Steps)
        {
            var state = turn[step.Name];
            if (state.Phase is StepPhase.Running or StepPhase.Waiting or StepPhase.NeedsReview)
            {
                Flow.CloseTask(turn, step.Name, TaskStatus.Cancelled, reason);
                turn.Command(new ChainCommand.WithdrawStep(step.Name));
                turn.Command(new ChainCommand.ClearTimers(step.Name));
                turn.Set(step.Name, turn[step.Name] with { Phase = StepPhase.Held, Reason = reason });
            }
        }

        turn.Command(new ChainCommand.OpenIncident(null, reason));
        if (!correcting)
        {
            turn.State = turn.State with { Phase = ChainPhase.Held, Reason = reason };
        }
    }

    /// <summary>Lets a held chain go on: held Tasks are made anew, held messages are tried again.</summary>
    public static void Resume(Turn turn)
    {
        turn.Command(new ChainCommand.CloseIncidents(null));
        if (turn.State.Phase == ChainPhase.Held)
        {
            turn.State = turn.State with { Phase = ChainPhase.Running, Reason = null };
        }

        foreach (var step in turn.Definition.Steps)
        {
            var state = turn[step.Name];
            if (state.Phase == StepPhase.Held)
            {
                GoOn(turn, step, state);
            }
        }

        if (!AskStops(turn))
        {
            Flow.Advance(turn);
        }
    }

    public static bool HasEnded(Turn turn) => turn.State.Phase is ChainPhase.Completed or ChainPhase.Stopped;

    // A Task was cancelled when the chain was held, so that a new one is needed; a message may be on its way already.
    private static void GoOn(Turn turn, StepDefinition step, StepState state)
    {
        if (step.Kind == StepKind.HumanTask)
        {
            turn.Begin(step.Name, state.Due);
        }
        else
        {
            turn.TryAgain(step.Name, turn.At);
        }
    }
}
