using FhirOrchestrator.Fhir.Definitions;

namespace FhirOrchestrator.Fhir.Search;

/// <summary>Reads one parameter that selects: plain, chained, or <c>_has</c>.</summary>
internal sealed class ConditionReader(SearchReading reading)
{
    /// <summary>The most references that a chain or a nested <c>_has</c> may follow.</summary>
    public const int DepthMax = 4;

    /// <summary>The condition, or why it is refused.</summary>
    /// <param name="types">The types that it is asked of; one of them but in searches of the system.</param>
    public (SearchCondition? Condition, SearchProblem? Problem) Read(
        ImmutableArray<string> types, string name, string value) => value.Length == 0
            ? Refused("invalid", $"expected a value for '{name}', got none")
            : Read(types, name, value, depth: 0);

    private static (SearchCondition? Condition, SearchProblem? Problem) Refused(string code, string message) =>
        (null, new SearchProblem(code, message));

    private (SearchCondition? Condition, SearchProblem? Problem) Read(
        ImmutableArray<string> types, string name, string value, int depth)
    {
        if (depth > DepthMax)
        {
            return Refused("too-costly", $"expected at most {DepthMax} references in a chain, got more");
        }

        if (name.StartsWith("_has:", StringComparison.Ordinal))
        {
            return Has(types, name, value, depth);
        }

        var dot = name.IndexOf('.', StringComparison.Ordinal);
        return dot < 0 ? Own(types, name, value) : Chain(types, name[..dot], name[(dot + 1)..], value, depth);
    }

    private (SearchCondition? Condition, SearchProblem? Problem) Own(
        ImmutableArray<string> types, string name, string value)
    {
        var colon = name.IndexOf(':', StringComparison.Ordinal);
        var (code, modifier) = colon < 0 ? (name, "") : (name[..colon], name[(colon + 1)..]);
        if (code is "_has" or "_contained" or "_containedType" or "_filter" or "_list" or "_text" or "_content"
            or "_query" or "_type")
        {
            return Refused("not-supported", $"expected no '{code}': it is not supported");
        }

        var (parameter, problem) = Find(types, code, "the query");
        return parameter is null
            ? (null, problem)
            : new SearchValueReader(parameter, name, modifier, reading).Read(value);
    }

    /// <summary>The parameter of a code for all of the types, or why there is none.</summary>
    public (SearchParameter? Parameter, SearchProblem? Problem) Find(
        ImmutableArray<string> types, string code, string where)
    {
        var members = ImmutableArray.CreateBuilder<SearchParameter>(types.Length);
        foreach (var type in types)
        {
            var catalog = reading.Catalogs.For(type);
            if (catalog.Find(code) is not { } parameter)
            {
                return (null, new SearchProblem("not-supported", catalog.WhyUnsupported(code) is { } why
                    ? $"expected a supported search parameter of {type} at {where}, got '{code}': {why}"
                    : $"expected a search parameter of {type} at {where}, got '{code}'"
                        + SearchQueryReader.DidYouMean(catalog.Nearest(code))));
            }

            members.Add(parameter);
        }

        return SearchParameter.Union(members.DrainToImmutable()) is { } union
            ? (union, null)
            : (null, new SearchProblem(
                "not-supported", $"expected a parameter that is the same in all types at {where}, got '{code}'"));
    }

    private (SearchCondition? Condition, SearchProblem? Problem) Chain(
        ImmutableArray<string> types, string head, string rest, string value, int depth)
    {
        var colon = head.IndexOf(':', StringComparison.Ordinal);
        var (parameter, problem) = Find(types, colon < 0 ? head : head[..colon], "the chain");
        if (parameter is null)
        {
            return (null, problem);
        }

        if (parameter.Kind != SearchKind.Reference)
        {
            return Refused("invalid", $"expected a reference before the dot of a chain, got '{parameter.Code}'");
        }

        if (colon >= 0 && !FhirDefinitions.R4.IsResource(head[(colon + 1)..]))
        {
            return (null, SearchQueryReader.UnknownType(head[(colon + 1)..]));
        }

        ImmutableArray<string> targets = colon >= 0 ? [head[(colon + 1)..]]
            : parameter.Targets.IsEmpty || parameter.Targets.Contains("Resource")
                ? [.. FhirDefinitions.R4.ResourceTypes]
            : parameter.Targets;
        var (branches, none) = Branches(targets, rest, value, depth + 1);
        return branches.IsEmpty ? (null, none) : (new SearchChain(parameter, branches), null);
    }

    // A reference may point at several types: those of them that know the rest of the chain count. Types that read it
    // alike share a branch.
    private (ImmutableArray<SearchBranch> Branches, SearchProblem? Problem) Branches(
        ImmutableArray<string> targets, string rest, string value, int depth)
    {
        if (targets.Length == 1)
        {
            var (only, wrong) = Read(targets, rest, value, depth);
            return only is null ? ([], wrong) : ([new SearchBranch(targets, only)], null);
        }

        var branches = ImmutableArray.CreateBuilder<SearchBranch>();
        var problem = default(SearchProblem);
        foreach (var alike in targets.GroupBy(target => Likeness(target, rest)))
        {
            if (alike.Key is null)
            {
                continue;
            }

            var types = alike.ToImmutableArray();
            var (condition, wrong) = Read(types, rest, value, depth);
            if (condition is not null)
            {
                branches.Add(new SearchBranch(types, condition));
            }

            problem ??= wrong;
        }

        return branches.Count > 0
            ? (branches.DrainToImmutable(), null)
            : ([], problem ?? new SearchProblem(
                "not-supported",
                $"expected a search parameter of {string.Join(" or ", targets.Take(5))} at the chain, got '{rest}'"));
    }

    private string? Likeness(string target, string rest)
    {
        if (rest.StartsWith("_has:", StringComparison.Ordinal))
        {
            return target;
        }

        var end = rest.AsSpan().IndexOfAny(":.");
        return reading.Catalogs.For(target).Find(end < 0 ? rest : rest[..end]) is { } parameter
            ? $"{parameter.Kind} {parameter.CodeValueSet}"
            : null;
    }

    // _has:Observation:patient:code=x
    private (SearchCondition? Condition, SearchProblem? Problem) Has(
        ImmutableArray<string> types, string name, string value, int depth)
    {
        var parts = name.Split(':', 4);
        if (parts.Length < 4)
        {
            return Refused("invalid", $"expected _has:[Type]:[reference]:[parameter], got '{name}'");
        }

        if (!FhirDefinitions.R4.IsResource(parts[1]))
        {
            return (null, SearchQueryReader.UnknownType(parts[1]));
        }

        var (parameter, problem) = Find([parts[1]], parts[2], "_has");
        if (parameter is null)
        {
            return (null, problem);
        }

        if (parameter.Kind != SearchKind.Reference
            || !types.Any(each => parameter.Targets.IsEmpty || parameter.Targets.Contains(each)))
        {
            return Refused(
                "invalid", $"expected a reference of {parts[1]} to {types[0]} in _has, got '{parts[2]}'");
        }

        var (condition, wrong) = Read([parts[1]], parts[3], value, depth + 1);
        return condition is null ? (null, wrong) : (new SearchHas(parts[1], parameter, condition), null);
    }
}
