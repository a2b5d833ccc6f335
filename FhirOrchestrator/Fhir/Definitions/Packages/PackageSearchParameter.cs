using FhirOrchestrator.Fhir.Json;

namespace FhirOrchestrator.Fhir.Definitions.Packages;

/// <summary>Reads a SearchParameter resource.</summary>
internal static class PackageSearchParameter
{
    /// <summary>The parameter; null where it lacks what a search needs.</summary>
    public static SearchParameterDefinition? Read(ObjectNode resource) =>
        resource.Text("code") is { } code && resource.Text("type") is { } type && resource["base"] is not null
            ? new SearchParameterDefinition
            {
                Code = code,
                Url = resource.Text("url") ?? "",
                Type = type,
                Expression = resource.Text("expression"),
                Bases = Texts(resource, "base"),
                Targets = Texts(resource, "target"),
                Comparators = Texts(resource, "comparator"),
                Modifiers = Texts(resource, "modifier"),
                Components =
                [
                    .. resource.Children("component").Select(part => new SearchComponent(
                        part.Text("definition") ?? "", part.Text("expression") ?? "")),
                ],
                IsMultipleOr = resource["multipleOr"] is not BooleanNode { Value: false },
                IsMultipleAnd = resource["multipleAnd"] is not BooleanNode { Value: false },
            }
            : null;

    private static ImmutableArray<string> Texts(ObjectNode resource, string name) =>
        [.. resource.Items(name).Select(each => each.AsText).OfType<string>()];
}
