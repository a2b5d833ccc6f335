using FhirOrchestrator.Fhir.Definitions;
using FhirOrchestrator.Fhir.Definitions.Terms;

namespace FhirOrchestrator.Fhir.Search;

/// <summary>Reads the values of one parameter of a query.</summary>
internal sealed class SearchValueReader(
    SearchParameter parameter, string name, string modifierText, SearchReading reading)
{
    private SearchModifier _modifier;
    private string? _targetType;
    private SearchProblem? _problem;

    /// <summary>The criterion, or why it is refused.</summary>
    public (SearchCondition? Condition, SearchProblem? Problem) Read(string value)
    {
        if (!TakeModifier())
        {
            return (null, _problem);
        }

        if (_modifier == SearchModifier.Missing)
        {
            return value is "true" or "false"
                ? (new SearchCriterion(parameter, _modifier, [new SearchValue.Missing(value == "true")]), null)
                : (null, new SearchProblem("invalid", $"expected true or false for '{name}', got '{value}'"));
        }

        var values = parameter.Kind == SearchKind.Composite ? Composites(value) : All(value);
        return _problem is null ? (new SearchCriterion(parameter, _modifier, values), null) : (null, _problem);
    }

    // Values between commas: any of them will do.
    private ImmutableArray<SearchValue> All(string value)
    {
        var values = ImmutableArray.CreateBuilder<SearchValue>();
        foreach (var part in QueryText.Split(value, ','))
        {
            if (part.Length == 0 || values.Count == SearchQueryReader.ValuesMax)
            {
                Fail(
                    part.Length == 0 ? "invalid" : "too-costly",
                    part.Length == 0 ? "a value between commas" : $"at most {SearchQueryReader.ValuesMax} values",
                    part);
            }
            else if (One(part) is { } one)
            {
                values.Add(one);
            }

            if (_problem is not null)
            {
                return [];
            }
        }

        return values.DrainToImmutable();
    }

    private SearchValue? One(string part) => _modifier switch
    {
        SearchModifier.Text => Words(part),
        SearchModifier.OfType => OfType(part),
        SearchModifier.Identifier => Token(part),
        SearchModifier.In or SearchModifier.NotIn => Codes(QueryText.Unescaped(part)),
        SearchModifier.Above or SearchModifier.Below when parameter.Kind == SearchKind.Token => Family(part),
        _ => parameter.Kind switch
        {
            SearchKind.Token => Token(part),
            SearchKind.Reference => Reference(QueryText.Unescaped(part)),
            SearchKind.String => Words(part),
            SearchKind.Date => Taken(OrderedValues.Date(part, reading.Now), part),
            SearchKind.Uri => new SearchValue.Uri(QueryText.Unescaped(part)),
            SearchKind.Number => Taken(OrderedValues.Quantity(part, hasUnit: false), part),
            SearchKind.Quantity => Taken(OrderedValues.Quantity(part, hasUnit: true), part),
            SearchKind.Composite => throw new System.Diagnostics.UnreachableException(),
        },
    };

    private bool TakeModifier()
    {
        _modifier = (modifierText, parameter.Kind) switch
        {
            ("missing", _) => SearchModifier.Missing,
            ("not", SearchKind.Token) => SearchModifier.Not,
            ("text", SearchKind.Token) when parameter.Source == SearchSource.Expression => SearchModifier.Text,
            ("of-type", SearchKind.Token) when parameter.Source == SearchSource.Expression => SearchModifier.OfType,
            ("in", SearchKind.Token) when parameter.Source == SearchSource.Expression => SearchModifier.In,
            ("not-in", SearchKind.Token) when parameter.Source == SearchSource.Expression => SearchModifier.NotIn,
            ("identifier", SearchKind.Reference) => SearchModifier.Identifier,
            ("above", SearchKind.Uri or SearchKind.Token) when parameter.Source == SearchSource.Expression =>
                SearchModifier.Above,
            ("below", SearchKind.Uri or SearchKind.Token) when parameter.Source == SearchSource.Expression =>
                SearchModifier.Below,
            ("exact", SearchKind.String) => SearchModifier.Exact,
            ("contains", SearchKind.String) => SearchModifier.Contains,
            _ => SearchModifier.None,
        };
        if (_modifier != SearchModifier.None || modifierText.Length == 0)
        {
            return true;
        }

        if (parameter.Kind == SearchKind.Reference && FhirDefinitions.R4.IsResource(modifierText))
        {
            _targetType = modifierText;
            return true;
        }

        var known = parameter.Kind switch
        {
            SearchKind.Token => ":not, :text, :of-type, :in, :not-in, :above, :below, :missing",
            SearchKind.String => ":exact, :contains, :missing",
            SearchKind.Reference => ":[Type], :identifier, :missing",
            SearchKind.Uri => ":above, :below, :missing",
            _ => ":missing",
        };
        Fail("not-supported", $"a modifier of '{parameter.Code}' out of {known}", $":{modifierText}");
        return false;
    }

    private SearchValue? Fail(string code, string expected, string got)
    {
        _problem ??= new SearchProblem(code, $"expected {expected} for '{name}', got '{got}'");
        return null;
    }

    private SearchValue? Taken((SearchValue? Value, string? Expected) read, string part) =>
        read.Value ?? Fail("invalid", read.Expected ?? "a value", part);

    private static SearchValue.Text Words(string part)
    {
        var plain = QueryText.Unescaped(part);
        return new SearchValue.Text(FoldedText.Of(plain), plain);
    }

    private SearchValue? Token(string part)
    {
        var parts = QueryText.Split(part, '|').Select(QueryText.Unescaped).ToList();
        switch (parts)
        {
            case [var code]:
                return new SearchValue.Token(null, code, IsOwnSystem: false);
            case ["", var code] when code.Length > 0:
                return new SearchValue.Token(reading.IsCondition ? "" : null, code, IsOwnSystem: false);
            case [var system, var code] when code.Length > 0:
                return new SearchValue.Token(system, code, IsOwnSystem(system, code));
            case [var system, ""] when system.Length > 0:
                return new SearchValue.Token(system, null, IsOwnSystem: false);
            default:
                return Fail("invalid", "code, system|code, |code or system|", part);
        }
    }

    private bool IsOwnSystem(string system, string code) =>
        _modifier != SearchModifier.Identifier
        && parameter.CodeValueSet is { } values
        && FhirDefinitions.R4.Codes(values, system, code) == true;

    private SearchValue? OfType(string part) =>
        QueryText.Split(part, '|').Select(QueryText.Unescaped).ToList() is [var system, var code, var value]
        && code.Length > 0 && value.Length > 0
            ? new SearchValue.Token(
                system.Length == 0 ? null : system, AspectRows.OfTypeCode(code, value), IsOwnSystem: false)
            : Fail("invalid", "system|code|value", part);

    private SearchValue? Codes(string valueSet) => Terminology.R4.Expand(valueSet) is { } systems
        ? Set(systems.SelectMany(system => system.Value.Select(code => (system.Key, code))))
        : Fail("not-supported", "a value set whose codes are held here", valueSet);

    // Subsumption (R4, search, token): the code and what stands below it, or above it.
    private SearchValue? Family(string part)
    {
        if (QueryText.Split(part, '|').Select(QueryText.Unescaped).ToList() is not [var system, var code]
            || Terminology.R4.CodeSystem(system) is not { IsComplete: true } known || known.Find(code) is null)
        {
            return Fail("not-supported", "system|code of a code system that is held here", part);
        }

        IEnumerable<string> family = _modifier == SearchModifier.Below
            ? known.From(code)
            : known.Codes.Where(each => known.From(each).Contains(code));
        return Set(family.Select(each => (system, each)));
    }

    // An element of type code carries no system.
    private SearchValue.CodeSet Set(IEnumerable<(string System, string Code)> codes) => new(
        parameter.CodeValueSet is null
            ? [.. codes]
            : [.. codes.Where(each => FhirDefinitions.R4.Codes(parameter.CodeValueSet, each.System, each.Code) == true)
                .Select(each => ("", each.Code)).Distinct()]);

    private SearchValue? Reference(string part)
    {
        var reference = ResourceReference.Parse(part);
        if (reference.Type is { } type)
        {
            if (_targetType is not null && _targetType != type)
            {
                // subject:Device=Patient/1 can match nothing, and says so by an impossible type.
                return new SearchValue.Reference($"{_targetType} and {type}", reference.Id ?? "", null);
            }

            var isOwn = reference.Base is null
                || (reading.OwnBase is { } own && SameBase(reference.Base, own));
            return new SearchValue.Reference(type, reference.Id ?? "", isOwn ? null : reference.Base);
        }

        if (ResourceReference.IsId(part))
        {
            return new SearchValue.Reference(_targetType, part, null);
        }

        return _targetType is null && part.Contains(':', StringComparison.Ordinal)
            ? new SearchValue.Uri(part)
            : Fail("invalid", "id, Type/id or an absolute URL", part);
    }

    private static bool SameBase(string left, string right) =>
        string.Equals(left.TrimEnd('/'), right, StringComparison.OrdinalIgnoreCase);

    // a$b,c$d: any of the pairs (R4, search, composite). Where not every value between commas is a whole pair, the
    // commas stand within the parts: a,b$c,d asks for a or b together with c or d.
    private ImmutableArray<SearchValue> Composites(string value)
    {
        var count = parameter.Parts.Length;
        var tuples = QueryText.Split(value, ',').Select(each => QueryText.Split(each, '$').ToList()).ToList();
        if (!tuples.TrueForAll(tuple => tuple.Count == count))
        {
            tuples = [QueryText.Split(value, '$').ToList()];
        }

        if (tuples[0].Count != count || tuples.Count > SearchQueryReader.ValuesMax)
        {
            Fail("invalid", $"{count} values with $ between", value);
            return [];
        }

        var composites = ImmutableArray.CreateBuilder<SearchValue>(tuples.Count);
        foreach (var tuple in tuples)
        {
            var parts = ImmutableArray.CreateBuilder<ImmutableArray<SearchValue>>(count);
            foreach (var (part, text) in parameter.Parts.Zip(tuple))
            {
                var (condition, problem) = new SearchValueReader(part, name, "", reading).Read(text);
                _problem ??= problem;
                parts.Add(condition is SearchCriterion criterion ? criterion.AnyOf : []);
            }

            composites.Add(new SearchValue.Composite(parts.DrainToImmutable()));
        }

        return composites.DrainToImmutable();
    }
}
