using FhirOrchestrator.Fhir.Json;

namespace FhirOrchestrator.Fhir.Definitions.Digest;

/// <summary>
/// The profiles and extensions of the standard in the short form, snapshots included. Constraints stand in one table,
/// because nearly all of them repeat; an element names their keys.
/// </summary>
internal static class ProfileDigest
{
    /// <summary>The short form of all StructureDefinitions given, by canonical URL.</summary>
    public static ObjectNode Of(IEnumerable<ObjectNode> definitions)
    {
        var table = new SortedDictionary<string, ObjectNode>(StringComparer.Ordinal);
        var profiles = definitions.Where(each => each.Text("resourceType") == "StructureDefinition")
            .Select(each => new Member(CompactElement.Short(each.Text("url") ?? ""), Profile(each, table)))
            .ToImmutableArray();
        return Node.Object(
            ("constraints", new ObjectNode([.. table.Select(each => new Member(each.Key, each.Value))])),
            ("profiles", new ObjectNode(profiles)));
    }

    private static ObjectNode Profile(ObjectNode definition, SortedDictionary<string, ObjectNode> table) => Node.Object(
        ("kind", definition.Text("kind")),
        ("abstract", definition["abstract"] is BooleanNode { Value: true } ? BooleanNode.True : null),
        ("type", definition.Text("type")),
        ("base", CompactElement.Short(definition.Text("baseDefinition") ?? "")),
        ("context", Node.Array(definition.Children("context").Select(each => (Node)new ArrayNode(
            [new TextNode(each.Text("type") ?? ""), new TextNode(each.Text("expression") ?? "")])))),
        ("contextInvariant", definition["contextInvariant"]),
        ("e", Node.Array((definition.Child("snapshot")?.Children("element") ?? []).Select(each =>
            (Node)CompactElement.Of(each, Keys(each, table)).With("ba", BasePlace(each))))));

    // Two constraints may share a key and yet differ: then the later one is numbered.
    private static ArrayNode? Keys(ObjectNode element, SortedDictionary<string, ObjectNode> table) => Node.Array(
        element.Children("constraint").Select(constraint =>
        {
            var facts = CompactElement.Invariant(constraint)
                .With("src", constraint.Text("source") is { } source ? CompactElement.Short(source) : null);
            var key = constraint.Text("key") ?? "";
            var name = key;
            for (var number = 2; table.TryGetValue(name, out var known); number++)
            {
                if (known.ToString() == facts.ToString())
                {
                    return (Node)new TextNode(name);
                }

                name = $"{key}#{number}";
            }

            table.Add(name, facts);
            return new TextNode(name);
        }));

    // Where the base differs in nothing from the element itself, nothing is said.
    private static string? BasePlace(ObjectNode element)
    {
        var from = element.Child("base") ?? ObjectNode.Empty;
        var isSame = from.Text("path") == element.Text("path") && from.Text("max") == element.Text("max")
            && from["min"]?.ToString() == element["min"]?.ToString();
        return isSame ? null : $"{from.Text("path")} {from["min"]} {from.Text("max")}";
    }
}
