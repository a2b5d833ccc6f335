using FhirOrchestrator.Fhir.Definitions;
using FhirOrchestrator.Fhir.Json;
using FhirOrchestrator.Fhir.Search;
using FhirOrchestrator.Storage.Resources;

namespace FhirOrchestrator.Rest;

/// <summary>
/// Resources as <c>_summary</c> and <c>_elements</c> ask for them (R4, search, 3.1.1.5.7 and .8), marked as subsetted.
/// </summary>
internal static class Subset
{
    private static readonly ObjectNode Subsetted = Node.Object(
        ("system", "http://terminology.hl7.org/CodeSystem/v3-ObservationValue"),
        ("code", "SUBSETTED"));

    /// <summary>The body; the stored bytes where nothing is left out on purpose.</summary>
    public static ReadOnlyMemory<byte> Of(StoredResource stored, SearchShape shape) =>
        shape.IsWhole ? stored.Body : Of(stored.Read(), shape).ToUtf8();

    /// <summary>The resource with the elements that the shape keeps.</summary>
    public static Resource Of(Resource resource, SearchShape shape)
    {
        if (shape.IsWhole || FhirDefinitions.R4.Type(resource.Type) is not { } type)
        {
            return resource;
        }

        var kept = new ObjectNode([.. resource.Root.Members
            .Where(member => member.Name is "resourceType" or "id" or "meta" || Keeps(type, member.Name, shape))
            .Select(member => shape.Summary == SearchSummary.Summary && ElementOf(type, member.Name) is { } element
                ? new Member(member.Name, Summarised(element, member.Value))
                : member)]);
        var meta = kept.Child("meta") ?? ObjectNode.Empty;
        return Resource.From(kept.With("meta", meta.With("tag", Node.Array([.. meta.Items("tag"), Subsetted]))))
            ?? throw new System.Diagnostics.UnreachableException();
    }

    /// <summary>True where the shape says something of resources of a type.</summary>
    public static bool Covers(this SearchShape shape, string type) =>
        shape.Summary != SearchSummary.Named || shape.Elements.Any(each => each.Type == type);

    private static JsonMember? ElementOf(TypeDefinition type, string jsonName) =>
        type.JsonElement(jsonName.TrimStart('_'));

    // What R4 does not define cannot be told to be left out, so it stays only where everything but the text does.
    private static bool Keeps(TypeDefinition type, string jsonName, SearchShape shape) => shape.Summary switch
    {
        SearchSummary.Narrativeless => jsonName is not ("text" or "_text"),
        SearchSummary.Text => jsonName == "text" || ElementOf(type, jsonName) is { Element.Min: > 0 },
        SearchSummary.Summary => ElementOf(type, jsonName) is { Element: { } element }
            && (element.IsSummary || element.Min > 0),
        _ => ElementOf(type, jsonName) is { Element: { } element }
            && (element.Min > 0 || element.IsModifier || shape.Elements.Any(each =>
                each.Name == element.Name && (each.Type.Length == 0 || each.Type == type.Name))),
    };

    // Below backbone elements the marks go on; data types are kept whole.
    private static Node Summarised(JsonMember member, Node value)
    {
        if (member.Element.Content is not { } content)
        {
            return value;
        }

        return value switch
        {
            ArrayNode list => new ArrayNode([.. list.Items.Select(item => Summarised(member, item))]),
            ObjectNode item => new ObjectNode([.. item.Members
                .Where(each => each.Name == "id" || ElementOf(content, each.Name) is { Element: { } element }
                    && (element.IsSummary || element.Min > 0))
                .Select(each => ElementOf(content, each.Name) is { } inner
                    ? new Member(each.Name, Summarised(inner, each.Value))
                    : each)]),
            _ => value,
        };
    }
}
