namespace FhirOrchestrator.Chains;

/// <summary>What other hands did to our Tasks at the EHR. They may do what they like; we say what it means.</summary>
internal static class TaskReadings
{
    public static Transition? Apply(Turn turn, ChainEvent.TaskChanged changed)
    {
        var step = turn[changed.Step];
        if (changed.Round != step.Round || step.Phase == StepPhase.Pending)
        {
            return turn.Drop(Verdict.Ignored, "it is about an earlier round");
        }

        if (step.HasEnded || step.Phase == StepPhase.Held)
        {
            return AfterEnd(turn, changed);
        }

        var reading = changed.Reading;
        if (reading.Deleted || reading.Status == TaskStatus.EnteredInError)
        {
            Note(turn, changed);
            turn.Fail(changed.Step, Reasons.TaskVoided);
            return null;
        }

        if (!reading.IdentityChanged.IsEmpty)
        {
            var elements = string.Join(", ", reading.IdentityChanged);
            Signals.Hold(turn, Reasons.TaskIdentity with { Display = $"{Reasons.TaskIdentity.Display} ({elements})" });
            return null;
        }

        Note(turn, changed);
        Follow(turn, turn.Definition.Step(changed.Step), reading);
        return null;
    }

    /// <summary>A completed Task is looked at: what must be said is there, and says what the plan needs.</summary>
    public static void Complete(Turn turn, StepDefinition step, ImmutableArray<string> missing)
    {
        if (!missing.IsEmpty)
        {
            NeedsReview(turn, step.Name, Reasons.OutputMissing with
            {
                Display = $"{Reasons.OutputMissing.Display}: {string.Join(", ", missing)}",
            });
        }
        else if (step.Review.IsEmpty)
        {
            turn.End(step.Name, StepPhase.Completed, reason: null);
        }
        else
        {
            var round = turn[step.Name].Round;
            turn.State = turn.State with
            {
                Asked = new Question([.. step.Review.Select(key => new Ask(key, step.Name, round))]),
            };
            return;
        }

        Flow.Advance(turn);
    }

    /// <summary>The answers to the review.</summary>
    public static void Review(Turn turn, StepDefinition step, Func<ExpressionKey, ExpressionValue> answer)
    {
        if (step.Review.All(key => answer(key).IsTrue))
        {
            turn.End(step.Name, StepPhase.Completed, reason: null);
        }
        else
        {
            NeedsReview(turn, step.Name, Reasons.ReviewFailed);
        }
    }

    /// <summary>A Task that ended undone never counts as done; the plan says what follows.</summary>
    public static void NotDone(Turn turn, StepDefinition step, Code reason)
    {
        switch (step.OnNotDone.Kind)
        {
            case NotDoneKind.Reassign when turn[step.Name].Round < step.OnNotDone.RoundsMax:
                turn.Command(new ChainCommand.ClearTimers(step.Name));
                turn.Begin(step.Name, turn[step.Name].Due);
                break;
            case NotDoneKind.Reassign or NotDoneKind.Skip:
                turn.End(step.Name, StepPhase.NotDone, reason);
                break;
            case NotDoneKind.Incident:
                turn.Fail(step.Name, reason);
                break;
        }

        Flow.Advance(turn);
    }

    private static void Follow(Turn turn, StepDefinition step, TaskReading reading)
    {
        switch (reading.Status)
        {
            case TaskStatus.Completed:
                Complete(turn, step, reading.Missing);
                break;
            case TaskStatus.Rejected:
                NotDone(turn, step, Words(Reasons.TaskRejected, reading.StatusReason));
                break;
            case TaskStatus.Failed:
                NotDone(turn, step, Words(Reasons.TaskFailed, reading.StatusReason));
                break;
            case TaskStatus.Cancelled:
                NotDone(turn, step, Words(Reasons.TaskCancelled, reading.StatusReason));
                break;
            default:
                Reopen(turn, step.Name);
                break;
        }
    }

    // The person's own words stay behind our code: screens show both.
    private static Code Words(Code ours, Code? theirs) =>
        theirs is null ? ours : ours with { Display = theirs.Display ?? theirs.Value };

    private static void Reopen(Turn turn, StepName name)
    {
        if (turn[name].Phase is StepPhase.NeedsReview or StepPhase.Failed)
        {
            turn.Command(new ChainCommand.CloseIncidents(name));
        }

        turn.Set(name, turn[name] with { Phase = StepPhase.Waiting, Reason = null });
    }

    private static void NeedsReview(Turn turn, StepName name, Code reason)
    {
        turn.Set(name, turn[name] with { Phase = StepPhase.NeedsReview, Reason = reason });
        turn.Command(new ChainCommand.OpenIncident(name, reason));
    }

    // The job's own report may still be under way: what the EHR says is newer than "created".
    private static void Note(Turn turn, ChainEvent.TaskChanged changed)
    {
        var step = turn[changed.Step];
        var reading = changed.Reading;
        var earlier = step.Task ?? new HumanTask { Status = TaskStatus.Requested, Since = turn.At };
        var status = reading.Deleted ? TaskStatus.EnteredInError : reading.Status;
        if (step.Phase == StepPhase.Running)
        {
            turn.Command(new ChainCommand.WithdrawStep(changed.Step));
        }

        turn.Set(changed.Step, step with
        {
            Phase = step.Phase == StepPhase.Running ? StepPhase.Waiting : step.Phase,
            Due = reading.Due ?? step.Due,
            Outputs = reading.Outputs,
            Task = earlier with
            {
                Status = status,
                Owner = reading.Owner,
                OwnerName = reading.OwnerName,
                StatusReason = reading.StatusReason,
                Touched = true,
                Since = status == earlier.Status ? earlier.Since : turn.At,
            },
        });
    }

    private static Transition? AfterEnd(Turn turn, ChainEvent.TaskChanged changed)
    {
        var step = turn[changed.Step];
        var isOpen = !Flow.IsTerminal(changed.Reading.Status) && !changed.Reading.Deleted;
        if (!isOpen)
        {
            return turn.Drop(Verdict.Ignored, "the step has ended");
        }

        if (step.Phase == StepPhase.Completed)
        {
            turn.Command(new ChainCommand.OpenIncident(changed.Step, Reasons.TaskReopened));
            return null;
        }

        // We closed it and somebody else's edit crossed ours: publishing closes it again.
        turn.Command(new ChainCommand.Publish(turn.State.Revision + 1));
        return null;
    }
}
