using FhirOrchestrator.Fhir.Definitions;
using FhirOrchestrator.Fhir.Json;
using FhirOrchestrator.Fhir.Search;

namespace FhirOrchestrator.Rest;

/// <summary>
/// <c>GET [base]/metadata</c>: the CapabilityStatement, made of the route table and the search catalogs.
/// </summary>
internal static class Capabilities
{
    public static async Task<RestAnswer> Read(RestRequest request, RestServer server, CancellationToken ct) =>
        RestAnswer.Of(200, Statement(request.BaseUrl, server, await server.Store.CatalogsAsync(ct)));

    private static Resource Statement(string baseUrl, RestServer server, SearchCatalogs catalogs)
    {
        var reverse = Referring(catalogs);
        return Resource.Create(
            "CapabilityStatement",
            ("status", "active"),
            ("date", Resource.InstantText(server.StartedAt)),
            ("kind", "instance"),
            ("software", Node.Object(("name", server.Name))),
            ("implementation", Node.Object(("description", server.Name), ("url", baseUrl))),
            ("fhirVersion", "4.0.1"),
            ("format", Node.Array(new TextNode("application/fhir+json"), new TextNode("json"))),
            ("patchFormat", Node.Array(
                new TextNode(ResourcePatch.JsonPatchType), new TextNode("application/fhir+json"))),
            ("rest", Node.Array(Node.Object(
                ("mode", "server"),
                ("resource", Node.Array(FhirDefinitions.R4.ResourceTypes.Select(type =>
                    (Node)Type(type, server, catalogs.For(type), reverse[type])))),
                ("interaction", Node.Array(
                    Interaction("batch"), Interaction("transaction"), Interaction("search-system"),
                    Interaction("history-system"))),
                ("searchParam", Node.Array(SystemParameters(catalogs))),
                ("operation", Operations(server, null)),
                ("compartment", Node.Array(Compartments.Types.Select(type =>
                    (Node)new TextNode($"http://hl7.org/fhir/CompartmentDefinition/{type.ToLowerInvariant()}"))))))));
    }

    private static ObjectNode Interaction(string code) => Node.Object(("code", code));

    private static ObjectNode Type(
        string type, RestServer server, SearchCatalog catalog, IEnumerable<string> revIncludes)
    {
        var includes = catalog.All.Where(each => each.Kind == SearchKind.Reference)
            .Select(each => $"{type}:{each.Code}");
        var described = Node.Object(
            ("type", type),
            ("interaction", Node.Array(RouteTable.Routes
                .Where(route => route.Interaction is not null)
                .Select(route => (Node)Interaction(route.Interaction ?? "")))),
            ("versioning", "versioned-update"),
            ("readHistory", true),
            ("updateCreate", true),
            ("conditionalCreate", true),
            ("conditionalRead", "full-support"),
            ("conditionalUpdate", true),
            ("conditionalDelete", "single"),
            ("referencePolicy", Node.Array(new TextNode("literal"), new TextNode("local"))),
            ("searchInclude", Texts(includes.Prepend("*"))),
            ("searchRevInclude", Texts(revIncludes.Prepend("*"))),
            ("searchParam", Node.Array(catalog.All.Select(Parameter))),
            ("operation", Operations(server, type)));
        return server.Describers.Aggregate(described, (resource, describe) => describe(type, resource));
    }

    private static Node Parameter(SearchParameter parameter) => Node.Object(
        ("name", parameter.Code),
        ("definition", parameter.Url),
        ("type", parameter.Kind.ToString().ToLowerInvariant()));

    private static ArrayNode? Texts(IEnumerable<string> texts) =>
        Node.Array(texts.Select(text => (Node)new TextNode(text)));

    // What every type has can be asked of all at once.
    private static IEnumerable<Node> SystemParameters(SearchCatalogs catalogs) => catalogs.For("Basic").All
        .Where(each => each.Code.StartsWith('_')).Select(Parameter);

    // By type, the references of other types that may point at it.
    private static ILookup<string, string> Referring(SearchCatalogs catalogs) =>
        (from type in FhirDefinitions.R4.ResourceTypes
         from parameter in catalogs.For(type).All
         where parameter.Kind == SearchKind.Reference
         from target in parameter.Targets
         select (Target: target, Include: $"{type}:{parameter.Code}"))
        .ToLookup(each => each.Target, each => each.Include, StringComparer.Ordinal);

    private static ArrayNode? Operations(RestServer server, string? type) => Node.Array(server.Operations
        .Where(operation => operation.Type == type)
        .DistinctBy(operation => operation.Name)
        .Select(operation => (Node)Node.Object(
            ("name", operation.Name.TrimStart('$')),
            ("definition", operation.Definition))));
}
