namespace FhirOrchestrator.Chains;

/// <summary>The order of steps: what may begin, what is skipped, when the whole has ended.</summary>
internal static class Flow
{
    /// <summary>
    /// The chain begins. Stops come first: the patient may have died while the notification was on its way.
    /// </summary>
    public static Transition? Start(Turn turn)
    {
        turn.State = turn.State with { Phase = ChainPhase.Running, StartedAt = turn.At };
        if (!Signals.AskStops(turn))
        {
            Advance(turn);
        }

        return null;
    }

    /// <summary>
    /// Goes on until a question is open or nothing more can begin: steps whose predecessors have ended are skipped,
    /// asked about, or begun; at the end the chain ends.
    /// </summary>
    public static void Advance(Turn turn)
    {
        if (turn.State.Phase is not (ChainPhase.Running or ChainPhase.Stopping))
        {
            return;
        }

        while (turn.State.Asked is null)
        {
            var ready = Ready(turn);
            if (ready.Count == 0)
            {
                EndIfDone(turn);
                return;
            }

            var asks = ImmutableArray.CreateBuilder<Ask>();
            foreach (var step in ready)
            {
                if (OnlySkippedBefore(turn, step))
                {
                    turn.End(step.Name, StepPhase.Skipped, Reasons.PredecessorsSkipped);
                }
                else if (!AskEntry(turn, step, asks))
                {
                    turn.Begin(step.Name, due: null);
                }
            }

            if (asks.Count > 0)
            {
                turn.State = turn.State with { Asked = new Question(asks.DrainToImmutable()) };
            }
        }
    }

    /// <summary>The answers to a step's entry: skipped for its first guard that is false, else begun.</summary>
    public static void Enter(Turn turn, StepDefinition step, Func<ExpressionKey, ExpressionValue> answer)
    {
        foreach (var guard in step.Applicability)
        {
            if (!answer(guard.Condition).IsTrue)
            {
                turn.End(step.Name, StepPhase.Skipped, new Code(Reasons.System, "not-applicable", guard.Otherwise));
                return;
            }
        }

        DateTimeOffset? due = null;
        if (step.Due is { } key)
        {
            var value = answer(key);
            due = value.Instant ?? (value.Span is { } span ? turn.At + span : null);
        }

        turn.Begin(step.Name, due);
    }

    /// <summary>A deadline came: whatever the step waits for, it waits no longer.</summary>
    public static Transition? Expire(Turn turn, ChainEvent.TimerFired fired)
    {
        if (!turn[fired.Step].IsOpen)
        {
            return turn.Drop(Verdict.Ignored, "the step is not open");
        }

        CloseTask(turn, fired.Step, TaskStatus.Cancelled, Reasons.DeadlinePassed);
        turn.End(fired.Step, StepPhase.Expired, Reasons.DeadlinePassed);
        Advance(turn);
        return null;
    }

    /// <summary>Ends the open Task of a step; without one, nothing.</summary>
    public static void CloseTask(Turn turn, StepName name, TaskStatus status, Code reason)
    {
        var step = turn[name];
        if (step.Task is { } task && !IsTerminal(task.Status))
        {
            turn.Set(name, step with { Task = task with { Status = status, StatusReason = reason, Since = turn.At } });
        }
    }

    /// <summary>True for a Task status that nothing follows but entered-in-error.</summary>
    public static bool IsTerminal(TaskStatus status) => status is TaskStatus.Completed or TaskStatus.Cancelled
        or TaskStatus.Failed or TaskStatus.Rejected or TaskStatus.EnteredInError;

    private static List<StepDefinition> Ready(Turn turn)
    {
        var stopping = turn.State.Phase == ChainPhase.Stopping;
        var ready = new List<StepDefinition>();
        foreach (var step in turn.Definition.Steps)
        {
            if (step.OnStop == stopping && turn[step.Name].Phase == StepPhase.Pending
                && step.After.All(before => turn[before].HasEnded))
            {
                ready.Add(step);
            }
        }

        return ready;
    }

    private static bool OnlySkippedBefore(Turn turn, StepDefinition step) =>
        !step.RunsAfterSkipped
        && !step.After.IsEmpty
        && step.After.All(before => turn[before].Phase == StepPhase.Skipped);

    private static bool AskEntry(Turn turn, StepDefinition step, ImmutableArray<Ask>.Builder asks)
    {
        var count = asks.Count;
        var round = turn[step.Name].Round + 1;
        foreach (var guard in step.Applicability)
        {
            asks.Add(new Ask(guard.Condition, step.Name, round));
        }

        if (step.Due is { } due)
        {
            asks.Add(new Ask(due, step.Name, round));
        }

        return asks.Count > count;
    }

    private static void EndIfDone(Turn turn)
    {
        var stopping = turn.State.Phase == ChainPhase.Stopping;
        foreach (var step in turn.Definition.Steps)
        {
            if (turn[step.Name].HasEnded)
            {
                continue;
            }

            if (stopping || !step.OnStop)
            {
                return;
            }
        }

        foreach (var step in turn.Definition.Steps)
        {
            if (!turn[step.Name].HasEnded)
            {
                turn.End(step.Name, StepPhase.Skipped, Reasons.NotStopped);
            }
        }

        turn.State = turn.State with
        {
            Phase = stopping ? ChainPhase.Stopped : ChainPhase.Completed,
            EndedAt = turn.At,
        };
        turn.Command(new ChainCommand.End());
    }
}
