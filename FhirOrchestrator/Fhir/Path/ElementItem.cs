using FhirOrchestrator.Fhir.Definitions;
using FhirOrchestrator.Fhir.Json;
using FhirOrchestrator.Fhir.Path.Ast;

namespace FhirOrchestrator.Fhir.Path;

/// <summary>
/// A resource or element of FHIR: its JSON, the JSON of its <c>_name</c> twin (id and extensions of a primitive), its
/// type, and the resource around it.
/// </summary>
internal sealed class ElementItem : PathItem
{
    private readonly Node? _node;
    private readonly ObjectNode? _twin;
    private readonly TypeDefinition? _definition;
    private readonly string _typeName;
    private readonly ElementItem? _container;
    private readonly ElementItem? _owner;
    private readonly ElementDefinition? _element;
    private PathItem? _value;
    private volatile bool _isValueKnown;

    /// <summary>An element or resource, read where it stands.</summary>
    /// <param name="node">The value; null of a primitive with extensions only.</param>
    /// <param name="twin">Id and extensions of a primitive.</param>
    /// <param name="definition">The content's definition; null of a type unknown to R4.</param>
    /// <param name="typeName">The type as FHIRPath names it.</param>
    /// <param name="container">Of an element the resource that it is in; of a resource the one around it.</param>
    /// <param name="owner">Of a contained resource, the resource that contains it.</param>
    /// <param name="element">Which element of its parent's type this is a value of; null where nobody told.</param>
    internal ElementItem(
        Node? node, ObjectNode? twin, TypeDefinition? definition, string typeName, ElementItem? container,
        ElementItem? owner, ElementDefinition? element = null)
    {
        _node = node;
        _twin = twin;
        _definition = definition;
        _typeName = definition?.FhirName ?? typeName;
        _container = container;
        _owner = owner;
        _element = element;
    }

    public override string TypeName => _typeName;

    public override string TypeNamespace => _typeName == TypeInfoType ? "System" : "FHIR";

    public override Node? Node => _node;

    /// <summary>The definition of this item's content; null of a type unknown to R4.</summary>
    public TypeDefinition? Definition => _definition;

    /// <summary>
    /// The element of R4 that this is a value of; null of a resource by itself, and where it is not known.
    /// </summary>
    public ElementDefinition? Element => _element;

    /// <summary>Id and extensions of a primitive, null where it has none.</summary>
    public ObjectNode? Twin => _twin;

    /// <summary>True of a resource.</summary>
    public bool IsResource => _node is ObjectNode node && node.Text("resourceType") is not null;

    /// <summary>This item, if it is a resource, otherwise the resource that it is in.</summary>
    public ElementItem? EnclosingResource => IsResource ? this : _container;

    /// <summary>This resource, or the one that contains it.</summary>
    public ElementItem OutermostResource => _owner ?? this;

    /// <summary>True of a primitive that has a value, and not only extensions.</summary>
    public bool HasValue => _node is TextNode or NumberNode or BooleanNode;

    /// <summary>
    /// True of a primitive without a value, and of a Quantity without an exact one (<c>comparator</c>): comparing it
    /// tells nothing.
    /// </summary>
    public bool IsUnknown => _node is null || (_node is ObjectNode && Value is null && IsFhir("Quantity"));

    internal const string TypeInfoType = "TypeInfo";

    public override PathItem? Value
    {
        get
        {
            if (!_isValueKnown)
            {
                _value = ElementValue.Of(_node, _definition, _typeName);
                _isValueKnown = true;
            }

            return _value;
        }
    }

    public static ElementItem OfResource(
        ObjectNode root, string type, ElementItem? container, ElementItem? owner = null,
        ElementDefinition? element = null) =>
        new(root, null, FhirDefinitions.R4.Type(type), type, container, owner, element);

    public override bool IsFhir(string typeName) =>
        _definition?.Is(typeName) ?? string.Equals(_typeName, typeName, StringComparison.Ordinal);

    public override Node? ToNode() => _node;

    public override string AsText() => _node switch
    {
        null or NullNode => "",
        TextNode text => text.Value,
        NumberNode number => number.Text,
        BooleanNode boolean => boolean.Value ? "true" : "false",
        _ => _node.ToString(),
    };

    internal override void AddChildren(string name, ref SequenceBuilder into)
    {
        if (_definition is null)
        {
            AddUndefined(name, ref into);
            return;
        }

        if (_definition.Element(name) is { } element)
        {
            AddChildren(element, ref into);
        }
    }

    /// <summary>The children of a step from this item's own definition to an element that it has.</summary>
    internal void AddChildren(ElementStep step, ref SequenceBuilder into)
    {
        if (step.Element is not { } element || (_node as ObjectNode ?? _twin) is not { } content)
        {
            return;
        }

        if (!step.IsPlain || content[step.Name] is not { } value
            || (step.Content is { IsPrimitive: true } && content[step.TwinName] is not null))
        {
            AddChildren(element, ref into);
            return;
        }

        var type = element.Types.Length > 0 ? element.Types[0] : null;
        if (value is not ArrayNode array)
        {
            AddValue(value, null, element, step.Content, type, ref into);
            return;
        }

        foreach (var each in array.Items)
        {
            AddValue(each, null, element, step.Content, type, ref into);
        }
    }

