using FhirOrchestrator.Chains;
using FhirOrchestrator.Fhir;
using FhirOrchestrator.Fhir.Json;
using FhirOrchestrator.Fhir.Path;

namespace FhirOrchestrator.Outcomes;

/// <summary>
/// The variables of a plan's expressions: the dossier's resources by name, <c>%steps</c>, one variable a step,
/// <c>%round</c>, <c>%output</c> and <c>%chain</c>. What a name stands for is empty, never undefined, where nothing was
/// read or the EHR no longer has it. The focus of an expression is the trigger.
/// </summary>
internal static class ChainVariables
{
    /// <summary>The context in which a chain's own expressions are evaluated, or those of a step's round.</summary>
    /// <param name="step">The step whose <c>%output</c> and <c>%round</c> hold; null: none, round 0.</param>
    /// <param name="round">The round; 0: the step's current one.</param>
    public static PathContext Of(ChainView chain, StepName? step = null, int round = 0)
    {
        var variables = ImmutableDictionary.CreateBuilder<string, ImmutableArray<PathItem>>(StringComparer.Ordinal);
        AddDossier(variables, chain);
        AddSteps(variables, chain);
        var state = step is { } name && chain.State.Steps.TryGetValue(name, out var found) ? found : null;
        variables["round"] = [PathItem.Of(round > 0 ? round : state?.Round ?? 0, "integer")];
        variables["output"] = state is null ? [] : [.. state.Outputs.Select(output => Untyped(StepViews.Of(output)))];
        variables["chain"] = [Untyped(StepViews.Of(chain.State))];
        return new PathContext
        {
            Now = chain.Now,
            Variables = variables.ToImmutable(),
            Resolve = text => Resolve(chain, text),
        };
    }

    /// <summary>What an expression starts from: the trigger, nothing where the EHR no longer has it.</summary>
    public static PathItem? Focus(ChainView chain) =>
        chain.Dossier.Trigger?.Resource is { } trigger ? PathItem.Of(trigger) : null;

    private static void AddDossier(
        ImmutableDictionary<string, ImmutableArray<PathItem>>.Builder variables, ChainView chain)
    {
        variables[Dossier.TriggerName] = [];
        variables[Dossier.PatientName] = [];
        foreach (var input in chain.Package.Inputs)
        {
            variables[input.Name] = [];
        }

        foreach (var watch in chain.Package.Watches)
        {
            variables[watch.Name] = [];
        }

        foreach (var entry in chain.Dossier.Entries)
        {
            if (entry.Resource is { } resource)
            {
                var items = variables.GetValueOrDefault(entry.Name, []);
                variables[entry.Name] = items.Add(PathItem.Of(resource));
            }
        }
    }

    private static void AddSteps(
        ImmutableDictionary<string, ImmutableArray<PathItem>>.Builder variables, ChainView chain)
    {
        var all = ImmutableArray.CreateBuilder<PathItem>(chain.Package.Definition.Steps.Length);
        foreach (var definition in chain.Package.Definition.Steps)
        {
            var state = chain.State.Steps.GetValueOrDefault(definition.Name) ?? new StepState();
            var view = Untyped(StepViews.Of(definition, state));
            variables[definition.Name.Value] = [view];
            all.Add(view);
        }

        variables["steps"] = all.MoveToImmutable();
    }

    private static Resource? Resolve(ChainView chain, string text)
    {
        var reference = ResourceReference.Parse(text);
        return reference.Path is null ? null : chain.Dossier.Find(Elements.Target(reference, chain.BaseUrl));
    }

    // A type that R4 does not have: every member may be asked for, and is typed by its JSON.
    private static PathItem Untyped(ObjectNode view) => PathItem.Of(view, "StepView");
}
