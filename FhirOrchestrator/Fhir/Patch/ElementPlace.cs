using FhirOrchestrator.Fhir.Definitions;
using FhirOrchestrator.Fhir.Json;
using FhirOrchestrator.Fhir.Path;

namespace FhirOrchestrator.Fhir.Patch;

/// <summary>Where an element stands in a tree of own nodes.</summary>
/// <param name="Holder">The object that has it; of an extension of a primitive the member with the underscore.</param>
/// <param name="Name">The member's name, without an underscore.</param>
/// <param name="Index">Its place in the array; null of an element that does not repeat.</param>
/// <param name="Member">Its definition; null of what R4 does not know.</param>
internal sealed record ElementPlace(ObjectNode Holder, string Name, int? Index, JsonMember? Member)
{
    /// <summary>The place of an item in a resource, null where the item is no element inside it.</summary>
    public static ElementPlace? Of(PathItem item, Resource resource)
    {
        var target = item.Node ?? (item as ElementItem)?.Twin;
        return target is null ? null : Find(resource.Root, FhirDefinitions.R4.Type(resource.Type), target);
    }

    private static ElementPlace? Find(ObjectNode holder, TypeDefinition? type, Node target)
    {
        foreach (var (jsonName, value) in holder.Members)
        {
            var name = jsonName is ['_', ..] ? jsonName[1..] : jsonName;
            var member = type?.JsonElement(name);
            if (ReferenceEquals(value, target))
            {
                return new ElementPlace(holder, name, null, member);
            }

            var items = value.AsItems;
            for (var at = 0; at < items.Length; at++)
            {
                if (ReferenceEquals(items[at], target))
                {
                    return new ElementPlace(holder, name, at, member);
                }

                if (items[at] is ObjectNode child && Find(child, TypeOf(child, member), target) is { } found)
                {
                    return found;
                }
            }
        }

        return null;
    }

    private static TypeDefinition? TypeOf(ObjectNode node, JsonMember? member)
    {
        var type = member?.Element.ContentOf(member.Type);
        return type is { Kind: TypeKind.Resource } && node.Text("resourceType") is { } name
            ? FhirDefinitions.R4.Type(name)
            : type;
    }
}
