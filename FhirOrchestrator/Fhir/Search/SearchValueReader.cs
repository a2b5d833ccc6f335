using System.Globalization;
using FhirOrchestrator.Fhir.Definitions;

namespace FhirOrchestrator.Fhir.Search;

/// <summary>Reads the values of one parameter of a query.</summary>
internal sealed class SearchValueReader(SearchParameter parameter, string name, string modifierText, string? ownBase)
{
    private static readonly (string Text, SearchPrefix Prefix)[] Prefixes =
    [
        ("eq", SearchPrefix.Equal), ("ne", SearchPrefix.NotEqual), ("gt", SearchPrefix.Greater),
        ("lt", SearchPrefix.Less), ("ge", SearchPrefix.GreaterOrEqual), ("le", SearchPrefix.LessOrEqual),
        ("sa", SearchPrefix.StartsAfter), ("eb", SearchPrefix.EndsBefore),
    ];

    private SearchProblem? _problem;

    /// <summary>The criterion, or why it is refused.</summary>
    public (SearchCriterion? Criterion, SearchProblem? Problem) Read(string value)
    {
        var (modifier, targetType) = Modifier();
        if (_problem is not null)
        {
            return (null, _problem);
        }

        if (modifier == SearchModifier.Missing)
        {
            return value is "true" or "false"
                ? (new SearchCriterion(parameter, modifier, [new SearchValue.Missing(value == "true")]), null)
                : (null, new SearchProblem("invalid", $"expected true or false for '{name}', got '{value}'"));
        }

        var values = ImmutableArray.CreateBuilder<SearchValue>();
        foreach (var part in QueryText.Split(value, ','))
        {
            if (part.Length == 0 || values.Count == SearchQueryReader.ValuesMax)
            {
                Fail(
                    "invalid",
                    part.Length == 0 ? "a value between commas" : $"at most {SearchQueryReader.ValuesMax} values",
                    part);
            }
            else if (One(part, targetType) is { } one)
            {
                values.Add(one);
            }

            if (_problem is not null)
            {
                return (null, _problem);
            }
        }

        return (new SearchCriterion(parameter, modifier, values.DrainToImmutable()), null);
    }

    private (SearchModifier Modifier, string? TargetType) Modifier()
    {
        switch (modifierText)
        {
            case "":
                return (SearchModifier.None, null);
            case "missing":
                return (SearchModifier.Missing, null);
            case "not" when parameter.Kind == SearchKind.Token:
                return (SearchModifier.Not, null);
            case "exact" when parameter.Kind == SearchKind.String:
                return (SearchModifier.Exact, null);
            case "contains" when parameter.Kind == SearchKind.String:
                return (SearchModifier.Contains, null);
        }

        if (parameter.Kind == SearchKind.Reference && FhirDefinitions.R4.IsResource(modifierText))
        {
            return (SearchModifier.None, modifierText);
        }

        var known = parameter.Kind switch
        {
            SearchKind.Token => ":not, :missing",
            SearchKind.String => ":exact, :contains, :missing",
            SearchKind.Reference => ":[Type], :missing",
            _ => ":missing",
        };
        _problem = new SearchProblem(
            "not-supported", $"expected a modifier of '{parameter.Code}' out of {known}, got ':{modifierText}'");
        return (SearchModifier.None, null);
    }

    private SearchValue? One(string part, string? targetType) => parameter.Kind switch
    {
        SearchKind.Token => Token(part),
        SearchKind.Reference => Reference(QueryText.Unescaped(part), targetType),
        SearchKind.String => new SearchValue.Text(FoldedText.Of(QueryText.Unescaped(part)), QueryText.Unescaped(part)),
        SearchKind.Date => Date(part),
        SearchKind.Uri => new SearchValue.Uri(QueryText.Unescaped(part)),
        SearchKind.Number => Quantity(part, hasUnit: false),
        SearchKind.Quantity => Quantity(part, hasUnit: true),
    };

    private SearchValue? Fail(string code, string expected, string got)
    {
        _problem = new SearchProblem(code, $"expected {expected} for '{name}', got '{got}'");
        return null;
    }

