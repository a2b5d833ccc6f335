namespace FhirOrchestrator.Plans.Shapes;

/// <summary>The FHIR data types that packages use.</summary>
internal static class TypeShapes
{
    public static readonly Slot Text = new(SlotKind.Text);
    public static readonly Slot Flag = new(SlotKind.Boolean);
    public static readonly Slot Anything = new(SlotKind.Anything);

    /// <summary>An Expression: FHIRPath only.</summary>
    public static readonly Slot Expression = Object(() => ExpressionShape);

    /// <summary>An Expression whose name is a reason code and whose description are its words.</summary>
    public static readonly Slot ReasonExpression = Object(() => ReasonExpressionShape);

    /// <summary>An Expression that only needs words: the guard of a step.</summary>
    public static readonly Slot GuardExpression = Object(() => GuardExpressionShape);

    public static readonly Slot CodeableConcept = Object(() => CodeableConceptShape);

    public static readonly Slot Duration = Object(() => DurationShape);

    private static readonly ImmutableDictionary<string, Slot> ExpressionSlots = Slots(
        ("description", Text),
        ("name", Text),
        ("language", Of("text/fhirpath").Required with
        {
            RefusedValues = Refusals(
                ("text/cql", "CQL is not understood: expected text/fhirpath", "text/fhirpath"),
                ("text/cql-identifier", "CQL is not understood: expected text/fhirpath", "text/fhirpath"),
                ("application/x-fhir-query", "expected text/fhirpath that gives the query as a string",
                    "text/fhirpath")),
        }),
        ("expression", Text.Required));

    private static readonly ImmutableDictionary<string, Refusal> ExpressionRefused = Refusals(
        ("reference", "an expression by reference (a library, a decision table) is not supported in this version",
            "expression"));

    private static readonly Shape ExpressionShape = new("Expression")
    {
        Slots = ExpressionSlots,
        Refused = ExpressionRefused,
    };

    private static readonly Shape ReasonExpressionShape = ExpressionShape with
    {
        Slots = ExpressionSlots.SetItems(Slots(("name", Text.Required), ("description", Text.Required))),
    };

    private static readonly Shape GuardExpressionShape = ExpressionShape with
    {
        Slots = ExpressionSlots.SetItems(Slots(("description", Text.Required))),
    };

    private static readonly Shape CodingShape = new("Coding")
    {
        Slots = Slots(("system", Text.Required), ("version", Text), ("code", Text.Required), ("display", Text)),
    };

    public static readonly Slot Coding = Object(() => CodingShape);

    private static readonly Shape CodeableConceptShape = new("CodeableConcept")
    {
        Slots = Slots(("coding", Coding.Many), ("text", Text)),
    };

    private static readonly Shape DurationShape = new("Duration")
    {
        Slots = Slots(
            ("value", new Slot(SlotKind.Decimal).Required),
            ("unit", Text),
            ("system", Of("http://unitsofmeasure.org").Required),
            ("code", Of("s", "min", "h", "d", "wk").Required with
            {
                RefusedValues = Refusals(
                    ("mo", "a month has no fixed length: expected s | min | h | d | wk", "d"),
                    ("a", "a year has no fixed length: expected s | min | h | d | wk", "d")),
            })),
        Refused = Refusals(("comparator", "a clock needs one length, not a bound", "value")),
    };

    public static Slot Object(Func<Shape?> shape) => new(SlotKind.Object) { Shape = shape };

    /// <summary>A code of a closed list.</summary>
    public static Slot Of(params ReadOnlySpan<string> values) => new(SlotKind.Text) { Values = [.. values] };

    public static ImmutableDictionary<string, Slot> Slots(params ReadOnlySpan<(string Name, Slot Slot)> slots)
    {
        var all = ImmutableDictionary.CreateBuilder<string, Slot>(StringComparer.Ordinal);
        foreach (var (name, slot) in slots)
        {
            all.Add(name, slot);
        }

        return all.ToImmutable();
    }

    public static ImmutableDictionary<string, Refusal> Refusals(
        params ReadOnlySpan<(string Name, string Reason, string? Nearest)> refusals)
    {
        var all = ImmutableDictionary.CreateBuilder<string, Refusal>(StringComparer.Ordinal);
        foreach (var (name, reason, nearest) in refusals)
        {
            all.Add(name, new Refusal(reason, nearest));
        }

        return all.ToImmutable();
    }

    /// <summary>An extension with one kind of value.</summary>
    public static ExtensionShape Extension(string url, params ReadOnlySpan<(string Name, Slot Slot)> values) =>
        new(url) { Values = Slots(values) };
}
