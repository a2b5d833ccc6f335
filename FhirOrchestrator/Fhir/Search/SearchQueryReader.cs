using System.Globalization;
using FhirOrchestrator.Fhir.Definitions;

namespace FhirOrchestrator.Fhir.Search;

/// <summary>Reads the parameters of a query; the first that is not understood refuses the whole.</summary>
internal static class SearchQueryReader
{
    /// <summary>The most values after one another in one parameter.</summary>
    public const int ValuesMax = 500;

    /// <summary>The most parameters of one query.</summary>
    public const int ParametersMax = 64;

    public static ParsedQuery Read(
        string type, ImmutableArray<KeyValuePair<string, string>> pairs, string? ownBase)
    {
        if (!FhirDefinitions.R4.IsResource(type))
        {
            var near = Nearest.Of(type, FhirDefinitions.R4.ResourceTypes);
            return Refused("invalid", $"expected a resource type of R4, got '{type}'{DidYouMean(near)}");
        }

        if (pairs.Length > ParametersMax)
        {
            return Refused("too-costly", $"expected at most {ParametersMax} parameters, got {pairs.Length}");
        }

        var query = new SearchQuery { Type = type, OwnBase = ownBase?.TrimEnd('/'), Given = pairs };
        foreach (var (name, value) in pairs)
        {
            var (next, problem) = name is "_sort" or "_count" or "_summary" or "_total" or "_format" or "_pretty"
                ? Control(query, name, value)
                : Criterion(query, name, value);
            if (next is null)
            {
                return new ParsedQuery(null, problem);
            }

            query = next;
        }

        return new ParsedQuery(query, null);
    }

    private static ParsedQuery Refused(string code, string message) => new(null, new SearchProblem(code, message));

    private static string DidYouMean(string? near) => near is null ? "" : $"; did you mean '{near}'?";

    private static ParsedQuery Control(SearchQuery query, string name, string value) => name switch
    {
        "_sort" => Sort(query, value),
        "_count" when int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var count) =>
            new(query with { Count = count, IsCountOnly = query.IsCountOnly || count == 0 }, null),
        "_count" => Refused("invalid", $"expected a whole number at _count, got '{value}'"),
        "_summary" when value == "count" => new(query with { IsCountOnly = true }, null),
        "_summary" when value == "false" => new(query, null),
        "_summary" => Refused("not-supported", $"expected count or false at _summary, got '{value}'"),
        "_total" when value is "accurate" or "estimate" => new(query with { WantsTotal = true }, null),
        "_total" when value == "none" => new(query with { WantsTotal = false }, null),
        "_total" => Refused("invalid", $"expected none, estimate or accurate at _total, got '{value}'"),
        _ => new(query, null),
    };

    private static ParsedQuery Sort(SearchQuery query, string value)
    {
        var sort = ImmutableArray.CreateBuilder<SearchSort>();
        foreach (var key in value.Split(','))
        {
            var code = key.TrimStart('-');
            if (SearchCatalog.For(query.Type).Find(code) is not { } parameter)
            {
                return UnknownParameter(query.Type, code, "_sort");
            }

            sort.Add(new SearchSort(parameter, key.StartsWith('-')));
        }

        return new(query with { Sort = sort.DrainToImmutable() }, null);
    }

    private static ParsedQuery UnknownParameter(string type, string code, string where)
    {
        var catalog = SearchCatalog.For(type);
        return catalog.WhyUnsupported(code) is { } why
            ? Refused(
                "not-supported", $"expected a supported search parameter of {type} at {where}, got '{code}': {why}")
            : Refused(
                "not-supported",
                $"expected a search parameter of {type} at {where}, got '{code}'{DidYouMean(catalog.Nearest(code))}");
    }

    private static ParsedQuery Criterion(SearchQuery query, string name, string value)
    {
        var (code, modifier) = name.IndexOf(':', StringComparison.Ordinal) is >= 0 and var colon
            ? (name[..colon], name[(colon + 1)..])
            : (name, "");
        if (code.StartsWith("_has", StringComparison.Ordinal) || name.Contains('.', StringComparison.Ordinal))
        {
            return Refused("not-supported", $"expected a parameter of {query.Type} itself, got the chain '{name}'");
        }

        if (code is "_include" or "_revinclude" or "_elements" or "_contained" or "_containedType" or "_filter"
            or "_list" or "_text" or "_content" or "_query" or "_type")
        {
            return Refused("not-supported", $"expected no '{code}': it is not supported");
        }

        if (SearchCatalog.For(query.Type).Find(code) is not { } parameter)
        {
            return UnknownParameter(query.Type, code, "the query");
        }

        if (value.Length == 0)
        {
            return Refused("invalid", $"expected a value for '{name}', got none");
        }

        var (criterion, problem) = new SearchValueReader(parameter, name, modifier, query.OwnBase).Read(value);
        return criterion is null
            ? new ParsedQuery(null, problem)
            : new ParsedQuery(query with { Criteria = query.Criteria.Add(criterion) }, null);
    }
}