    /// <summary>The children of an element of this item's own definition.</summary>
    internal void AddChildren(ElementDefinition element, ref SequenceBuilder into)
    {
        if ((_node as ObjectNode ?? _twin) is not { } content)
        {
            return;
        }

        if (!element.IsChoice)
        {
            if (_definition?.JsonElement(element.Name) is { } plain)
            {
                AddValues(content, element.Name, plain, ref into);
            }

            return;
        }

        foreach (var member in content.Members)
        {
            var name = member.Name.AsSpan(member.Name is ['_', ..] ? 1 : 0);
            if (name.Length <= element.Name.Length || !name.StartsWith(element.Name, StringComparison.Ordinal))
            {
                continue;
            }

            // The twin of a value that is there comes with it.
            var jsonName = name.Length == member.Name.Length ? member.Name : name.ToString();
            if ((jsonName == member.Name || content[jsonName] is null)
                && _definition?.JsonElement(jsonName) is { } known && known.Element == element)
            {
                AddValues(content, jsonName, known, ref into);
            }
        }
    }

    internal override void AddAllChildren(ref SequenceBuilder into)
    {
        if ((_node as ObjectNode ?? _twin) is not { } content)
        {
            return;
        }

        foreach (var member in content.Members)
        {
            var isTwin = member.Name is ['_', ..];
            var name = isTwin ? member.Name[1..] : member.Name;
            if (isTwin && content[name] is not null)
            {
                continue;
            }

            if (_definition is null)
            {
                AddUndefined(name, ref into);
            }
            else if (_definition.JsonElement(name) is { } known)
            {
                AddValues(content, name, known, ref into);
            }
        }
    }

    /// <summary>The contained resource of an id; the empty id means the container itself.</summary>
    internal ElementItem? Contained(string id)
    {
        if (EnclosingResource?.OutermostResource is not { Node: ObjectNode root } outermost)
        {
            return null;
        }

        if (id.Length == 0)
        {
            return outermost;
        }

        foreach (var each in root.Items("contained"))
        {
            if (each is ObjectNode contained && contained.Text("id") == id
                && contained.Text("resourceType") is { } type)
            {
                return OfResource(contained, type, outermost, outermost);
            }
        }

        return null;
    }

    /// <summary>
    /// The entry of the Bundle around this item that a reference names (R4, bundle, "Resolving references").
    /// </summary>
    internal ElementItem? InBundle(string reference, Evaluation run)
    {
        var bundle = EnclosingResource;
        while (bundle is not null && bundle.TypeName != "Bundle")
        {
            bundle = bundle._container;
        }

        if (bundle?.Node is not ObjectNode root)
        {
            return null;
        }

        var parsed = ResourceReference.Parse(reference);
        foreach (var entry in root.Children("entry"))
        {
            run.Step(-1);
            if (entry.Child("resource") is { } resource && resource.Text("resourceType") is { } type
                && IsMeant(parsed, entry.Text("fullUrl"), type, resource.Text("id")))
            {
                return OfResource(resource, type, bundle);
            }
        }

        return null;
    }

    private static bool IsMeant(ResourceReference reference, string? fullUrl, string type, string? id) =>
        reference.Base is null && reference.Path is not null
            ? reference.Type == type && reference.Id == id
            : fullUrl == (reference.Base is null ? reference.Text : $"{reference.Base}/{reference.Path}");

    private void AddValues(ObjectNode content, string jsonName, JsonMember member, ref SequenceBuilder into)
    {
        var (element, type) = member;
        var value = content[jsonName];
        var definition = element.ContentOf(type);
        var isPrimitive = definition is { IsPrimitive: true };
        var twin = isPrimitive || value is null ? content[member.TwinName] : null;
        if (value is ArrayNode array)
        {
            var twins = (twin as ArrayNode)?.Items ?? [];
            for (var at = 0; at < array.Items.Length; at++)
            {
                AddValue(array.Items[at], at < twins.Length ? twins[at] : null, element, definition, type, ref into);
            }
        }
        else if (value is not null || twin is ObjectNode)
        {
            AddValue(value, twin, element, definition, type, ref into);
        }
        else if (twin is ArrayNode twinsAlone)
        {
            foreach (var each in twinsAlone.Items)
            {
                AddValue(null, each, element, definition, type, ref into);
            }
        }
    }

    private void AddValue(
        Node? value, Node? twin, ElementDefinition element, TypeDefinition? definition, ElementType? type,
        ref SequenceBuilder into)
    {
        var node = value is NullNode ? null : value;
        if (node is null && twin is not ObjectNode)
        {
            return;
        }

        if (definition is { Kind: TypeKind.Resource } && node is ObjectNode root
            && root.Text("resourceType") is { } name)
        {
            var owner = element.Name == "contained" ? OutermostResource : null;
            into.Add(OfResource(root, name, EnclosingResource, owner, element));
            return;
        }

        into.Add(new ElementItem(
            node, twin as ObjectNode, definition, type?.Code ?? "BackboneElement", EnclosingResource, null, element));
    }

    // A type that R4 does not know is read by its JSON alone: names as they stand, types by their look.
    private void AddUndefined(string name, ref SequenceBuilder into)
    {
        if ((_node as ObjectNode)?[name] is not { } value || name == "resourceType")
        {
            return;
        }

        foreach (var each in value.AsItems)
        {
            switch (each)
            {
                case NullNode:
                    break;
                case ObjectNode root when root.Text("resourceType") is { } type:
                    into.Add(OfResource(root, type, EnclosingResource));
                    break;
                default:
                    var look = ElementValue.TypeOf(each);
                    // What is in an object of an unknown type is unknown too: R4's Element would hide its members.
                    var known = each is ObjectNode ? null : FhirDefinitions.R4.Type(look);
                    into.Add(new ElementItem(each, null, known, look, EnclosingResource, null));
                    break;
            }
        }
    }
}
