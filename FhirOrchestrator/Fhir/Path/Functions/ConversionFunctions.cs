using System.Globalization;
using FhirOrchestrator.Fhir.Path.Ast;
using FhirOrchestrator.Fhir.Path.Values;

namespace FhirOrchestrator.Fhir.Path.Functions;

/// <summary>FHIRPath N1, 5.5 Conversion.</summary>
internal static class ConversionFunctions
{
    public static ImmutableArray<FunctionEntry> All { get; } =
    [
        new("iif", 2, 3, Iif),
        .. Pair("Boolean", ToBoolean),
        .. Pair("Integer", ToInteger),
        .. Pair("Decimal", ToDecimal),
        .. Pair("String", ToText),
        .. Pair("Date", value => ToTemporal(value, TemporalKind.Date)),
        .. Pair("DateTime", value => ToTemporal(value, TemporalKind.DateTime)),
        .. Pair("Time", value => ToTemporal(value, TemporalKind.Time)),
        new("toQuantity", 0, 1, (call, scope, input) => new Sequence(
            call.ValueInput(input) is { } value ? ToQuantity(value, call.TextArgument(0, scope)) : null)),
        new("convertsToQuantity", 0, 1, (call, scope, input) => input.IsEmpty
            ? default
            : Sequence.Of(call.ValueInput(input) is { } value
                && ToQuantity(value, call.TextArgument(0, scope)) is not null)),
    ];

    private static FunctionEntry[] Pair(string type, Func<PathItem, PathItem?> convert) =>
    [
        new($"to{type}", 0, 0, (call, _, input) =>
            new Sequence(call.ValueInput(input) is { } value ? convert(value) : null)),
        new($"convertsTo{type}", 0, 0, (call, _, input) => input.IsEmpty
            ? default
            : Sequence.Of(call.ValueInput(input) is { } value && convert(value) is not null)),
    ];

    private static Sequence Iif(CallExpr call, Scope scope, Sequence input)
    {
        if (scope.Run.IsStrict)
        {
            call.One(input, "input of iif");
        }

        var inner = scope.Inner();
        inner.This = input;
        var criterion = call.Arguments[0];
        return criterion.IsTrue(criterion.Evaluate(inner), scope.Run)
            ? call.Argument(1, inner)
            : call.Argument(2, inner);
    }

    private static BooleanItem? ToBoolean(PathItem value)
    {
        bool? known = value switch
        {
            BooleanItem boolean => boolean.IsTrue,
            IntegerItem { Number: 0 or 1 } whole => whole.Number == 1,
            DecimalItem { Number: 0 or 1 } number => number.Number == 1,
            StringItem text => text.Text.ToLowerInvariant() switch
            {
                "true" or "t" or "yes" or "y" or "1" or "1.0" => true,
                "false" or "f" or "no" or "n" or "0" or "0.0" => false,
                _ => null,
            },
            _ => null,
        };
        return known is { } isTrue ? (BooleanItem)PathItem.OfBoolean(isTrue) : null;
    }

    private static IntegerItem? ToInteger(PathItem value) => value switch
    {
        IntegerItem whole => whole,
        BooleanItem boolean => new IntegerItem(boolean.IsTrue ? 1 : 0),
        StringItem { Text: var text }
            when int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var whole) =>
                new IntegerItem(whole),
        _ => null,
    };

    private static DecimalItem? ToDecimal(PathItem value) => value switch
    {
        DecimalItem number => number,
        IntegerItem whole => new DecimalItem(whole.Number),
        BooleanItem boolean => new DecimalItem(boolean.IsTrue ? 1.0m : 0.0m),
        StringItem text => Decimals.Read(text.Text) is { } number ? new DecimalItem(number) : null,
        _ => null,
    };

    private static StringItem ToText(PathItem value) => value as StringItem ?? new StringItem(value.AsText());

    private static TemporalItem? ToTemporal(PathItem value, TemporalKind kind) => value switch
    {
        TemporalItem { Moment: var moment } item => moment.Kind == kind ? item
            : moment.Kind == TemporalKind.Time || kind == TemporalKind.Time ? null
            : new TemporalItem(moment.As(kind)),
        StringItem text => ReadTemporal(text.Text, kind) is { } moment ? new TemporalItem(moment) : null,
        _ => null,
    };

    // A date may be taken from the text of a dateTime (N1, 5.5.4); a time may have an @T before it.
    private static Temporal? ReadTemporal(string text, TemporalKind kind)
    {
        var plain = text.AsSpan().TrimStart('@');
        if (kind == TemporalKind.Time && plain is ['T', ..])
        {
            plain = plain[1..];
        }

        return TemporalText.Read(plain, kind)
            ?? (kind == TemporalKind.Date
                ? TemporalText.Read(plain, TemporalKind.DateTime)?.As(TemporalKind.Date)
                : null);
    }

    private static QuantityItem? ToQuantity(PathItem value, string? unit)
    {
        Quantity? amount = value switch
        {
            QuantityItem known => known.Quantity,
            IntegerItem whole => Quantity.Of(whole.Number),
            DecimalItem number => Quantity.Of(number.Number),
            BooleanItem boolean => Quantity.Of(boolean.IsTrue ? 1.0m : 0.0m),
            StringItem text => Quantity.Read(text.Text),
            _ => null,
        };
        if (amount is not { } found || unit is null)
        {
            return amount is { } same ? new QuantityItem(same) : null;
        }

        var wanted = CalendarUnits.FromWord(unit) is { } word ? CalendarUnits.Word(word) : unit;
        return found.ConvertedTo(wanted) is { } converted ? new QuantityItem(converted) : null;
    }
}
