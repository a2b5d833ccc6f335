using System.Collections.Frozen;
using FhirOrchestrator.Fhir.Json;

namespace FhirOrchestrator.Fhir.Definitions;

/// <summary>What kind of type a definition describes (R4, structuredefinition-kind).</summary>
internal enum TypeKind
{
    /// <summary>A value with optional extensions: <c>string</c>, <c>date</c>, …</summary>
    Primitive,

    /// <summary>A data type of elements: <c>HumanName</c>, <c>Period</c>, …</summary>
    Complex,

    /// <summary>A resource, or one of the two abstract roots.</summary>
    Resource,

    /// <summary>The content of a backbone element, such as <c>Encounter.hospitalization</c>.</summary>
    Backbone,
}

/// <summary>
/// A type of R4, or the content of one of its backbone elements. Elements include the inherited ones, in the order of
/// the definition.
/// </summary>
internal sealed class TypeDefinition
{
    private readonly FrozenDictionary<string, ElementDefinition> _byName;
    private readonly Lazy<FrozenDictionary<string, JsonMember>> _byJsonName;

    internal TypeDefinition(
        string name, string fhirName, TypeKind kind, bool isAbstract, ImmutableArray<string> lineage,
        ImmutableArray<ElementDefinition> elements, ImmutableArray<InvariantDefinition> invariants)
    {
        Name = name;
        FhirName = fhirName;
        Kind = kind;
        IsTemporal = fhirName is "date" or "dateTime" or "instant" or "time";
        IsAbstract = isAbstract;
        Lineage = lineage;
        Elements = elements;
        Invariants = invariants;
        _byName = elements.ToFrozenDictionary(each => each.Name, StringComparer.Ordinal);
        _byJsonName = new(JsonNames);
    }

    /// <summary>The type's name, or the path of a backbone element.</summary>
    public string Name { get; }

    /// <summary>
    /// The name that FHIRPath sees: of a backbone path it is <c>BackboneElement</c> or <c>Element</c>.
    /// </summary>
    public string FhirName { get; }

    public TypeKind Kind { get; }

    public bool IsAbstract { get; }

    /// <summary>The type's own FHIR name, then those of its bases up to <c>Element</c> or <c>Resource</c>.</summary>
    public ImmutableArray<string> Lineage { get; }

    /// <summary>The base type's name; null of <c>Element</c> and <c>Resource</c>.</summary>
    public string? Base => Lineage.Length > 1 ? Lineage[1] : null;

    /// <summary>The elements, inherited ones included, without the children of backbone elements.</summary>
    public ImmutableArray<ElementDefinition> Elements { get; }

    /// <summary>The invariants that this type itself defines; those of its bases apply too.</summary>
    public ImmutableArray<InvariantDefinition> Invariants { get; }

    public bool IsPrimitive => Kind == TypeKind.Primitive;

    /// <summary>
    /// The regular expression that the text of a primitive must match whole; null where the definition gives none.
    /// </summary>
    public string? Regex => IsPrimitive && Element("value") is { Types: [var type, ..] } ? type.Regex : null;

    /// <summary>True of <c>date</c>, <c>dateTime</c>, <c>instant</c> and <c>time</c>.</summary>
    public bool IsTemporal { get; }

