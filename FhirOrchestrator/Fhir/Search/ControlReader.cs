using System.Globalization;
using FhirOrchestrator.Fhir.Definitions;

namespace FhirOrchestrator.Fhir.Search;

/// <summary>Reads the parameters that order, limit, shorten or add to the result (R4, search, 3.1.1.5).</summary>
internal sealed class ControlReader(SearchReading reading, ImmutableArray<string> types)
{
    /// <summary>The most keys of <c>_sort</c>.</summary>
    public const int SortMax = 8;

    /// <summary>The most <c>_include</c> and <c>_revinclude</c> of one query.</summary>
    public const int IncludesMax = 32;

    /// <summary>True for the names that are read here.</summary>
    public static bool IsControl(string name) =>
        name is "_sort" or "_count" or "_summary" or "_total" or "_format" or "_pretty" or "_elements"
        || name.StartsWith("_include", StringComparison.Ordinal)
        || name.StartsWith("_revinclude", StringComparison.Ordinal);

    /// <summary>The query with the parameter taken in, or why it is refused.</summary>
    public ParsedQuery Read(SearchQuery query, string name, string value) => name switch
    {
        "_format" or "_pretty" => new(query, null),
        "_sort" => Sort(query, value),
        "_count" when int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var count) =>
            new(query with { Count = count, IsCountOnly = query.IsCountOnly || count == 0 }, null),
        "_count" => Refused("invalid", $"expected a whole number at _count, got '{value}'"),
        "_summary" => Summary(query, value),
        "_elements" => Elements(query, value),
        "_total" when value is "accurate" or "estimate" => new(query with { WantsTotal = true }, null),
        "_total" when value == "none" => new(query with { WantsTotal = false }, null),
        "_total" => Refused("invalid", $"expected none, estimate or accurate at _total, got '{value}'"),
        "_include" or "_revinclude" => Include(query, name, value, isIterate: false),
        "_include:iterate" or "_revinclude:iterate" or "_include:recurse" or "_revinclude:recurse" =>
            Include(query, name, value, isIterate: true),
        _ => Refused("not-supported", $"expected _include or _revinclude, alone or with :iterate, got '{name}'"),
    };

    private static ParsedQuery Refused(string code, string message) => new(null, new SearchProblem(code, message));

    private ParsedQuery Sort(SearchQuery query, string value)
    {
        var sort = ImmutableArray.CreateBuilder<SearchSort>();
        foreach (var key in value.Split(','))
        {
            var isDescending = key.StartsWith('-');
            var (parameter, problem) = new ConditionReader(reading).Find(types, isDescending ? key[1..] : key, "_sort");
            if (parameter is null)
            {
                return new(null, problem);
            }

            if (parameter.Kind == SearchKind.Composite || sort.Count == SortMax)
            {
                return Refused(
                    "not-supported", $"expected at most {SortMax} parameters with one value at _sort, got '{key}'");
            }

            sort.Add(new SearchSort(parameter, isDescending));
        }

        return new(query with { Sort = sort.DrainToImmutable() }, null);
    }

    private static ParsedQuery Summary(SearchQuery query, string value) => value switch
    {
        "count" => new(query with { IsCountOnly = true }, null),
        "false" => new(query with { Shape = SearchShape.Whole }, null),
        "true" => new(query with { Shape = new(SearchSummary.Summary, []) }, null),
        "text" => new(query with { Shape = new(SearchSummary.Text, []) }, null),
        "data" => new(query with { Shape = new(SearchSummary.Narrativeless, []) }, null),
        _ => Refused("invalid", $"expected true, text, data, count or false at _summary, got '{value}'"),
    };

    private ParsedQuery Elements(SearchQuery query, string value)
    {
        var named = ImmutableArray.CreateBuilder<(string Type, string Name)>();
        foreach (var each in value.Split(',', StringSplitOptions.TrimEntries))
        {
            var dot = each.IndexOf('.', StringComparison.Ordinal);
            var isTyped = dot > 0 && FhirDefinitions.R4.IsResource(each[..dot]);
            var (of, path) = isTyped ? (each[..dot], each[(dot + 1)..]) : ("", each);

            // Only elements at the root count; a path below one names its root.
            var name = path.Split('.')[0];
            var owners = of.Length > 0 ? [of] : types;
            if (!owners.Any(owner => FhirDefinitions.R4.Type(owner)?.Element(name) is not null))
            {
                return Refused("invalid", $"expected elements of {owners[0]} at _elements, got '{each}'");
            }

            named.Add((of, name));
        }

        return new(query with { Shape = new(SearchSummary.Named, named.DrainToImmutable()) }, null);
    }

    private ParsedQuery Include(SearchQuery query, string name, string value, bool isIterate)
    {
        if (query.Includes.Length == IncludesMax)
        {
            return Refused("too-costly", $"expected at most {IncludesMax} includes, got more");
        }

        var isReverse = name.StartsWith("_revinclude", StringComparison.Ordinal);
        var parts = value.Split(':');
        if (parts is ["*"])
        {
            return With(query, new SearchInclude(isReverse, isIterate, null, null, null));
        }

        if (parts.Length is not (2 or 3))
        {
            return Refused("invalid", $"expected [Type]:[reference](:[Type]) or * at {name}, got '{value}'");
        }

        if (new[] { parts[0], parts.Length == 3 ? parts[2] : "Patient" }
            .FirstOrDefault(each => !FhirDefinitions.R4.IsResource(each)) is { } unknown)
        {
            return new(null, SearchQueryReader.UnknownType(unknown));
        }

        var parameter = default(SearchParameter);
        if (parts[1] != "*")
        {
            (parameter, var problem) = new ConditionReader(reading).Find([parts[0]], parts[1], name);
            if (parameter is null)
            {
                return new(null, problem);
            }

            if (parameter.Kind != SearchKind.Reference)
            {
                return Refused("invalid", $"expected a reference of {parts[0]} at {name}, got '{parts[1]}'");
            }
        }

        return With(query, new SearchInclude(
            isReverse, isIterate, parts[0], parameter, parts.Length == 3 ? parts[2] : null));
    }

    private static ParsedQuery With(SearchQuery query, SearchInclude include) =>
        new(query with { Includes = query.Includes.Add(include) }, null);
}
