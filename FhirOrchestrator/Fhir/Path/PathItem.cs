using FhirOrchestrator.Fhir.Definitions;
using FhirOrchestrator.Fhir.Json;
using FhirOrchestrator.Fhir.Path.Values;

namespace FhirOrchestrator.Fhir.Path;

/// <summary>
/// One typed value that FHIRPath works on: an element or resource of FHIR (<see cref="ElementItem"/>), or a value of
/// FHIRPath's own System types. Immutable.
/// </summary>
internal abstract class PathItem
{
    private protected PathItem()
    {
    }

    /// <summary>
    /// The type: of FHIR as in R4 (<c>Patient</c>, <c>code</c>, <c>BackboneElement</c>), of System with a capital
    /// (<c>Boolean</c>, <c>Integer</c>, <c>Decimal</c>, <c>String</c>, <c>Date</c>, <c>DateTime</c>, <c>Time</c>,
    /// <c>Quantity</c>).
    /// </summary>
    public abstract string TypeName { get; }

    /// <summary><c>FHIR</c> or <c>System</c>.</summary>
    public virtual string TypeNamespace => "System";

    /// <summary>
    /// The JSON node of an element or resource; null of a System value, and of a primitive with extensions only.
    /// </summary>
    public virtual Node? Node => null;

    /// <summary>
    /// The System value of a primitive or Quantity; null of anything else, and of a primitive without a value.
    /// </summary>
    public virtual PathItem? Value => this;

    /// <summary>The value as JSON; null of a primitive with extensions only.</summary>
    public abstract Node? ToNode();

    /// <summary>
    /// The text of a primitive as FHIR writes it; of anything else its JSON; empty of a primitive with extensions only.
    /// </summary>
    public abstract string AsText();

    /// <summary>The children of a name, as in <c>item.name</c>.</summary>
    internal virtual void AddChildren(string name, ref SequenceBuilder into)
    {
    }

    /// <summary>All children, in the order of the JSON.</summary>
    internal virtual void AddAllChildren(ref SequenceBuilder into)
    {
    }

    /// <summary>True where the item's FHIR type is the one named or is derived from it.</summary>
    public virtual bool IsFhir(string typeName) => false;

    /// <summary>The type with its namespace, for messages.</summary>
    internal string FullTypeName => $"{TypeNamespace}.{TypeName}";

    public override string ToString() => FullTypeName;

    /// <summary>A resource.</summary>
    public static PathItem Of(Resource resource) => ElementItem.OfResource(resource.Root, resource.Type, null);

    /// <summary>
    /// A node of a FHIR type by its name (<c>CodeableConcept</c>, <c>string</c>) or of a backbone element by its path
    /// (<c>Encounter.hospitalization</c>); an object with a <c>resourceType</c> counts as that resource.
    /// </summary>
    public static PathItem Of(Node node, string fhirType) =>
        Resource.From(node) is { } resource
            ? Of(resource)
            : new ElementItem(node, null, FhirDefinitions.R4.Type(fhirType), fhirType, null, null);

    /// <summary>A System.Boolean.</summary>
    public static PathItem OfBoolean(bool value) => value ? BooleanItem.True : BooleanItem.False;

    /// <summary>A System.Integer.</summary>
    public static PathItem OfInteger(int value) => new IntegerItem(value);

    /// <summary>A System.Decimal; its scale is kept.</summary>
    public static PathItem OfDecimal(decimal value) => new DecimalItem(value);

    /// <summary>A System.String.</summary>
    public static PathItem OfString(string value) => new StringItem(value);

    /// <summary>A System.DateTime of milliseconds, with the instant's own offset.</summary>
    public static PathItem OfDateTime(DateTimeOffset value) => new TemporalItem(Temporal.Instant(value));

    /// <summary>A System.Date.</summary>
    public static PathItem OfDate(DateOnly value) => new TemporalItem(Temporal.Day(value));

    /// <summary>A System.Quantity; the unit is a UCUM code or a calendar word such as <c>day</c>.</summary>
    public static PathItem OfQuantity(decimal value, string unit) => new QuantityItem(new Quantity(value, unit));
}
