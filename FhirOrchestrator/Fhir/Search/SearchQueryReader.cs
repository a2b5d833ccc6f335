using FhirOrchestrator.Fhir.Definitions;

namespace FhirOrchestrator.Fhir.Search;

/// <summary>
/// Reads the parameters of a query; the first that is not understood refuses the whole, unless the client wants such
/// ones left out.
/// </summary>
internal sealed class SearchQueryReader(string type, SearchReading reading)
{
    /// <summary>The most values after one another in one parameter.</summary>
    public const int ValuesMax = 500;

    /// <summary>The most values in all parameters together: each costs a comparison in the database.</summary>
    public const int ValuesInAllMax = 2_000;

    /// <summary>The most parameters of one query.</summary>
    public const int ParametersMax = 64;

    /// <summary>The longest query, in characters.</summary>
    public const int LengthMax = 256 * 1024;

    /// <summary>Reads the pairs of a query.</summary>
    public ParsedQuery Read(ImmutableArray<KeyValuePair<string, string>> pairs)
    {
        if (type.Length > 0 && !FhirDefinitions.R4.IsResource(type))
        {
            return new(null, UnknownType(type));
        }

        if (pairs.Length > ParametersMax)
        {
            return Refused("too-costly", $"expected at most {ParametersMax} parameters, got {pairs.Length}");
        }

        if (pairs.Sum(pair => (long)pair.Key.Length + pair.Value.Length) > LengthMax)
        {
            return Refused("too-costly", $"expected at most {LengthMax} characters, got more");
        }

        var (types, unknown) = Types(pairs);
        return unknown is null ? Read(types, pairs) : new(null, unknown);
    }

    /// <summary>A type that R4 does not know.</summary>
    public static SearchProblem UnknownType(string name)
    {
        var near = Nearest.Of(name, FhirDefinitions.R4.ResourceTypes);
        return new SearchProblem("invalid", $"expected a resource type of R4, got '{name}'{DidYouMean(near)}");
    }

    public static string DidYouMean(string? near) => near is null ? "" : $"; did you mean '{near}'?";

    private static ParsedQuery Refused(string code, string message) => new(null, new SearchProblem(code, message));

    private (ImmutableArray<string> Types, SearchProblem? Problem) Types(
        ImmutableArray<KeyValuePair<string, string>> pairs)
    {
        if (type.Length > 0)
        {
            return ([type], null);
        }

        var named = pairs.Where(pair => pair.Key == "_type").SelectMany(pair => pair.Value.Split(',')).ToList();
        return named.FirstOrDefault(each => !FhirDefinitions.R4.IsResource(each)) is { } unknown
            ? ([], UnknownType(unknown))
            : named.Count == 0
                ? ([.. FhirDefinitions.R4.ResourceTypes], null)
                : ([.. named.Distinct(StringComparer.Ordinal)], null);
    }

    private ParsedQuery Read(ImmutableArray<string> types, ImmutableArray<KeyValuePair<string, string>> pairs)
    {
        var query = new SearchQuery
        {
            Type = type,
            Types = types,
            Reading = reading with { OwnBase = reading.OwnBase?.TrimEnd('/') },
            Given = pairs,
        };
        var control = new ControlReader(query.Reading, types);
        var conditions = new ConditionReader(query.Reading);
        foreach (var pair in pairs)
        {
            var (next, problem) = pair.Key == "_type" && type.Length == 0 ? new(query, null)
                : ControlReader.IsControl(pair.Key) ? control.Read(query, pair.Key, pair.Value)
                : WithCondition(query, conditions.Read(types, pair.Key, pair.Value));
            if (next is null && reading.IsLenient && problem is { Code: "not-supported" })
            {
                next = query with { Given = query.Given.Remove(pair), Ignored = query.Ignored.Add(problem) };
            }

            if (next is null)
            {
                return new ParsedQuery(null, problem);
            }

            query = next;
        }

        if (query.Criteria.Sum(each => each.ValueCount) > ValuesInAllMax)
        {
            return Refused("too-costly", $"expected at most {ValuesInAllMax} values in all parameters, got more");
        }

        return !query.Includes.IsEmpty && query.Shape.Summary == SearchSummary.Text
            ? Refused("invalid", "expected no _include or _revinclude beside _summary=text, got one")
            : new ParsedQuery(query, null);
    }

    private static ParsedQuery WithCondition(
        SearchQuery query, (SearchCondition? Condition, SearchProblem? Problem) read) => read.Condition is { } condition
            ? new(query with { Criteria = query.Criteria.Add(condition) }, null)
            : new(null, read.Problem);
}
