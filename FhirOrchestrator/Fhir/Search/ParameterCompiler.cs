using FhirOrchestrator.Fhir.Definitions;
using FhirOrchestrator.Fhir.Path;

namespace FhirOrchestrator.Fhir.Search;

/// <summary>Makes the parameters of one resource type from their definitions.</summary>
internal sealed class ParameterCompiler(string type)
{
    /// <summary>The parameter, or why it is not supported.</summary>
    public (SearchParameter? Parameter, string? Problem) Compile(SearchParameterDefinition definition)
    {
        if (Kind(definition.Type) is not { } kind)
        {
            return (null, $"parameters of type {definition.Type} are not supported");
        }

        if (definition.Expression is not { } expression)
        {
            return (null, "it has no expression");
        }

        var narrowed = ExpressionBranches.Of(expression, type);
        if (kind != SearchKind.Composite)
        {
            return (Simple(definition, kind, narrowed, definition.Code), null);
        }

        var parts = ImmutableArray.CreateBuilder<SearchParameter>();
        foreach (var component in definition.Components)
        {
            var (part, problem) = Part(definition, component, narrowed, parts.Count);
            if (part is null)
            {
                return (null, problem);
            }

            parts.Add(part);
        }

        return parts.Count < 2
            ? (null, "a composite needs at least two components")
            : (Simple(definition, kind, narrowed, definition.Code, parts.DrainToImmutable()), null);
    }

    private SearchParameter Simple(
        SearchParameterDefinition definition, SearchKind kind, string expression, string code,
        ImmutableArray<SearchParameter> parts = default)
    {
        var source = code switch
        {
            "_id" => SearchSource.Id,
            "_lastUpdated" => SearchSource.LastUpdated,
            _ => SearchSource.Expression,
        };
        return new SearchParameter
        {
            ResourceType = type,
            Code = code,
            Kind = kind,
            Source = source,
            Url = definition.Url,
            Targets = definition.Targets,
            CodeValueSet = kind == SearchKind.Token
                ? CodeValueSet(ExpressionBranches.Of(definition.Expression ?? "", type))
                : null,
            Expression = source == SearchSource.Expression ? PathExpression.Compile(expression) : null,
            Parts = parts.IsDefault ? [] : parts,
        };
    }

    private (SearchParameter? Part, string? Problem) Part(
        SearchParameterDefinition whole, SearchComponent component, string path, int at)
    {
        var definition = FhirDefinitions.R4.SearchParameters(type)
            .FirstOrDefault(each => each.Url == component.Definition);
        if (definition is null || Kind(definition.Type) is not { } kind || kind == SearchKind.Composite)
        {
            return (null, $"its component {component.Definition} is no supported parameter of {type}");
        }

        var own = ExpressionBranches.Of(definition.Expression ?? "", type);
        var code = string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{whole.Code}${at}");
        return (Simple(definition, kind, Relative(own, path) ?? component.Expression, code), null);
    }

    // The component's parameter knows best where its value is: two definitions of 4.0.1 have the expressions of their
    // components swapped or name a type that FHIRPath does not have. Where its path does not go through the
    // composite's, the component's own expression counts.
    private static string? Relative(string expression, string path)
    {
        var prefix = path + ".";
        var branches = ExpressionBranches.Split(expression);
        return branches.All(branch => branch.TrimStart('(').StartsWith(prefix, StringComparison.Ordinal))
            ? string.Join(" | ", branches.Select(branch => branch.Replace(prefix, "", StringComparison.Ordinal)))
            : null;
    }

    private static SearchKind? Kind(string name) => name switch
    {
        "token" => SearchKind.Token,
        "reference" => SearchKind.Reference,
        "string" => SearchKind.String,
        "date" => SearchKind.Date,
        "uri" => SearchKind.Uri,
        "number" => SearchKind.Number,
        "quantity" => SearchKind.Quantity,
        "composite" => SearchKind.Composite,
        _ => null,
    };

    // Only a plain path names one element; a choice or a function has no single binding.
    private static string? CodeValueSet(string expression)
    {
        if (expression.AsSpan().ContainsAny("()| '"))
        {
            return null;
        }

        var element = FhirDefinitions.R4.Element(expression);
        return element is { Types: [{ Code: "code" }] } ? element.Binding?.ValueSet : null;
    }
}
