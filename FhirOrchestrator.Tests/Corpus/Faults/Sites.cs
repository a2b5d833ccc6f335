using FhirOrchestrator.Fhir.Definitions;
using FhirOrchestrator.Fhir.Json;

namespace FhirOrchestrator.Tests.Corpus.Faults;

/// <summary>All objects of a resource, with their types.</summary>
internal static class Sites
{
    public static List<Site> Of(ObjectNode root)
    {
        var found = new List<Site>();
        var type = root.Text("resourceType") ?? "";
        if (FhirDefinitions.R4.Type(type) is { } definition)
        {
            Add(root, definition, type, node => (ObjectNode)node, found);
        }

        return found;
    }

    private static void Add(
        ObjectNode node, TypeDefinition type, string path, Func<Node, ObjectNode> replace, List<Site> into)
    {
        into.Add(new Site(node, type, path, replace));
        foreach (var (name, value) in node.Members)
        {
            if (name.StartsWith('_') || type.JsonElement(name) is not { } member
                || member.Element.ContentOf(member.Type) is not { IsPrimitive: false } content)
            {
                continue;
            }

            if (value is ArrayNode array)
            {
                for (var at = 0; at < array.Items.Length; at++)
                {
                    var index = at;
                    Below(
                        array.Items[at], content, $"{path}.{member.Element.Name}[{at}]",
                        item => replace(node.With(name, new ArrayNode(array.Items.SetItem(index, item)))), into);
                }
            }
            else
            {
                Below(value, content, $"{path}.{member.Element.Name}", item => replace(node.With(name, item)), into);
            }
        }
    }

    private static void Below(
        Node value, TypeDefinition type, string path, Func<Node, ObjectNode> replace, List<Site> into)
    {
        if (value is not ObjectNode node)
        {
            return;
        }

        var itsType = type.Kind == TypeKind.Resource ? FhirDefinitions.R4.Type(node.Text("resourceType") ?? "") : type;
        if (itsType is not null)
        {
            Add(node, itsType, path, replace, into);
        }
    }
}
