using FhirOrchestrator.Fhir.Definitions;
using FhirOrchestrator.Fhir.Json;
using FhirOrchestrator.Fhir.Path;

namespace FhirOrchestrator.Fhir.Search;

/// <summary>A search parameter of a type that cannot be carried out.</summary>
internal sealed record UnsupportedParameter(string Type, string Code, string Why);

/// <summary>
/// What a stored SearchParameter adds (R4, SearchParameter): one parameter for each base type. One that cannot be
/// carried out is stored all the same; a query that asks for it is refused with the reason.
/// </summary>
internal sealed record CustomParameter(
    ImmutableArray<SearchParameter> Parameters, ImmutableArray<UnsupportedParameter> Unsupported)
{
    private static readonly System.Buffers.SearchValues<char> Punctuation =
        System.Buffers.SearchValues.Create(":.,|$&= ");

    /// <summary>
    /// Reads a SearchParameter resource. It adds nothing where it is retired; R4's own parameters stay as they are.
    /// </summary>
    public static CustomParameter Read(Resource resource)
    {
        var root = resource.Root;
        var code = root.Text("code") ?? "";
        if (root.Text("status") is "retired" or "unknown" || code.Length == 0 || code.AsSpan().ContainsAny(Punctuation))
        {
            return new([], []);
        }

        var definition = new SearchParameterDefinition
        {
            Code = code,
            Url = root.Text("url") ?? "",
            Type = root.Text("type") ?? "",
            Expression = root.Text("expression"),
            Bases = [.. root.Items("base").Select(each => each.AsText ?? "").SelectMany(Concrete).Distinct()],
            Targets = [.. root.Items("target").Select(each => each.AsText ?? "")],
            Components =
            [
                .. root.Children("component").Select(each =>
                    new SearchComponent(each.Text("definition") ?? "", each.Text("expression") ?? "")),
            ],
        };
        return Compile(definition);
    }

    private static IEnumerable<string> Concrete(string type) =>
        type is "Resource" or "DomainResource" ? FhirDefinitions.R4.ResourceTypes
        : FhirDefinitions.R4.IsResource(type) ? [type]
        : [];

    private static CustomParameter Compile(SearchParameterDefinition definition)
    {
        var parameters = ImmutableArray.CreateBuilder<SearchParameter>();
        var unsupported = ImmutableArray.CreateBuilder<UnsupportedParameter>();
        foreach (var type in definition.Bases)
        {
            if (FhirDefinitions.R4.SearchParameter(type, definition.Code) is not null)
            {
                continue;
            }

            var (parameter, problem) = Compile(definition, type);
            if (parameter is not null)
            {
                parameters.Add(parameter);
            }
            else
            {
                unsupported.Add(new UnsupportedParameter(type, definition.Code, problem ?? ""));
            }
        }

        return new(parameters.DrainToImmutable(), unsupported.DrainToImmutable());
    }

    private static (SearchParameter? Parameter, string? Problem) Compile(
        SearchParameterDefinition definition, string type)
    {
        try
        {
            return new ParameterCompiler(type).Compile(definition);
        }
        catch (FhirPathException wrong)
        {
            return (null, $"its expression cannot be carried out: {wrong.Message}");
        }
    }
}
