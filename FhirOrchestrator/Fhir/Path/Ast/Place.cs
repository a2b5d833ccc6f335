using FhirOrchestrator.Fhir.Definitions;
using FhirOrchestrator.Fhir.Json;

namespace FhirOrchestrator.Fhir.Path.Ast;

/// <summary>
/// Where a plain path ends in the JSON: comparing an element with a literal needs its value only, not an item. Nothing
/// but the one ordinary case is handled this way; lists, choices, contained resources and primitives without a value
/// are <see cref="Elsewhere"/>, where the path is evaluated in full.
/// </summary>
internal readonly struct Place
{
    private Place(bool isKnown, Node? node, TypeDefinition? definition) =>
        (IsKnown, Node, Definition) = (isKnown, node, definition);

    /// <summary>Not to be told this way.</summary>
    public static Place Elsewhere => default;

    /// <summary>There is no value.</summary>
    public static Place Nothing => new(isKnown: true, null, null);

    /// <summary>True of one value, and of none.</summary>
    public bool IsKnown { get; }

    /// <summary>The value; null where there is none.</summary>
    public Node? Node { get; }

    /// <summary>The definition of the value's content; set where there is a value.</summary>
    public TypeDefinition? Definition { get; }

    /// <summary>The value of an item; of a primitive without a value elsewhere.</summary>
    public static Place Of(Sequence items) => items.Count switch
    {
        0 => Nothing,
        1 when items[0] is ElementItem { Node: { } node, Definition: { } definition } =>
            new(isKnown: true, node, definition),
        _ => Elsewhere,
    };

    /// <summary>The value of an element in the object that is here.</summary>
    public Place Below(ElementStep step)
    {
        if (Node is null)
        {
            return this;
        }

        if (Node is not ObjectNode content || !step.IsPlain)
        {
            return Elsewhere;
        }

        return content[step.Name] switch
        {
            null => content[step.TwinName] is null ? Nothing : Elsewhere,
            NullNode => Elsewhere,
            ArrayNode array => array.Items.Length == 1 && array.Items[0] is not (NullNode or ArrayNode)
                ? new(isKnown: true, array.Items[0], step.Content)
                : Elsewhere,
            var value => new(isKnown: true, value, step.Content),
        };
    }
}

/// <summary>An element of a type by its name, with what a step to it needs.</summary>
internal sealed class ElementStep
{
    public ElementStep(TypeDefinition owner, string name)
    {
        (In, Element) = (owner, owner.Element(name));
        Name = Element?.Name ?? name;
        TwinName = "_" + Name;
        if (Element is { IsChoice: false } element)
        {
            Content = element.ContentOf(element.Types.Length > 0 ? element.Types[0] : null);
            IsPlain = Content is { Kind: not TypeKind.Resource };
        }
    }

    /// <summary>The type that the element belongs to.</summary>
    public TypeDefinition In { get; }

    /// <summary>The element; null where the type has none of this name.</summary>
    public ElementDefinition? Element { get; }

    public string Name { get; }

    /// <summary>The member that holds id and extensions of a primitive.</summary>
    public string TwinName { get; }

    /// <summary>True where the element has one type, and that is no resource.</summary>
    public bool IsPlain { get; }

    /// <summary>The definition of the content of a plain element.</summary>
    public TypeDefinition? Content { get; }
}
