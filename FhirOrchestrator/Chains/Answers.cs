namespace FhirOrchestrator.Chains;

/// <summary>The shell's answers, given to whoever asked.</summary>
internal static class Answers
{
    public static Transition? Apply(Turn turn, ImmutableArray<ExpressionValue> values)
    {
        var asked = turn.Question.Expressions;
        if (asked.Length != values.Length)
        {
            throw new InvalidOperationException($"expected {asked.Length} values, got {values.Length}");
        }

        var byAsk = new Dictionary<(StepName?, ExpressionKey), ExpressionValue>(asked.Length);
        for (var at = 0; at < asked.Length; at++)
        {
            byAsk[(asked[at].Step, asked[at].Key)] = values[at];
        }

        if (asked[0].Step is null)
        {
            Signals.Decide(turn, key => byAsk[(null, key)]);
        }

        foreach (var name in asked.Select(ask => ask.Step).OfType<StepName>().Distinct())
        {
            var step = turn.Definition.Step(name);
            ExpressionValue Answer(ExpressionKey key) => byAsk[(name, key)];
            if (turn[name].Phase == StepPhase.Pending)
            {
                Flow.Enter(turn, step, Answer);
            }
            else
            {
                TaskReadings.Review(turn, step, Answer);
            }
        }

        Flow.Advance(turn);
        return null;
    }
}
