using System.Globalization;
using FhirOrchestrator.Fhir.Json;
using FhirOrchestrator.Fhir.Path.Values;

namespace FhirOrchestrator.Fhir.Path;

/// <summary>A System.Boolean.</summary>
internal sealed class BooleanItem : PathItem
{
    public static readonly BooleanItem True = new(isTrue: true);
    public static readonly BooleanItem False = new(isTrue: false);

    private BooleanItem(bool isTrue) => IsTrue = isTrue;

    public bool IsTrue { get; }

    public override string TypeName => "Boolean";

    public override Node? ToNode() => IsTrue;

    public override string AsText() => IsTrue ? "true" : "false";
}

/// <summary>A System.Integer, 32 bits.</summary>
internal sealed class IntegerItem(int number) : PathItem
{
    public int Number { get; } = number;

    public override string TypeName => "Integer";

    public override Node? ToNode() => Number;

    public override string AsText() => Number.ToString(CultureInfo.InvariantCulture);
}

/// <summary>A System.Decimal of at most 28 digits.</summary>
internal sealed class DecimalItem(decimal number) : PathItem
{
    public decimal Number { get; } = number;

    public override string TypeName => "Decimal";

    public override Node? ToNode() => new NumberNode(AsText());

    public override string AsText() => Number.ToString(CultureInfo.InvariantCulture);
}

/// <summary>A System.String.</summary>
internal sealed class StringItem(string text) : PathItem
{
    public string Text { get; } = text;

    public override string TypeName => "String";

    public override Node? ToNode() => new TextNode(Text);

    public override string AsText() => Text;
}

/// <summary>A System.Date, System.DateTime or System.Time.</summary>
internal sealed class TemporalItem(Temporal moment) : PathItem
{
    public Temporal Moment { get; } = moment;

    public override string TypeName => Moment.Kind switch
    {
        TemporalKind.Date => "Date",
        TemporalKind.DateTime => "DateTime",
        TemporalKind.Time => "Time",
    };

    public override Node? ToNode() => new TextNode(AsText());

    public override string AsText() => Moment.ToString();
}

/// <summary>A System.Quantity. As JSON it is a FHIR Quantity in UCUM.</summary>
internal sealed class QuantityItem(Quantity quantity) : PathItem
{
    public Quantity Quantity { get; } = quantity;

    public override string TypeName => "Quantity";

    public override Node? ToNode()
    {
        var code = Measure.UcumOf(Quantity.Unit);
        return Json.Node.Object(
            ("value", new NumberNode(Quantity.Value.ToString(CultureInfo.InvariantCulture))),
            ("unit", code), ("system", PathVocabulary.Ucum), ("code", code));
    }

    public override string AsText() => Quantity.ToString();
}
