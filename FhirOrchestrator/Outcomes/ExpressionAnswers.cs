using FhirOrchestrator.Chains;
using FhirOrchestrator.Fhir.Json;
using FhirOrchestrator.Fhir.Path;

namespace FhirOrchestrator.Outcomes;

/// <summary>The answer to a chain's open question.</summary>
/// <param name="Values">One an expression, in order.</param>
/// <param name="Versions">The dossier's resource versions that the expressions could look at.</param>
/// <param name="Problems">
/// What could not be evaluated; its value stands as false. Never go on over one in silence: a stop that cannot be
/// evaluated does not mean that there is none.
/// </param>
internal sealed record AnswerSheet(
    ImmutableArray<ExpressionValue> Values, ImmutableArray<string> Versions, ImmutableArray<AnswerProblem> Problems);

/// <summary>An expression that could not be evaluated, and why, without patient data.</summary>
internal sealed record AnswerProblem(ExpressionKey Key, string Words);

/// <summary>Evaluates what the machine asks, over the chain's dossier.</summary>
internal static class ExpressionAnswers
{
    /// <summary>Evaluates each expression once, in order.</summary>
    /// <exception cref="KeyNotFoundException">The package has no such expression: a bug, not an input.</exception>
    public static AnswerSheet Evaluate(ChainView chain, Question question)
    {
        var focus = ChainVariables.Focus(chain);
        var values = ImmutableArray.CreateBuilder<ExpressionValue>(question.Expressions.Length);
        var problems = ImmutableArray.CreateBuilder<AnswerProblem>();
        var names = new HashSet<string>(StringComparer.Ordinal) { Dossier.TriggerName };
        var contexts = new Dictionary<(StepName?, int), PathContext>();
        foreach (var ask in question.Expressions)
        {
            var expression = chain.Package.Expressions[ask.Key];
            if (!contexts.TryGetValue((ask.Step, ask.Round), out var context))
            {
                context = ChainVariables.Of(chain, ask.Step, ask.Round);
                contexts.Add((ask.Step, ask.Round), context);
            }

            names.UnionWith(expression.Variables);
            try
            {
                values.Add(ValueOf(expression, focus, context));
            }
            catch (FhirPathException broken)
            {
                // The message may quote a value of the record: the position is enough.
                values.Add(new ExpressionValue(IsTrue: false));
                problems.Add(new AnswerProblem(ask.Key, $"the expression failed at position {broken.Position}"));
            }
        }

        var versions = chain.Dossier.Entries.Where(entry => names.Contains(entry.Name))
            .Select(entry => entry.VersionPath).Distinct(StringComparer.Ordinal);
        return new AnswerSheet(values.MoveToImmutable(), [.. versions], problems.DrainToImmutable());
    }

    /// <summary>
    /// A result as the machine takes it: a criterion, and its first item's text, time span or instant.
    /// </summary>
    public static ExpressionValue ValueOf(PathExpression expression, PathItem? focus, PathContext context)
    {
        var items = expression.Evaluate(focus, context);
        if (items.Count == 0)
        {
            return new ExpressionValue(IsTrue: false);
        }

        var first = items[0];
        if (first.ToNode() is BooleanNode)
        {
            // Several booleans are no criterion: the evaluator says so.
            return new ExpressionValue(items.Count == 1
                ? first.ToNode() is BooleanNode { Value: true }
                : expression.IsTrue(focus, context));
        }

        var text = first.AsText();
        return new ExpressionValue(IsTrue: true, text, SpanOf(first, text, context.Now), Resource.Instant(text));
    }

    private static TimeSpan? SpanOf(PathItem item, string text, DateTimeOffset from)
    {
        if (item.Node is ObjectNode quantity)
        {
            return quantity["value"] is NumberNode number
                && decimal.TryParse(
                    number.Text, System.Globalization.NumberStyles.Float,
                    System.Globalization.CultureInfo.InvariantCulture, out var value)
                && (quantity.Text("code") ?? quantity.Text("unit")) is { } unit
                ? CalendarSpan.Of(value, unit, from)
                : null;
        }

        return CalendarSpan.Parse(text, from);
    }
}
