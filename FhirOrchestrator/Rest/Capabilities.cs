using FhirOrchestrator.Fhir.Definitions;
using FhirOrchestrator.Fhir.Json;
using FhirOrchestrator.Fhir.Search;

namespace FhirOrchestrator.Rest;

/// <summary>
/// <c>GET [base]/metadata</c>: the CapabilityStatement, made of the route table and the search catalogs.
/// </summary>
internal static class Capabilities
{
    public static Task<RestAnswer> Read(RestRequest request, RestServer server, CancellationToken ct) =>
        Task.FromResult(RestAnswer.Of(200, Statement(request.BaseUrl, server)));

    private static Resource Statement(string baseUrl, RestServer server) => Resource.Create(
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
            ("resource", Node.Array(FhirDefinitions.R4.ResourceTypes.Select(type => (Node)Type(type, server)))),
            ("interaction", Node.Array(Interaction("batch"), Interaction("transaction"))),
            ("operation", Operations(server, null))))));

    private static ObjectNode Interaction(string code) => Node.Object(("code", code));

    private static ObjectNode Type(string type, RestServer server)
    {
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
            ("conditionalDelete", "not-supported"),
            ("referencePolicy", Node.Array(new TextNode("literal"), new TextNode("local"))),
            ("searchParam", Node.Array(SearchCatalog.For(type).All.Select(parameter => (Node)Node.Object(
                ("name", parameter.Code),
                ("definition", parameter.Url),
                ("type", parameter.Kind.ToString().ToLowerInvariant()))))),
            ("operation", Operations(server, type)));
        return server.Describers.Aggregate(described, (resource, describe) => describe(type, resource));
    }

    private static ArrayNode? Operations(RestServer server, string? type) => Node.Array(server.Operations
        .Where(operation => operation.Type == type)
        .DistinctBy(operation => operation.Name)
        .Select(operation => (Node)Node.Object(
            ("name", operation.Name.TrimStart('$')),
            ("definition", operation.Definition))));
}
