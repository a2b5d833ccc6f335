using System.Globalization;

namespace FhirOrchestrator.Fhir.Path.Values;

/// <summary>Decimals as FHIRPath reads and compares them.</summary>
internal static class Decimals
{
    /// <summary>A decimal without an exponent: <c>[+-]?digits[.digits]</c>; null for anything else.</summary>
    public static decimal? Read(ReadOnlySpan<char> text) =>
        !text.IsEmpty && char.IsAsciiDigit(text[^1]) && char.IsAsciiDigit(text.TrimStart("+-")[0])
        && decimal.TryParse(
            text, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture,
            out var value)
            ? value
            : null;

    /// <summary>A JSON number, exponent included; null where it does not fit 28 digits.</summary>
    public static decimal? ReadJson(string text) =>
        decimal.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) ? value : null;

    /// <summary>Equal when rounded to the places of the less precise one, zeros at the end aside (N1, 6.1.3).</summary>
    public static bool AreEquivalent(decimal left, decimal right)
    {
        var places = Math.Min(Places(left), Places(right));
        return decimal.Round(left, places, MidpointRounding.AwayFromZero)
            == decimal.Round(right, places, MidpointRounding.AwayFromZero);
    }

    private static int Places(decimal value)
    {
        var places = (int)value.Scale;
        while (places > 0 && decimal.Round(value, places - 1) == value)
        {
            places--;
        }

        return places;
    }
}