    /// <summary>True where this type is the one named, or is derived from it.</summary>
    public bool Is(string typeName)
    {
        foreach (var each in Lineage)
        {
            if (string.Equals(each, typeName, StringComparison.Ordinal))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>
    /// An element by its FHIRPath name (<c>value</c>, not <c>valueQuantity</c>); null where there is none.
    /// </summary>
    public ElementDefinition? Element(string name) => _byName.GetValueOrDefault(name);

    /// <summary>An element and its type by the name in JSON (<c>valueQuantity</c>); null where there is none.</summary>
    public JsonMember? JsonElement(string jsonName) => _byJsonName.Value.GetValueOrDefault(jsonName);

    public override string ToString() => Name;

    private FrozenDictionary<string, JsonMember> JsonNames()
    {
        var names = new Dictionary<string, JsonMember>(StringComparer.Ordinal);
        foreach (var element in Elements)
        {
            foreach (var type in element.Types)
            {
                names.TryAdd(element.JsonName(type), new JsonMember(element, type));
            }

            if (element.Types.IsEmpty)
            {
                names.TryAdd(element.Name, new JsonMember(element, null));
            }
        }

        return names.ToFrozenDictionary(StringComparer.Ordinal);
    }
}

/// <summary>
/// What a name in JSON stands for: the element, and of a choice the type; no type for a content reference.
/// </summary>
internal sealed record JsonMember(ElementDefinition Element, ElementType? Type)
{
    /// <summary>The member beside it that holds id and extensions of a primitive.</summary>
    public string TwinName { get; } =
        "_" + (Type is null ? Element.Name : Element.JsonName(Type));
}

/// <summary>An element of a type (R4, ElementDefinition).</summary>
internal sealed class ElementDefinition
{
    private readonly Lazy<TypeDefinition?> _content;

    // Asked for once the whole tree of the type is there. Threads may ask twice; the answer is the same.
    internal ElementDefinition(Func<TypeDefinition?> content) =>
        _content = new(content, LazyThreadSafetyMode.PublicationOnly);

    /// <summary>The name in FHIRPath; a choice is without its <c>[x]</c>.</summary>
    public required string Name { get; init; }

    /// <summary>The path as in the definition, such as <c>Observation.value[x]</c>.</summary>
    public required string Path { get; init; }

    public required int Min { get; init; }

    /// <summary>The highest number of repetitions, null for <c>*</c>.</summary>
    public required int? Max { get; init; }

    /// <summary>True for <c>value[x]</c>: the name in JSON carries the type.</summary>
    public required bool IsChoice { get; init; }

    /// <summary>The types allowed; empty for a content reference.</summary>
    public required ImmutableArray<ElementType> Types { get; init; }

    /// <summary>The path whose content this element repeats, such as <c>Questionnaire.item</c>.</summary>
    public string? ContentReference { get; init; }

    public ElementBinding? Binding { get; init; }

    /// <summary>The least value of a primitive (minValue[x]), null for any.</summary>
    public Node? MinValue { get; init; }

    /// <summary>The greatest value of a primitive (maxValue[x]), null for any.</summary>
    public Node? MaxValue { get; init; }

    /// <summary>The most characters of a text, null for any number.</summary>
    public int? MaxLength { get; init; }

    /// <summary>The value that the element must have exactly (fixed[x]), null for any.</summary>
    public Node? Fixed { get; init; }

    /// <summary>What the value must at least contain (pattern[x]), null for anything.</summary>
    public Node? Pattern { get; init; }

    public bool IsModifier { get; init; }

    public bool IsSummary { get; init; }

    public ImmutableArray<InvariantDefinition> Invariants { get; init; } = [];

    /// <summary>True where JSON has an array.</summary>
    public bool IsList => Max is not (0 or 1);

    /// <summary>
    /// The element's own content, of a backbone element or a content reference; null for an ordinary type.
    /// </summary>
    public TypeDefinition? Content => _content.Value;

    /// <summary>The definition of the value's content, given its type.</summary>
    public TypeDefinition? ContentOf(ElementType? type) => Content ?? type?.Definition;

    /// <summary>The member's name in JSON for a value of a type: <c>valueQuantity</c>.</summary>
    public string JsonName(ElementType type) => IsChoice
        ? string.Concat(Name, char.ToUpperInvariant(type.Code[0]).ToString(), type.Code.AsSpan(1))
        : Name;
}

/// <summary>A type that an element may have.</summary>
internal sealed class ElementType
{
    private readonly FhirDefinitions _definitions;

    internal ElementType(FhirDefinitions definitions, string code) => (_definitions, Code) = (definitions, code);

    /// <summary>The type's name.</summary>
    public string Code { get; }

    /// <summary>The profiles asked of the value, as short names or URLs.</summary>
    public ImmutableArray<string> Profiles { get; init; } = [];

    /// <summary>The resource types that a reference may point at; empty for any.</summary>
    public ImmutableArray<string> Targets { get; init; } = [];

    /// <summary>How a reference may point (<c>contained</c>, <c>referenced</c>, <c>bundled</c>); empty: any.</summary>
    public ImmutableArray<string> Aggregation { get; init; } = [];

    /// <summary>
    /// The regular expression of a primitive's text, to be matched whole; null where the definition gives none.
    /// </summary>
    public string? Regex { get; init; }

    /// <summary>The type's definition; null only for a type unknown to R4.</summary>
    public TypeDefinition? Definition => field ??= _definitions.Type(Code);
}

/// <summary>The value set that a coded element is bound to.</summary>
internal sealed record ElementBinding(string Strength, string ValueSet, string? MaxValueSet);

/// <summary>A rule in FHIRPath that a type or element must satisfy (R4, ElementDefinition.constraint).</summary>
internal sealed record InvariantDefinition(
    string Key, bool IsError, string Expression, string Text, bool IsBestPractice);
