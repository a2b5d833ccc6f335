using System.Globalization;
using FhirOrchestrator.Fhir.Definitions;
using FhirOrchestrator.Fhir.Json;
using FhirOrchestrator.Fhir.Path.Values;

namespace FhirOrchestrator.Fhir.Path;

/// <summary>The System value of a FHIR element (R4, FHIRPath, "Using FHIR types in expressions").</summary>
internal static class ElementValue
{
    /// <summary>
    /// The value; null of a complex type other than Quantity. Text that does not have its type's form stays a string:
    /// comparing it with a date fails loudly then.
    /// </summary>
    public static PathItem? Of(Node? node, TypeDefinition? definition, string typeName) => node switch
    {
        BooleanNode boolean => PathItem.OfBoolean(boolean.Value),
        NumberNode number => Number(number.Text, typeName),
        TextNode text => Text(text.Value, typeName),
        ObjectNode content when definition?.Is("Quantity") == true => OfQuantity(content),
        _ => null,
    };

    /// <summary>The FHIR type that a JSON value of an unknown element looks like.</summary>
    public static string TypeOf(Node node) => node switch
    {
        TextNode => "string",
        BooleanNode => "boolean",
        NumberNode number => number.Text.AsSpan().ContainsAny(".eE") ? "decimal" : "integer",
        _ => "Element",
    };

    private static PathItem? Number(string text, string typeName)
    {
        if (typeName != "decimal"
            && int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var whole))
        {
            return new IntegerItem(whole);
        }

        return Decimals.ReadJson(text) is { } value ? new DecimalItem(value) : null;
    }

    private static PathItem Text(string text, string typeName)
    {
        TemporalKind? kind = typeName switch
        {
            "date" => TemporalKind.Date,
            "dateTime" or "instant" => TemporalKind.DateTime,
            "time" => TemporalKind.Time,
            _ => null,
        };
        return kind is { } known && TemporalText.Read(text, known) is { } moment
            ? new TemporalItem(moment)
            : new StringItem(text);
    }

    // A quantity with a comparator is a range, no amount.
    private static QuantityItem? OfQuantity(ObjectNode content)
    {
        if (content["value"] is not NumberNode number || Decimals.ReadJson(number.Text) is not { } value
            || content["comparator"] is not null)
        {
            return null;
        }

        var unit = content.Text("code") is { Length: > 0 } code
            ? content.Text("system") is PathVocabulary.Ucum ? CalendarUnits.FromFhirCode(code) : code
            : content.Text("unit");
        return new QuantityItem(new Quantity(value, unit is { Length: > 0 } ? unit : "1"));
    }
}
