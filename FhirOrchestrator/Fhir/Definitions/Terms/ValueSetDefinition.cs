using System.Collections.Frozen;
using FhirOrchestrator.Fhir.Json;

namespace FhirOrchestrator.Fhir.Definitions.Terms;

/// <summary>What a value set takes in and leaves out (R4, ValueSet.compose).</summary>
internal sealed record ValueSetDefinition(
    string Url, ImmutableArray<ValueSetRule> Includes, ImmutableArray<ValueSetRule> Excludes)
{
    /// <summary>
    /// A ValueSet resource: its composition, or its expansion where that is all there is; null without a url.
    /// </summary>
    public static ValueSetDefinition? Read(ObjectNode resource)
    {
        if (resource.Text("url") is not { } url)
        {
            return null;
        }

        var compose = resource.Child("compose");
        if (compose is null && resource.Child("expansion") is { } expansion)
        {
            return new ValueSetDefinition(url, Expansion(expansion), []);
        }

        return new ValueSetDefinition(
            url, [.. (compose?.Children("include") ?? []).Select(Rule)],
            [.. (compose?.Children("exclude") ?? []).Select(Rule)]);
    }

    private static ValueSetRule Rule(ObjectNode rule) => new(
        rule.Text("system"),
        [.. rule.Children("concept").Select(concept => concept.Text("code") ?? "")],
        [
            .. rule.Children("filter").Select(filter => new CodeFilter(
                filter.Text("property") ?? "", filter.Text("op") ?? "", filter.Text("value") ?? "")),
        ],
        [.. rule.Items("valueSet").Select(set => set.AsText ?? "")]);

    private static ImmutableArray<ValueSetRule> Expansion(ObjectNode expansion) =>
    [
        .. expansion.Children("contains").SelectMany(Flat)
            .GroupBy(each => each.System, StringComparer.Ordinal)
            .Select(system => new ValueSetRule(system.Key, [.. system.Select(each => each.Code)], [], [])),
    ];

    private static IEnumerable<(string? System, string Code)> Flat(ObjectNode contains)
    {
        if (contains["abstract"] is not BooleanNode { Value: true } && contains.Text("code") is { } code)
        {
            yield return (contains.Text("system"), code);
        }

        foreach (var below in contains.Children("contains").SelectMany(Flat))
        {
            yield return below;
        }
    }
}

/// <summary>
/// One include or exclude: codes of a system that are listed, that pass all filters, or all; of those only what is in
/// every one of the value sets.
/// </summary>
internal sealed record ValueSetRule(
    string? System, ImmutableArray<string> Codes, ImmutableArray<CodeFilter> Filters, ImmutableArray<string> ValueSets)
{
    private FrozenSet<string>? _listed;

    /// <summary>The codes listed, to look one up.</summary>
    public FrozenSet<string> Listed => _listed ??= Codes.ToFrozenSet(StringComparer.Ordinal);
}

/// <summary>A condition on the codes of a system (R4, ValueSet.compose.include.filter).</summary>
internal sealed record CodeFilter(string Property, string Operator, string Value);
