using FhirOrchestrator.Fhir.Json;

namespace FhirOrchestrator.Tests.Corpus.Faults;

/// <summary>Makes nonsense of resources: parts of others put in, values swapped, names changed, arrays grown.</summary>
internal static class JsonMutation
{
    private static readonly string[] Names =
        ["id", "extension", "modifierExtension", "contained", "resourceType", "meta", "_id", "value", "valueString",
            "reference", "url", "entry", "coding", "text", "div", "item", "_status", "profile", "", "_"];

    private static readonly string[] Texts =
        ["", " ", "x", "#", "#p", "2020-02-30", "http://hl7.org/fhir/StructureDefinition/vitalsigns", "Bundle", "urn:",
            "<div xmlns=\"http://www.w3.org/1999/xhtml\"><p>&", "Patient/1", "\u0001", "http://x/\ud83d\ude00", "-1"];

    /// <summary>A resource with one to eight mutations.</summary>
    public static ObjectNode Of(ObjectNode root, IReadOnlyList<ObjectNode> others, Random random)
    {
        for (var left = random.Next(1, 9); left > 0; left--)
        {
            if (Mutated(root, others, random, 0) is ObjectNode mutated)
            {
                root = mutated;
            }
        }

        return root;
    }

    private static Node Mutated(Node node, IReadOnlyList<ObjectNode> others, Random random, int depth)
    {
        if (depth < 40 && random.Next(4) != 0)
        {
            if (node is ObjectNode { Members.Length: > 0 } content)
            {
                var (name, value) = content.Members[random.Next(content.Members.Length)];
                return content.With(name, Mutated(value, others, random, depth + 1));
            }

            if (node is ArrayNode { Items.Length: > 0 } array)
            {
                var at = random.Next(array.Items.Length);
                return new ArrayNode(array.Items.SetItem(at, Mutated(array.Items[at], others, random, depth + 1)));
            }
        }

        return node switch
        {
            ObjectNode content => InObject(content, others, random),
            ArrayNode array when random.Next(2) == 0 && array.Items.Length < 64 => new ArrayNode(
                array.Items.AddRange(array.Items)),
            _ => Any(others, random),
        };
    }

    private static ObjectNode InObject(ObjectNode content, IReadOnlyList<ObjectNode> others, Random random)
    {
        var name = random.Next(2) == 0 || content.Members.IsEmpty
            ? Names[random.Next(Names.Length)]
            : content.Members[random.Next(content.Members.Length)].Name;
        return random.Next(3) switch
        {
            0 => content.With(name, null),
            1 => content.With(name, Any(others, random)),
            _ => content.With("_" + name, Any(others, random)),
        };
    }

    private static Node Any(IReadOnlyList<ObjectNode> others, Random random) => random.Next(8) switch
    {
        0 => NullNode.Instance,
        1 => BooleanNode.True,
        2 => new NumberNode(random.Next(2) == 0 ? "1e400" : "-0.10"),
        3 => new ArrayNode([]),
        4 => ObjectNode.Empty,
        5 => Part(others[random.Next(others.Count)], random),
        _ => new TextNode(Texts[random.Next(Texts.Length)]),
    };

    private static Node Part(ObjectNode other, Random random)
    {
        Node at = other;
        for (var left = random.Next(6); left > 0; left--)
        {
            at = at switch
            {
                ObjectNode { Members.Length: > 0 } content =>
                    content.Members[random.Next(content.Members.Length)].Value,
                ArrayNode { Items.Length: > 0 } array => array.Items[random.Next(array.Items.Length)],
                _ => at,
            };
        }

        return at;
    }
}
