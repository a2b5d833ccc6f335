using FhirOrchestrator.Facts;
using FhirOrchestrator.Fhir.Json;
using FhirOrchestrator.Fhir.Path;
using FhirOrchestrator.Plans;

namespace FhirOrchestrator.Matching;

/// <summary>
/// Decides whether a resource starts a chain of a package, and says why not: the first condition that does not hold is
/// the recorded reason. Pure: what has to be read is asked for, the caller reads it.
/// </summary>
internal static class StartMatcher
{
    /// <summary>
    /// What a package makes of an announced resource before anything else is read: one answer for each of its rules for
    /// that type; none where it has no such rule.
    /// </summary>
    public static IEnumerable<StartScreening> Screen(WorkflowPackage package, Resource announced, DateTimeOffset now)
    {
        foreach (var rule in package.Starts.Where(rule => rule.ResourceType == announced.Type))
        {
            yield return Screen(package, rule, announced, now);
        }
    }

    /// <summary>What a rule makes of its trigger and patient.</summary>
    /// <returns>Null where a chain is to start; else why not.</returns>
    public static MatchVerdict? Judge(
        WorkflowPackage package, StartRule rule, Resource trigger, Resource patient, DateTimeOffset now)
    {
        var context = Context(now, ("trigger", trigger), ("patient", patient));
        var focus = PathItem.Of(trigger);
        if (FirstFalse(rule.Conditions, focus, context) is { } failed)
        {
            return NotMatched(package, failed.Reason, failed.Words);
        }

        return OutsideWindow(package, rule, focus, context);
    }

    /// <summary>The business key of a trigger; null where the expression gives none: its path serves then.</summary>
    public static string BusinessKey(WorkflowPackage package, Resource trigger, DateTimeOffset now) =>
        Text(package.BusinessKey, trigger, now) ?? trigger.Path;

    /// <summary>The reference of the Patient that a trigger is about, null where it names none.</summary>
    public static string? Subject(WorkflowPackage package, Resource trigger, DateTimeOffset now) =>
        Text(package.Subject, trigger, now);

    private static StartScreening Screen(
        WorkflowPackage package, StartRule rule, Resource announced, DateTimeOffset now)
    {
        var context = Context(now, ("trigger", announced));
        var focus = PathItem.Of(announced);
        if (FirstFalse(rule.Screens, focus, context) is { } failed)
        {
            return new StartScreening(rule, null, NotMatched(package, failed.Reason, failed.Words));
        }

        if (rule.TriggerReference is { } expression)
        {
            var reference = expression.Evaluate(focus, context) is [var first, ..] ? first.AsText() : null;
            return reference is null
                ? new StartScreening(
                    rule, null, NotMatched(package, "no-trigger", "it names no resource to start with"))
                : new StartScreening(rule, reference, null);
        }

        // Most of what an upgrade touches is old: no need to read a patient to say so.
        return new StartScreening(rule, null, OutsideWindow(package, rule, focus, context));
    }

    private static MatchVerdict? OutsideWindow(
        WorkflowPackage package, StartRule rule, PathItem focus, PathContext context)
    {
        if (rule.ClinicalInstant.Evaluate(focus, context) is not [var instant, ..]
            || ClinicalTime.EndOf(instant.AsText()) is not { } at
            || at >= context.Now - rule.StartWithin)
        {
            return null;
        }

        return NotMatched(
            package, MatchReasons.OutsideStartWindow,
            $"it happened more than {rule.StartWithin.TotalDays:0.#} days ago");
    }

    private static StartCondition? FirstFalse(
        ImmutableArray<StartCondition> conditions, PathItem focus, PathContext context)
    {
        foreach (var condition in conditions)
        {
            if (!condition.Expression.IsTrue(focus, context))
            {
                return condition;
            }
        }

        return null;
    }

    private static string? Text(PathExpression expression, Resource trigger, DateTimeOffset now)
    {
        var found = expression.Evaluate(PathItem.Of(trigger), Context(now, ("trigger", trigger)));
        return found is [var first, ..] && first.AsText() is { Length: > 0 } text ? text : null;
    }

    private static PathContext Context(DateTimeOffset now, params ReadOnlySpan<(string Name, Resource Value)> variables)
    {
        var bound = ImmutableDictionary.CreateBuilder<string, ImmutableArray<PathItem>>(StringComparer.Ordinal);
        foreach (var (name, value) in variables)
        {
            bound[name] = [PathItem.Of(value)];
        }

        return new PathContext { Now = now, Variables = bound.ToImmutable() };
    }

    private static MatchVerdict NotMatched(WorkflowPackage package, string reason, string words) =>
        new(package.Definition.Plan.Url, MatchKind.NotMatched, reason, words);
}

/// <summary>What a rule makes of an announced resource.</summary>
/// <param name="Rule">The rule asked.</param>
/// <param name="TriggerReference">The resource to read as the trigger; null: the announced one is.</param>
/// <param name="Refused">Why no chain starts; null: read the trigger and its patient, then judge.</param>
internal sealed record StartScreening(StartRule Rule, string? TriggerReference, MatchVerdict? Refused);
