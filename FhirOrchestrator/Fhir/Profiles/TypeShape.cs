using System.Collections.Concurrent;
using System.Collections.Frozen;
using FhirOrchestrator.Fhir.Definitions;

namespace FhirOrchestrator.Fhir.Profiles;

/// <summary>What a type needs beyond its elements' own rules.</summary>
internal enum TypeTrait
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>A primitive.</summary>
    Primitive,

    /// <summary>The markup of a narrative.</summary>
    Markup,

    /// <summary>A resource inside another.</summary>
    Resource,

    /// <summary>A reference.</summary>
    Reference,

    /// <summary>An extension.</summary>
    Extension,
}

/// <summary>A type of R4 or the content of a backbone element, compiled for <see cref="ShapeWalk"/>.</summary>
internal sealed class TypeShape
{
    private static readonly ConcurrentDictionary<TypeDefinition, TypeShape> Known = new();

    private readonly FrozenDictionary<string, ShapeMember> _members;

    private TypeShape(TypeDefinition definition)
    {
        Definition = definition;
        Trait = definition switch
        {
            { Name: "xhtml" } => TypeTrait.Markup,
            { IsPrimitive: true } => TypeTrait.Primitive,
            { Kind: TypeKind.Resource } => TypeTrait.Resource,
            { Name: "Reference" } => TypeTrait.Reference,
            { Name: "Extension" } => TypeTrait.Extension,
            _ => TypeTrait.None,
        };
        Slots = [.. definition.Elements.Select((element, index) => new ElementSlot(index, element))];
        Required = [.. Slots.Where(slot => slot.Definition.Min > 0)];
        Invariants = Invariant.Compile(
            definition.Lineage
                .Select(FhirDefinitions.R4.Type)
                .Prepend(definition)
                .Distinct()
                .SelectMany(type => type?.Invariants ?? []));
        _members = Members().ToFrozenDictionary(each => each.JsonName, StringComparer.Ordinal);
    }

    /// <summary>Id and extensions: what a primitive has besides its value.</summary>
    public static TypeShape Element { get; } =
        Of("Element") ?? throw new InvalidOperationException("expected R4 to have Element, got none");

    public TypeDefinition Definition { get; }

    public TypeTrait Trait { get; }

    /// <summary>The elements; a slot's index is its place here.</summary>
    public ImmutableArray<ElementSlot> Slots { get; }

    public ImmutableArray<ElementSlot> Required { get; }

    /// <summary>The rules of the type and its bases that FHIRPath checks.</summary>
    public ImmutableArray<Invariant> Invariants { get; }

    public static TypeShape Of(TypeDefinition definition) =>
        Known.TryGetValue(definition, out var shape) ? shape : Known.GetOrAdd(definition, each => new TypeShape(each));

    /// <summary>The shape of a type of R4 by its name, null where there is none.</summary>
    public static TypeShape? Of(string type) => FhirDefinitions.R4.Type(type) is { } definition ? Of(definition) : null;

    /// <summary>What a name in JSON stands for, null for none.</summary>
    public ShapeMember? Member(string jsonName) => _members.GetValueOrDefault(jsonName);

    private IEnumerable<ShapeMember> Members()
    {
        foreach (var slot in Slots)
        {
            var element = slot.Definition;
            if (element.Types.IsEmpty)
            {
                yield return new ShapeMember(slot, null, element.Name);
            }

            foreach (var type in element.Types.DistinctBy(each => each.Code))
            {
                yield return new ShapeMember(slot, type, element.JsonName(type));
            }
        }
    }
}

/// <summary>An element of a shape: its definition and its compiled rules.</summary>
internal sealed class ElementSlot
{
    public ElementSlot(int index, ElementDefinition definition)
    {
        Index = index;
        Definition = definition;
        Invariants = Invariant.Compile(definition.Invariants);
        Binding = definition.Binding is { Strength: "required" or "extensible" } or { MaxValueSet: not null }
            ? definition.Binding
            : null;
    }

    public int Index { get; }

    public ElementDefinition Definition { get; }

    public ImmutableArray<Invariant> Invariants { get; }

    /// <summary>The binding, where it can be broken; null for preferred and example.</summary>
    public ElementBinding? Binding { get; }
}

/// <summary>What a name in JSON stands for: an element, and of a choice its type.</summary>
internal sealed class ShapeMember(ElementSlot slot, ElementType? type, string jsonName)
{
    public ElementSlot Slot { get; } = slot;

    /// <summary>The type; null of a content reference.</summary>
    public ElementType? Type { get; } = type;

    public string JsonName { get; } = jsonName;

    /// <summary>The type's name of a choice, for the location.</summary>
    public string? Choice { get; } = slot.Definition.IsChoice ? type?.Code : null;

    /// <summary>
    /// The shape of the value: the type's own, or of a profile that R4 defines as a type (<c>SimpleQuantity</c>).
    /// </summary>
    public TypeShape? Content => field ??= Find();

    private TypeShape? Find()
    {
        if (Slot.Definition.Content is { } own)
        {
            return TypeShape.Of(own);
        }

        var profile = Type is { Profiles: [var only] } ? FhirDefinitions.R4.Type(only) : null;
        return (profile ?? Type?.Definition) is { } definition ? TypeShape.Of(definition) : null;
    }
}
