namespace FhirOrchestrator.Plans.Shapes;

/// <summary>
/// What may stand in a JSON object of a package: everything else in it is refused, so that nothing half-understood ever
/// runs. Every object may have an <c>id</c>.
/// </summary>
/// <param name="Name">The FHIR type or element, for messages.</param>
internal sealed record Shape(string Name)
{
    /// <summary>The elements that are understood.</summary>
    public ImmutableDictionary<string, Slot> Slots { get; init; } = ImmutableDictionary<string, Slot>.Empty;

    /// <summary>Elements that FHIR has and this version does not understand, each with the reason.</summary>
    public ImmutableDictionary<string, Refusal> Refused { get; init; } = ImmutableDictionary<string, Refusal>.Empty;

    /// <summary>The extensions that are understood here.</summary>
    public ImmutableArray<ExtensionShape> Extensions { get; init; } = [];

    /// <summary>The modifier extensions that are understood here.</summary>
    public ImmutableArray<ExtensionShape> Modifiers { get; init; } = [];
}

/// <summary>One element of a shape.</summary>
internal sealed record Slot(SlotKind Kind)
{
    /// <summary>With <see cref="SlotKind.Object"/>: what stands in it. A function, because actions nest.</summary>
    public Func<Shape?>? Shape { get; init; }

    public bool IsMany { get; init; }

    public bool IsRequired { get; init; }

    /// <summary>With <see cref="SlotKind.Text"/>: the values that are understood; empty: any.</summary>
    public ImmutableArray<string> Values { get; init; } = [];

    /// <summary>
    /// With <see cref="Values"/>: values that FHIR has and this version refuses, each with the reason.
    /// </summary>
    public ImmutableDictionary<string, Refusal> RefusedValues { get; init; } =
        ImmutableDictionary<string, Refusal>.Empty;

    public Slot Many => this with { IsMany = true };

    public Slot Required => this with { IsRequired = true };
}

/// <summary>The JSON form of an element.</summary>
internal enum SlotKind
{
    Text,
    Boolean,

    /// <summary>A whole number.</summary>
    Integer,

    /// <summary>A number.</summary>
    Decimal,
    Object,

    /// <summary>For people only; its content never changes what runs.</summary>
    Anything,
}

/// <summary>An extension: either one of the values, or parts.</summary>
internal sealed record ExtensionShape(string Url)
{
    /// <summary>The allowed <c>value[x]</c> elements; empty for an extension of parts.</summary>
    public ImmutableDictionary<string, Slot> Values { get; init; } = ImmutableDictionary<string, Slot>.Empty;

    /// <summary>The inner extensions.</summary>
    public ImmutableArray<ExtensionShape> Parts { get; init; } = [];

    public bool IsMany { get; init; }

    public bool IsRequired { get; init; }
}

/// <summary>Why something that FHIR knows is refused, and what to write instead.</summary>
internal sealed record Refusal(string Reason, string? Nearest = null);
