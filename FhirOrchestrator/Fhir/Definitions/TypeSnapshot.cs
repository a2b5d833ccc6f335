using System.Text.Json;
using FhirOrchestrator.Fhir.Definitions.Digest;
using FhirOrchestrator.Fhir.Json;

namespace FhirOrchestrator.Fhir.Definitions;

/// <summary>
/// A type of R4 as a StructureDefinition with its snapshot. The digest names what a type adds; what it inherits is put
/// back: the constraints of its bases, those of every element and of every extension, and the place in the base.
/// </summary>
internal static class TypeSnapshot
{
    private static readonly ImmutableArray<string> BackboneLineage = ["BackboneElement", "Element"];

    /// <summary>The StructureDefinition of a type.</summary>
    public static ObjectNode Of(string name, JsonElement digest)
    {
        var type = DigestReader.Node(digest) as ObjectNode ?? ObjectNode.Empty;
        var isProfile = type.Text("derivation") is not null;
        var lineage = FhirDefinitions.R4.Lineage(name);
        var elements = type.Children("e").Select((each, index) => (Node)FullElement.Of(
            isProfile ? each.With("id", null) : each, BasePlace(each, lineage),
            index == 0 ? OfRoot(each, lineage) : OfElement(each, name)));
        return Node.Object(
            ("resourceType", "StructureDefinition"),
            ("url", CompactElement.Long(name)),
            ("version", "4.0.1"),
            ("kind", type.Text("kind")),
            ("abstract", type["abstract"] is not null),
            ("type", type.Text("type") ?? name),
            ("baseDefinition", type.Text("base") is { } from ? CompactElement.Long(from) : null),
            ("derivation", lineage.Length == 1 ? null : isProfile ? "constraint" : "specialization"),
            ("snapshot", Node.Object(("element", Node.Array(elements)))));
    }

    private static ArrayNode? OfRoot(ObjectNode root, ImmutableArray<string> lineage) => Node.Array(
        root.Children("inv").Select(each => (Node)FullElement.Constraint(each, lineage[0]))
            .Concat(lineage.Skip(1).SelectMany(OfType)));

    private static ArrayNode? OfElement(ObjectNode element, string name)
    {
        var types = element.Items("t");
        var own = element.Children("inv").Select(each => (Node)FullElement.Constraint(each, name));
        var isId = element.Text("p")?.EndsWith(".id", StringComparison.Ordinal) == true;
        var isSystem = types is [ObjectNode system] && system.Text("c")?.StartsWith('$') == true;
        var isResource = types is [TextNode { Value: "Resource" }];
        if (isSystem || isResource || isId)
        {
            return Node.Array(own);
        }

        var isExtension = types is [TextNode { Value: "Extension" }];
        return Node.Array(own.Concat(OfType("Element")).Concat(isExtension ? OfType("Extension") : []));
    }

    private static IEnumerable<Node> OfType(string name)
    {
        var root = FhirDefinitions.R4.Digest(name) is { } digest
            ? DigestReader.Node(digest.GetProperty("e")[0]) as ObjectNode
            : null;
        return (root ?? ObjectNode.Empty).Children("inv").Select(each => FullElement.Constraint(each, name));
    }

    // An inherited element is at home in the type that introduced it, which is the farthest base that has it; what
    // every backbone element begins with, in BackboneElement.
    private static ObjectNode BasePlace(ObjectNode element, ImmutableArray<string> lineage)
    {
        var path = element.Text("p") ?? "";
        var last = path[(path.LastIndexOf('.') + 1)..];
        var depth = path.Count(each => each == '.');
        ImmutableArray<string> homes = depth switch
        {
            0 => [],
            1 => lineage,
            _ => last is "id" or "extension" or "modifierExtension" ? BackboneLineage : [],
        };
        var at = homes.Reverse().Select(type => Find(type, last)).FirstOrDefault(found => found is not null) ?? element;
        return Node.Object(("path", at["p"]), ("min", at["min"]), ("max", at["max"]));
    }

    private static ObjectNode? Find(string type, string name)
    {
        if (FhirDefinitions.R4.Digest(type) is not { } digest)
        {
            return null;
        }

        foreach (var element in digest.GetProperty("e").EnumerateArray())
        {
            var path = DigestReader.Text(element, "p") ?? "";
            if (path.EndsWith($".{name}", StringComparison.Ordinal) && path.Count(each => each == '.') == 1)
            {
                return DigestReader.Node(element) as ObjectNode;
            }
        }

        return null;
    }
}
