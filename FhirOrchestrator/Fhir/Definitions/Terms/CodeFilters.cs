using System.Text.RegularExpressions;

namespace FhirOrchestrator.Fhir.Definitions.Terms;

/// <summary>Whether a code passes a filter, as far as that can be told from what is known here.</summary>
internal static class CodeFilters
{
    private const int PatternCharactersMax = 1000;

    /// <summary>True or false; null where the system, the property or the operator is not known here.</summary>
    public static bool? Passes(CodeFilter filter, CodeSystemDefinition? system, string code)
    {
        if (filter is { Property: "code", Operator: "regex" })
        {
            return Matches(filter.Value, code);
        }

        if (system is null)
        {
            return null;
        }

        if (system.Find(code) is not { } concept)
        {
            return system.Has(code);
        }

        return filter.Property is "concept" or "code"
            ? OfHierarchy(filter, system, concept.Code)
            : OfProperty(filter, concept);
    }

    private static bool? OfHierarchy(CodeFilter filter, CodeSystemDefinition system, string code) =>
        filter.Operator switch
        {
            "=" => system.Comparer.Equals(code, filter.Value),
            "is-a" => system.From(filter.Value).Contains(code),
            "is-not-a" => !system.From(filter.Value).Contains(code),
            "descendent-of" => !system.Comparer.Equals(code, filter.Value)
                && system.From(filter.Value).Contains(code),
            "generalizes" => system.From(code).Contains(filter.Value),
            "in" => filter.Value.Split(',', StringSplitOptions.TrimEntries).Contains(code, system.Comparer),
            "not-in" => !filter.Value.Split(',', StringSplitOptions.TrimEntries).Contains(code, system.Comparer),
            _ => null,
        };

    private static bool? OfProperty(CodeFilter filter, Concept concept)
    {
        var values = concept.Properties.Where(each => each.Name == filter.Property).Select(each => each.Value)
            .ToImmutableArray();
        if (filter.Operator == "exists")
        {
            return values.IsEmpty != (filter.Value == "true");
        }

        // A digest keeps no properties: where none is known, nothing can be said.
        return values.IsEmpty && concept.Properties.IsEmpty
            ? null
            : filter.Operator switch
            {
                "=" => values.Contains(filter.Value),
                "in" => filter.Value.Split(',', StringSplitOptions.TrimEntries).Any(each => values.Contains(each)),
                "not-in" => !filter.Value.Split(',', StringSplitOptions.TrimEntries).Any(each => values.Contains(each)),
                "regex" => values.IsEmpty ? false : Matches(filter.Value, values[0]),
                _ => null,
            };
    }

    // Without backtracking no pattern runs away; one that needs it is not understood.
    private static bool? Matches(string pattern, string text)
    {
        try
        {
            return pattern.Length <= PatternCharactersMax
                ? Regex.IsMatch(
                    text, $"^(?:{pattern})$", RegexOptions.NonBacktracking | RegexOptions.CultureInvariant)
                : null;
        }
        catch (Exception unsupported) when (unsupported is ArgumentException or NotSupportedException)
        {
            return null;
        }
    }
}
