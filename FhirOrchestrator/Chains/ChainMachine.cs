using System.Diagnostics;

namespace FhirOrchestrator.Chains;

/// <summary>
/// The heart: what an event means to a chain. Pure: no clock, no randomness, no I/O, no expression is evaluated here.
/// Where a decision depends on an expression, the new state asks (<see cref="ChainState.Asked"/>); the shell evaluates
/// at once, in the same transaction, and comes back with <see cref="ChainEvent.Evaluated"/>.
/// </summary>
internal static class ChainMachine
{
    /// <summary>The state before the first event: every step of the plan pending.</summary>
    public static ChainState Create(ChainId id, ChainDefinition definition) => new()
    {
        Id = id,
        Plan = definition.Plan,
        Steps = definition.Steps.ToImmutableSortedDictionary(step => step.Name, _ => new StepState()),
    };

    /// <summary>Applies one event.</summary>
    /// <exception cref="InvalidOperationException">
    /// The event does not fit the open question: a bug of the shell, never of the outside.
    /// </exception>
    public static Transition Decide(ChainDefinition definition, ChainState state, ChainEvent happened)
    {
        Guard(definition, state, happened);
        var turn = new Turn(definition, state, happened.At);
        var refusal = happened switch
        {
            ChainEvent.Started => Flow.Start(turn),
            ChainEvent.Evaluated evaluated => Answers.Apply(turn, evaluated.Values),
            ChainEvent.Signalled signalled => Signals.Apply(turn, signalled),
            ChainEvent.StepReported reported => Reports.Apply(turn, reported.Attempt, reported.Report),
            ChainEvent.TaskChanged changed => TaskReadings.Apply(turn, changed),
            ChainEvent.TaskActed acted => TaskActions.Apply(turn, acted),
            ChainEvent.TimerFired fired => Flow.Expire(turn, fired),
            ChainEvent.Decided decided => Decisions.Apply(turn, decided),
            _ => throw new UnreachableException(),
        };
        return refusal ?? turn.Finish();
    }

    private static void Guard(ChainDefinition definition, ChainState state, ChainEvent happened)
    {
        if (state.Plan != definition.Plan)
        {
            throw new InvalidOperationException($"expected the definition {state.Plan}, got {definition.Plan}");
        }

        if (state.Asked is not null != happened is ChainEvent.Evaluated)
        {
            throw new InvalidOperationException(
                state.Asked is null
                    ? $"expected an event that was not asked for, got {nameof(ChainEvent.Evaluated)}"
                    : $"expected the answer to the open question, got {happened.GetType().Name}");
        }

        if (happened is ChainEvent.Started != (state.Phase == ChainPhase.Starting) && state.Asked is null)
        {
            throw new InvalidOperationException($"expected Started first and once, got {happened.GetType().Name}");
        }
    }
}
