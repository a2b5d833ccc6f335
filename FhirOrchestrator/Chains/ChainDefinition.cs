namespace FhirOrchestrator.Chains;

/// <summary>
/// What a plan means to the machine: steps, their order, and what ends or pauses the whole. Immutable; expressions
/// stand in it only by key, the shell evaluates them.
/// </summary>
internal sealed record ChainDefinition
{
    public required PlanVersion Plan { get; init; }

    /// <summary>The steps in document order; names are unique, predecessors exist, there is no cycle.</summary>
    public required ImmutableArray<StepDefinition> Steps { get; init; }

    /// <summary>Conditions that stop the chain; the first true one in this order names the reason.</summary>
    public ImmutableArray<StopRule> Stops { get; init; } = [];

    /// <summary>True while it holds: the chain is suspended; null: nothing suspends it.</summary>
    public ExpressionKey? SuspendWhile { get; init; }

    /// <summary>The definition of a step.</summary>
    /// <exception cref="KeyNotFoundException">The plan has no such step.</exception>
    public StepDefinition Step(StepName name)
    {
        foreach (var step in Steps)
        {
            if (step.Name == name)
            {
                return step;
            }
        }

        throw new KeyNotFoundException($"expected a step of {Plan}, got '{name}'");
    }
}

/// <summary>A condition that ends a chain before its steps do.</summary>
/// <param name="Reason">The coded reason (the expression's name) and its words (its description).</param>
/// <param name="Condition">Evaluated whenever the dossier changes.</param>
/// <param name="Voids">
/// True where the start itself was wrong (entered-in-error): Tasks that nobody touched become entered-in-error instead
/// of cancelled.
/// </param>
internal sealed record StopRule(Code Reason, ExpressionKey Condition, bool Voids);

/// <summary>One step of a plan.</summary>
internal sealed record StepDefinition
{
    public required StepName Name { get; init; }

    public required StepKind Kind { get; init; }

    /// <summary>What people call it.</summary>
    public required string Title { get; init; }

    /// <summary>Steps that must have ended before (relatedAction after-end): an AND-join.</summary>
    public ImmutableArray<StepName> After { get; init; } = [];

    /// <summary>
    /// True: it starts although all its predecessors were skipped, which would otherwise skip it too. For steps behind
    /// an optional one, such as "find out the general practitioner".
    /// </summary>
    public bool RunsAfterSkipped { get; init; }

    /// <summary>Starts only once the chain has been stopped, to correct what was already said.</summary>
    public bool OnStop { get; init; }

    /// <summary>All must be true, or the step is skipped; the first false one is the reason.</summary>
    public ImmutableArray<Applicability> Applicability { get; init; } = [];

    /// <summary>Gives the time until the step is due, counted from its start; null: no due time.</summary>
    public ExpressionKey? Due { get; init; }

    /// <summary>The step's wait ends this long after the chain's start, whatever became of it; null: never.</summary>
    public TimeSpan? Deadline { get; init; }

    /// <summary>All must be true of a completed Task, or a person reviews it and the join is not passed.</summary>
    public ImmutableArray<ExpressionKey> Review { get; init; } = [];

    /// <summary>What a Task that ended undone (rejected, failed, cancelled by a person) means.</summary>
    public NotDonePolicy OnNotDone { get; init; } = NotDonePolicy.Incident;

    /// <summary>The most tries of an effect within a round before an incident.</summary>
    public int AttemptsMax { get; init; } = 20;
}

/// <summary>A guard of a step, and the words that say why it does not apply.</summary>
internal sealed record Applicability(ExpressionKey Condition, string Otherwise);

/// <summary>What kind of effect a step has.</summary>
internal enum StepKind
{
    /// <summary>A FHIR Task that a person ends.</summary>
    HumanTask,

    /// <summary>A FHIR Communication that is dispatched.</summary>
    Communication,
}

/// <summary>What follows when a person's Task ends undone.</summary>
/// <param name="Kind">Skip: the step ends as not done; Reassign: a further round; Incident: a person decides.</param>
/// <param name="RoundsMax">With Reassign, the most rounds; the last one's end counts as not done.</param>
internal sealed record NotDonePolicy(NotDoneKind Kind, int RoundsMax)
{
    public static readonly NotDonePolicy Incident = new(NotDoneKind.Incident, 1);
    public static readonly NotDonePolicy Skip = new(NotDoneKind.Skip, 1);
}

/// <summary>The ways to go on after a Task ended undone.</summary>
internal enum NotDoneKind
{
    Incident,
    Skip,
    Reassign,
}
