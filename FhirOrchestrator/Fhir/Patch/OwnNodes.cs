using FhirOrchestrator.Fhir.Json;

namespace FhirOrchestrator.Fhir.Patch;

/// <summary>
/// Finds places by the identity of their nodes. Nodes are shared where that saves memory (true, false, small numbers,
/// what was copied), so a tree to be searched is first rebuilt with every node in it once.
/// </summary>
internal static class OwnNodes
{
    /// <summary>The same value of nodes that occur nowhere else.</summary>
    public static Node Of(Node value) => value switch
    {
        ObjectNode node => Of(node),
        ArrayNode node => new ArrayNode([.. node.Items.Select(Of)]),
        TextNode node => new TextNode(node.Value),
        NumberNode node => new NumberNode(node.Text),
        BooleanNode node => BooleanNode.Own(node.Value),
        _ => value,
    };

    /// <summary>The same object of nodes that occur nowhere else.</summary>
    public static ObjectNode Of(ObjectNode node) =>
        new([.. node.Members.Select(member => new Member(member.Name, Of(member.Value)))]);

    /// <summary>
    /// The tree with one object in the place of another. Null takes it away, and every object around it that is left
    /// without members: FHIR has no element without content (R4, json, "no empty objects").
    /// </summary>
    public static ObjectNode? Replace(ObjectNode tree, ObjectNode old, ObjectNode? @new)
    {
        if (ReferenceEquals(tree, old))
        {
            return @new;
        }

        for (var at = 0; at < tree.Members.Length; at++)
        {
            var (name, value) = tree.Members[at];
            var changed = ReplaceIn(value, old, @new);
            if (ReferenceEquals(changed, value))
            {
                continue;
            }

            if (changed is not null)
            {
                return new ObjectNode(tree.Members.SetItem(at, new Member(name, changed)));
            }

            return tree.Members.Length == 1 ? null : new ObjectNode(tree.Members.RemoveAt(at));
        }

        return tree;
    }

    private static Node? ReplaceIn(Node value, ObjectNode old, ObjectNode? @new)
    {
        if (value is ObjectNode node)
        {
            return Replace(node, old, @new);
        }

        if (value is not ArrayNode array)
        {
            return value;
        }

        for (var at = 0; at < array.Items.Length; at++)
        {
            var item = array.Items[at];
            var changed = ReplaceIn(item, old, @new);
            if (!ReferenceEquals(changed, item))
            {
                return changed is not null ? new ArrayNode(array.Items.SetItem(at, changed))
                    : array.Items.Length == 1 ? null
                    : new ArrayNode(array.Items.RemoveAt(at));
            }
        }

        return array;
    }
}