    private SearchValue? Token(string part)
    {
        var parts = QueryText.Split(part, '|').Select(QueryText.Unescaped).ToList();
        switch (parts)
        {
            case [var code]:
                return new SearchValue.Token(null, code, IsOwnSystem: false);
            case [var system, var code] when code.Length > 0:
                return new SearchValue.Token(system, code, IsOwnSystem(system, code));
            case [var system, ""] when system.Length > 0:
                return new SearchValue.Token(system, null, IsOwnSystem: false);
            default:
                return Fail("invalid", "code, system|code, |code or system|", part);
        }
    }

    private bool IsOwnSystem(string system, string code) =>
        system.Length > 0
        && parameter.CodeValueSet is { } values
        && FhirDefinitions.R4.Codes(values, system, code) == true;

    private SearchValue? Reference(string part, string? targetType)
    {
        var reference = ResourceReference.Parse(part);
        if (reference.Type is { } type)
        {
            if (targetType is not null && targetType != type)
            {
                // subject:Device=Patient/1 can match nothing, and says so by an impossible type.
                return new SearchValue.Reference($"{targetType} and {type}", reference.Id ?? "", null);
            }

            var isOwn = reference.Base is null || (ownBase is not null && SameBase(reference.Base, ownBase));
            return new SearchValue.Reference(type, reference.Id ?? "", isOwn ? null : reference.Base);
        }

        if (ResourceReference.IsId(part))
        {
            return new SearchValue.Reference(targetType, part, null);
        }

        return targetType is null && part.Contains(':', StringComparison.Ordinal)
            ? new SearchValue.Uri(part)
            : Fail("invalid", "id, Type/id or an absolute URL", part);
    }

    private static bool SameBase(string left, string right) =>
        string.Equals(left.TrimEnd('/'), right, StringComparison.OrdinalIgnoreCase);

    private static (SearchPrefix Prefix, string Value) TakePrefix(string part)
    {
        foreach (var (text, prefix) in Prefixes)
        {
            if (part.StartsWith(text, StringComparison.Ordinal))
            {
                return (prefix, part[2..]);
            }
        }

        return (SearchPrefix.Equal, part);
    }

    private SearchValue? Date(string part)
    {
        var (prefix, rest) = TakePrefix(part);
        return DateSpan.Parse(rest) is { } span
            ? new SearchValue.Date(prefix, span.Low, span.High)
            : Fail(
                part.StartsWith("ap", StringComparison.Ordinal) ? "not-supported" : "invalid",
                "a date (yyyy[-MM[-dd[Thh:mm[:ss][zone]]]]) behind eq, ne, gt, lt, ge, le, sa, eb or nothing",
                part);
    }

    private SearchValue? Quantity(string part, bool hasUnit)
    {
        var parts = QueryText.Split(part, '|').Select(QueryText.Unescaped).ToList();
        var (prefix, number) = TakePrefix(parts[0]);
        if (parts.Count != 1 && !(hasUnit && parts.Count == 3 && parts[2].Length > 0))
        {
            return Fail("invalid", hasUnit ? "number, number|system|code or number||code" : "a number", part);
        }

        if (!decimal.TryParse(number, NumberStyles.Float, CultureInfo.InvariantCulture, out var value)
            || Half(number) is not { } half || Math.Abs(value) > decimal.MaxValue / 2)
        {
            return Fail("invalid", "a number", part);
        }

        return new SearchValue.Quantity(
            prefix,
            value - half,
            value + half,
            value,
            parts.Count == 3 && parts[1].Length > 0 ? parts[1] : null,
            parts.Count == 3 ? parts[2] : null);
    }

    // Half of the last digit's weight: 100 covers 99.5 up to 100.5, 1e2 covers 50 up to 150.
    private static decimal? Half(string number)
    {
        var exponentAt = number.IndexOfAny(['e', 'E']);
        var mantissa = exponentAt < 0 ? number : number[..exponentAt];
        var point = mantissa.IndexOf('.', StringComparison.Ordinal);
        var digits = point < 0 ? 0 : mantissa.Length - point - 1;
        var exponent = exponentAt < 0
            ? 0
            : int.TryParse(
                number.AsSpan(exponentAt + 1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var e)
                ? e
                : 99;
        var half = 0.5m;
        for (var weight = exponent - digits; weight != 0; weight += weight > 0 ? -1 : 1)
        {
            if (Math.Abs(weight) > 28)
            {
                return null;
            }

            half = weight > 0 ? half * 10 : half / 10;
        }

        return half;
    }
}
