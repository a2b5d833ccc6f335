using FhirOrchestrator.Fhir.Json;

namespace FhirOrchestrator.Fhir.Definitions.Digest;

/// <summary>
/// Code systems and value sets in the digest's short form: codes in their hierarchy, without words; value sets as they
/// are composed, so that one expander serves them and the packages on top of them.
/// </summary>
internal static class TerminologyDigest
{
    /// <summary>The short form of all code systems and value sets among the resources.</summary>
    public static ObjectNode Of(IEnumerable<ObjectNode> resources)
    {
        var systems = new SortedDictionary<string, Node>(StringComparer.Ordinal);
        var sets = new SortedDictionary<string, Node>(StringComparer.Ordinal);
        foreach (var (url, codes) in OutsideCodes.BySystem)
        {
            systems.Add(url, Node.Object(
                ("codes", Node.Array(codes.Split(' ').Select(code => (Node)new TextNode(code))))));
        }

        foreach (var resource in resources)
        {
            if (resource.Text("url") is not { } url)
            {
                continue;
            }

            if (resource.Text("resourceType") == "CodeSystem" && resource.Text("content") is "complete" or "fragment")
            {
                systems.TryAdd(url, CodeSystem(resource));
            }
            else if (resource.Text("resourceType") == "ValueSet")
            {
                sets.TryAdd(url, ValueSet(resource));
            }
        }

        return Node.Object(("codeSystems", Members(systems)), ("valueSets", Members(sets)));
    }

    private static ObjectNode Members(SortedDictionary<string, Node> all) =>
        new([.. all.Select(each => new Member(each.Key, each.Value))]);

    private static ObjectNode CodeSystem(ObjectNode system) => Node.Object(
        ("v", system.Text("version") is "4.0.1" ? null : system.Text("version")),
        ("content", system.Text("content") is "complete" ? null : system.Text("content")),
        ("anyCase", system["caseSensitive"] is BooleanNode { Value: false } ? BooleanNode.True : null),
        ("codes", Node.Array(system.Children("concept").Select(Concept))));

    // A code that has nothing below it and nothing to say of itself is its text alone.
    private static Node Concept(ObjectNode concept)
    {
        var isAbstract = concept.Children("property").Any(each =>
            each.Text("code") is "notSelectable" or "abstract" && each["valueBoolean"] is BooleanNode { Value: true });
        var more = concept.Children("property").Where(each => each.Text("code") == "child")
            .Select(each => (Node)new TextNode(each.Text("valueCode") ?? ""));
        var compact = Node.Object(
            ("c", concept.Text("code")),
            ("a", isAbstract ? BooleanNode.True : null),
            ("ch", Node.Array(concept.Children("concept").Select(Concept).Concat(more))));
        return compact.Members.Length == 1 ? compact.Members[0].Value : compact;
    }

    private static ObjectNode ValueSet(ObjectNode set)
    {
        var compose = set.Child("compose") ?? ObjectNode.Empty;
        return Node.Object(
            ("v", set.Text("version") is "4.0.1" ? null : set.Text("version")),
            ("i", Node.Array(compose.Children("include").Select(Include))),
            ("x", Node.Array(compose.Children("exclude").Select(Include))));
    }

    private static Node Include(ObjectNode include)
    {
        var compact = Node.Object(
            ("s", include.Text("system")),
            ("c", Node.Array(include.Children("concept").Select(each => (Node)new TextNode(each.Text("code") ?? "")))),
            ("f", Node.Array(include.Children("filter").Select(each => (Node)new ArrayNode(
            [
                new TextNode(each.Text("property") ?? ""), new TextNode(each.Text("op") ?? ""),
                new TextNode(each.Text("value") ?? ""),
            ])))),
            ("vs", include["valueSet"]));
        return compact.Members is [{ Name: "s" }] ? compact.Members[0].Value : compact;
    }
}
