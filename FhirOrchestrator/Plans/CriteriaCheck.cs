using FhirOrchestrator.Fhir;
using FhirOrchestrator.Fhir.Definitions;

namespace FhirOrchestrator.Plans;

/// <summary>
/// Holds what a package subscribes to against what its plan needs to see. R4 sends nothing when a resource stops
/// matching (R4, subscription, 2.46), so criteria must deliver every state that a start, stop, suspension or watch
/// looks at: only parameters that a resource keeps for life may restrict them.
/// </summary>
internal sealed class CriteriaCheck(
    PlanReading plan, string planFile, ImmutableArray<Delivery> deliveries, ProblemList problems)
{
    /// <summary>What a resource keeps for life, and every server can match.</summary>
    private static readonly ImmutableArray<string> Lasting =
        ["_id", "category", "class", "code", "identifier", "intent", "patient", "subject", "type"];

    /// <summary>Reports every criterion that is unsafe, and every type that nothing delivers.</summary>
    public void Run()
    {
        foreach (var delivery in deliveries)
        {
            CheckDelivery(delivery);
        }

        Need("Patient", "the guard that re-reads the patient before every effect", planFile, "PlanDefinition");
        Need("Task", "what people do with the chain's Tasks at the EHR", planFile, "PlanDefinition");
        foreach (var start in plan.Starts)
        {
            Need(start.Rule.ResourceType, "this start", planFile, start.Path);
        }

        foreach (var watch in plan.Watches)
        {
            var stops = string.Join(", ", StopsThatUse(watch.Rule.Name));
            Need(watch.Rule.ResourceType, $"the watch '{watch.Rule.Name}' (stop {stops})", planFile, watch.Path);
        }

        foreach (var stop in plan.Stops)
        {
            CheckStopInputs(stop);
        }
    }

    private void CheckDelivery(Delivery delivery)
    {
        if (!FhirDefinitions.R4.IsResource(delivery.Type))
        {
            Report(delivery, $"expected an R4 resource type, got '{delivery.Type}'",
                Nearest.Of(delivery.Type, FhirDefinitions.R4.ResourceTypes));
            return;
        }

        foreach (var part in delivery.Query.Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var at = part.IndexOf('=', StringComparison.Ordinal);
            if (at <= 0 || at == part.Length - 1)
            {
                Report(delivery, $"expected parameter=value, got '{part}'");
                continue;
            }

            CheckParameter(delivery, part[..at]);
        }
    }

    private void CheckParameter(Delivery delivery, string name)
    {
        if (name.StartsWith("_has", StringComparison.Ordinal) || name.AsSpan().IndexOfAny(':', '.') >= 0
            || name is "_filter" or "_query" or "_content" or "_text" or "_list")
        {
            Report(delivery,
                $"expected a plain parameter, got '{name}': chains, modifiers and _has are not safe in every server",
                name.Split(':', '.')[0]);
            return;
        }

        var isKnown = name.StartsWith('_') || FhirDefinitions.R4.SearchParameter(delivery.Type, name) is not null;
        if (!isKnown)
        {
            var known = FhirDefinitions.R4.SearchParameters(delivery.Type).Select(parameter => parameter.Code);
            Report(
                delivery, $"expected a search parameter of {delivery.Type}, got '{name}'", Nearest.Of(name, known));
        }
        else if (!Lasting.Contains(name))
        {
            var lost = LostBy(delivery.Type);
            var consequence = lost.Length == 0 ? "a change of it would never be announced"
                : $"these would never be announced: {string.Join(", ", lost)}";
            Report(delivery,
                $"expected only parameters that a resource keeps for life ({string.Join(", ", Lasting)}), "
                + $"got '{name}': {consequence}",
                $"{delivery.Type}? without {name}=");
        }
    }

    // The plan's rules that look at a type and so would miss its changes.
    private ImmutableArray<string> LostBy(string type)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        if (plan.Starts.Any(start => start.Rule.TriggerReference is null && start.Rule.ResourceType == type))
        {
            names.Add("trigger");
        }

        if (type == "Patient")
        {
            names.Add("patient");
        }

        names.UnionWith(plan.Watches.Where(watch => watch.Rule.ResourceType == type).Select(watch => watch.Rule.Name));
        var stops = names.SelectMany(StopsThatUse).Distinct(StringComparer.Ordinal).Select(stop => $"stop {stop}");
        var isSuspended = plan.SuspendWhile is { } key && plan.Expressions.TryGetValue(key, out var expression)
            && expression.Variables.Any(names.Contains);
        return isSuspended ? [.. stops, "suspend-while"] : [.. stops];
    }

    private IEnumerable<string> StopsThatUse(string variable) => plan.Stops
        .Where(stop => plan.Expressions.TryGetValue(stop.Rule.Condition, out var expression)
            && expression.Variables.Contains(variable))
        .Select(stop => stop.Rule.Reason.Value);

    // An input is read once, at the start: a stop that looks at it alone would never hear of a change.
    private void CheckStopInputs(PlacedStop stop)
    {
        if (!plan.Expressions.TryGetValue(stop.Rule.Condition, out var expression))
        {
            return;
        }

        foreach (var input in plan.Inputs.Where(input => expression.Variables.Contains(input.Name)))
        {
            if (!plan.Watches.Any(watch => watch.Rule.Name == input.Name))
            {
                problems.Add(
                    planFile, stop.Path,
                    $"expected something that is delivered, got %{input.Name}, which is read once: "
                    + $"stop {stop.Rule.Reason.Value} would never hear of a change",
                    $"{OwnUrls.Watch} with the name {input.Name}");
            }
        }
    }

    private void Need(string type, string why, string file, string path)
    {
        if (!deliveries.Any(delivery => delivery.Type == type))
        {
            problems.Add(
                file, path, $"expected a subscription that delivers {type}, which {why} needs, got none",
                $"subscription-{type.ToLowerInvariant()}.json");
        }
    }

    private void Report(Delivery delivery, string reason, string? nearest = null) =>
        problems.Add(delivery.File, delivery.Path, reason, nearest);
}
