using FhirOrchestrator.Fhir.Json;

namespace FhirOrchestrator.Fhir.Patch;

/// <summary>A value of an element: of a primitive one or both of value, and id with extensions.</summary>
internal readonly record struct ElementContent(Node? Value, ObjectNode? Twin);

/// <summary>
/// The values of one element as a list, however JSON has them: one or many, with the member beside it that holds id and
/// extensions of primitives, item by item (R4, json, primitive extensions).
/// </summary>
internal static class ElementValues
{
    /// <summary>The values of a member; none where it is absent.</summary>
    public static ImmutableArray<ElementContent> Read(ObjectNode holder, string name)
    {
        var values = holder[name]?.AsItems ?? [];
        var twins = holder["_" + name]?.AsItems ?? [];
        var contents = ImmutableArray.CreateBuilder<ElementContent>(Math.Max(values.Length, twins.Length));
        for (var at = 0; at < Math.Max(values.Length, twins.Length); at++)
        {
            var value = at < values.Length && values[at] is not NullNode ? values[at] : null;
            contents.Add(new ElementContent(value, at < twins.Length ? twins[at] as ObjectNode : null));
        }

        return contents.DrainToImmutable();
    }

    /// <summary>
    /// The object with these values of a member, in its old place or, in the order of JSON, at the end; null where
    /// nothing is left in the object.
    /// </summary>
    /// <param name="oldName">The member's name so far: a choice may change its type.</param>
    public static ObjectNode? Write(
        ObjectNode holder, string oldName, string name, ImmutableArray<ElementContent> contents, bool isList)
    {
        var values = Side(contents.Select(each => each.Value), isList);
        var twins = Side(contents.Select(each => (Node?)each.Twin), isList);
        var changed = Set(holder, oldName, name, values);
        changed = Set(changed, "_" + oldName, "_" + name, twins);
        return changed.Members.IsEmpty ? null : changed;
    }

    private static Node? Side(IEnumerable<Node?> side, bool isList)
    {
        Node?[] items = [.. side];
        return items.All(each => each is null) ? null
            : isList ? new ArrayNode([.. items.Select(each => each ?? NullNode.Instance)])
            : items[0];
    }

    private static ObjectNode Set(ObjectNode holder, string oldName, string name, Node? value)
    {
        if (oldName == name || holder[oldName] is null)
        {
            return holder.With(name, value);
        }

        if (value is null)
        {
            return holder.With(oldName, null);
        }

        return new ObjectNode([.. holder.Members.Select(member =>
            member.Name == oldName ? new Member(name, value) : member)]);
    }
}
