namespace FhirOrchestrator.Chains;

/// <summary>One event being applied: the state as it changes, and the commands so far. Lives for one Decide.</summary>
internal sealed class Turn(ChainDefinition definition, ChainState before, DateTimeOffset at)
{
    private readonly ImmutableArray<ChainCommand>.Builder _commands = ImmutableArray.CreateBuilder<ChainCommand>();

    public ChainDefinition Definition { get; } = definition;

    public DateTimeOffset At { get; } = at;

    public ChainState State { get; set; } = before with { Asked = null };

    /// <summary>The question that this event answers.</summary>
    public Question Question =>
        before.Asked ?? throw new InvalidOperationException("expected an open question, got none");

    public StepState this[StepName step] => State.Steps[step];

    /// <summary>Changes a step's state.</summary>
    public void Set(StepName step, StepState state) =>
        State = State with { Steps = State.Steps.SetItem(step, state) };

    public void Command(ChainCommand command) => _commands.Add(command);

    /// <summary>Ends a step that was open or pending; its jobs, timers and incidents go.</summary>
    public void End(StepName step, StepPhase phase, Code? reason)
    {
        var earlier = this[step];
        if (earlier.IsOpen)
        {
            Command(new ChainCommand.WithdrawStep(step));
            Command(new ChainCommand.ClearTimers(step));
            Command(new ChainCommand.CloseIncidents(step));
        }

        Set(step, earlier with { Phase = phase, Reason = reason, EndedAt = At });
    }

    /// <summary>A step cannot go on without a person.</summary>
    public void Fail(StepName step, Code reason)
    {
        Set(step, this[step] with { Phase = StepPhase.Failed, Reason = reason });
        Command(new ChainCommand.OpenIncident(step, reason));
    }

    /// <summary>
    /// Begins a further round of a step: its first try is queued, its deadline set. In a held chain it waits for the
    /// chain to be resumed.
    /// </summary>
    public void Begin(StepName name, DateTimeOffset? due)
    {
        var step = Definition.Step(name);
        var earlier = this[name];
        if (State.Phase == ChainPhase.Held)
        {
            Set(name, earlier with { Phase = StepPhase.Held });
            return;
        }

        Set(name, new StepState
        {
            Phase = StepPhase.Running,
            Round = earlier.Round + 1,
            Attempt = 1,
            StartedAt = At,
            Due = due,
        });
        Command(new ChainCommand.RunStep(new Attempt(name, earlier.Round + 1, 1), At));
        if (step.Deadline is { } deadline)
        {
            // What corrects a stop counts from its own start: the chain's first days are long gone by then.
            var from = step.OnStop ? At : State.StartedAt ?? At;
            Command(new ChainCommand.SetTimer(name, TimerKind.Deadline, from + deadline));
        }
    }

    /// <summary>
    /// A further try within the round, with the same idempotency key: what an earlier try may have done is found again
    /// instead of done twice.
    /// </summary>
    public void TryAgain(StepName name, DateTimeOffset runAt)
    {
        var step = this[name];
        Set(name, step with { Phase = StepPhase.Running, Attempt = step.Attempt + 1, Reason = null });
        Command(new ChainCommand.RunStep(new Attempt(name, step.Round, step.Attempt + 1), runAt));
    }

    /// <summary>
    /// The transition: one revision further, and a publication where resources may show something old.
    /// </summary>
    public Transition Finish()
    {
        State = State with { Revision = before.Revision + 1 };
        if (IsVisible())
        {
            Command(new ChainCommand.Publish(State.Revision));
        }

        return new Transition(State, _commands.DrainToImmutable(), Verdict.Applied);
    }

    /// <summary>The event changes nothing; whatever was begun is dropped.</summary>
    public Transition Drop(Verdict verdict, string why) => new(before, [], verdict, why);

    // Only what has an effect outside can be out of date there.
    private bool IsVisible()
    {
        if (State.Phase != before.Phase)
        {
            return before.Phase != ChainPhase.Starting;
        }

        foreach (var (name, step) in State.Steps)
        {
            if (before.Steps[name].Round > 0 && step != before.Steps[name])
            {
                return true;
            }
        }

        return false;
    }
}
