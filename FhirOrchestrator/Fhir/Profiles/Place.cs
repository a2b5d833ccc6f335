using FhirOrchestrator.Fhir.Definitions;
using FhirOrchestrator.Fhir.Json;
using FhirOrchestrator.Fhir.Path;

namespace FhirOrchestrator.Fhir.Profiles;

/// <summary>One value of an element in a resource, with what is known of its type.</summary>
internal sealed class Place
{
    private ElementItem? _item;

    private Place(Node? value, ObjectNode? twin, ShapeMember? member, TypeShape? shape, int index, ResourceFrame frame)
    {
        Value = value;
        Twin = twin;
        Member = member;
        Shape = shape;
        Index = index;
        Frame = frame;
    }

    /// <summary>The value; null of a primitive with extensions only.</summary>
    public Node? Value { get; }

    /// <summary>Id and extensions of a primitive.</summary>
    public ObjectNode? Twin { get; }

    /// <summary>What its name in JSON stands for; null of a whole resource.</summary>
    public ShapeMember? Member { get; }

    /// <summary>The shape of the content; null where R4 does not know it.</summary>
    public TypeShape? Shape { get; }

    /// <summary>The place in a list, -1 where there is none.</summary>
    public int Index { get; }

    /// <summary>The resource that the value is in, or is.</summary>
    public ResourceFrame Frame { get; }

    /// <summary>The type's name, a resource's own.</summary>
    public string Type => Shape?.Definition.Kind == TypeKind.Resource
        ? Shape.Definition.Name
        : Member?.Type?.Code ?? Shape?.Definition.FhirName ?? "";

    /// <summary>True of a resource of a type or of one derived from it.</summary>
    public bool IsResourceOf(string type) =>
        Shape is { Definition: { Kind: TypeKind.Resource } definition } && definition.Is(type);

    /// <summary>The value as FHIRPath sees it.</summary>
    public ElementItem Item => _item ??= Member is null || Shape is { Trait: TypeTrait.Resource }
        ? Frame.Item
        : new ElementItem(Value, Twin, Shape?.Definition, Type, Frame.Item, null, Member.Slot.Definition);

    /// <summary>What <c>%resource</c> is to a rule of the element: of a resource in another, the other.</summary>
    public ResourceFrame Around => Member is not null && Shape is { Definition.Kind: TypeKind.Resource }
        ? Frame.Container ?? Frame
        : Frame;

    /// <summary>Where children are: the object itself, or of a primitive its id and extensions.</summary>
    public (ObjectNode Content, TypeShape Shape)? Inside => Shape switch
    {
        null => null,
        { Definition.IsPrimitive: true } => (Twin ?? ObjectNode.Empty, TypeShape.Element),
        _ => Value is ObjectNode content ? (content, Shape) : null,
    };

    /// <summary>A whole resource.</summary>
    public static Place Of(ResourceFrame frame) => new(frame.Root, null, null, TypeShape.Of(frame.Type), -1, frame);

    /// <summary>A value that the walk over a type stands on.</summary>
    public static Place Of(ObjectNode value, ShapeMember member, TypeShape shape, ResourceFrame frame) =>
        new(value, null, member, shape, -1, frame);

    /// <summary>What an expression found, seen by itself.</summary>
    public static Place Of(ElementItem item)
    {
        var around = item.EnclosingResource;
        return item.IsResource && item.Node is ObjectNode root
            ? Of(ResourceFrame.Of(root, item.TypeName))
            : Of(item, ResourceFrame.Of(around?.Node as ObjectNode ?? ObjectNode.Empty, around?.TypeName ?? ""));
    }

    /// <summary>What an expression found.</summary>
    public static Place Of(ElementItem item, ResourceFrame frame) => new(
        item.Node, item.Twin, null, item.Definition is { } definition ? TypeShape.Of(definition) : null, -1, frame)
    {
        _item = item,
    };

    /// <summary>The values of a child by its name in FHIRPath.</summary>
    public List<Place> Children(string name)
    {
        var found = new List<Place>();
        if (Inside is not var (content, shape))
        {
            return found;
        }

        foreach (var (jsonName, value) in content.Members)
        {
            var isTwin = jsonName is ['_', ..];
            var plain = isTwin ? jsonName[1..] : jsonName;
            if ((isTwin && content[plain] is not null) || shape.Member(plain) is not { } member
                || !IsNamed(member, name))
            {
                continue;
            }

            if (isTwin)
            {
                Add(member, null, value, found);
            }
            else
            {
                Add(member, value, content["_" + plain], found);
            }
        }

        return found;
    }

    // A profile may name a choice by its type: valueQuantity.
    private static bool IsNamed(ShapeMember member, string name) =>
        member.Slot.Definition.Name == name || (member.Choice is not null && member.JsonName == name);

    private void Add(ShapeMember member, Node? value, Node? twin, List<Place> into)
    {
        if (!member.Slot.Definition.IsList)
        {
            into.Add(Child(member, value, twin as ObjectNode, -1));
            return;
        }

        var values = (value as ArrayNode)?.Items ?? [];
        var twins = (twin as ArrayNode)?.Items ?? [];
        for (var at = 0; at < Math.Max(values.Length, twins.Length); at++)
        {
            into.Add(Child(
                member, at < values.Length && values[at] is not NullNode ? values[at] : null,
                at < twins.Length ? twins[at] as ObjectNode : null, at));
        }
    }

    private Place Child(ShapeMember member, Node? value, ObjectNode? twin, int index)
    {
        if (member.Content is not { Trait: TypeTrait.Resource } || value is not ObjectNode root
            || root.Text("resourceType") is not { } type || TypeShape.Of(type) is not { } shape)
        {
            return new Place(value, twin, member, member.Content, index, Frame);
        }

        var frame = member.Slot.Definition.Name == "contained" ? Frame.Contained(root, type) : Frame.Inner(root, type);
        return new Place(root, null, member, shape, index, frame);
    }
}
