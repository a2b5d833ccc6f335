using System.Buffers;
using System.Buffers.Text;
using System.Globalization;
using FhirOrchestrator.Fhir.Definitions;
using FhirOrchestrator.Fhir.Json;

namespace FhirOrchestrator.Fhir.Profiles;

/// <summary>The forms of R4's primitive types (R4, datatypes, "Primitive Types"; json, "Primitive elements").</summary>
internal static class PrimitiveCheck
{
    /// <summary>The longest string, in characters.</summary>
    public const int TextMax = 1024 * 1024;

    private static readonly SearchValues<char> Spaces = SearchValues.Create(" \t\r\n");

    private static readonly SearchValues<char> IdCharacters =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-.");

    /// <summary>Checks a value's form, binding and markup; false where its form is wrong.</summary>
    public static bool Run(ValidationRun run, TypeShape type, ElementBinding? binding, Node value)
    {
        var name = type.Definition.Name;
        if (Expected(name, value) is { } expected)
        {
            run.Error("value", $"expected {expected}, got {JsonKind.Of(value)}");
            return false;
        }

        if (name is "string" or "markdown" && value.AsText is { } text && IsBlank(text))
        {
            run.Warning("value", "expected text with more than white space, got none");
        }

        if (binding is not null)
        {
            BindingCheck.Primitive(run, binding, value);
        }

        if (type.Trait == TypeTrait.Markup)
        {
            foreach (var fault in NarrativeMarkup.Faults(value.AsText ?? ""))
            {
                run.Add(fault.IsTolerated ? IssueSeverity.Warning : IssueSeverity.Error, fault.Code, fault.Text);
            }
        }

        return true;
    }

    /// <summary>What was expected instead of the value given; null where its form is right.</summary>
    public static string? Expected(string type, Node value) => type switch
    {
        "boolean" => value is BooleanNode ? null : "true or false",
        "integer" => IsWhole(value, int.MinValue) ? null : "a whole number of 32 bits",
        "positiveInt" => IsWhole(value, 1) ? null : "a whole number from 1 on",
        "unsignedInt" => IsWhole(value, 0) ? null : "a whole number from 0 on",
        "decimal" => value is NumberNode ? null : "a number",
        _ when value is not TextNode => $"text of type {type}",
        _ => ExpectedText(type, ((TextNode)value).Value),
    };

    private static string? ExpectedText(string type, string text)
    {
        if (text.Length == 0)
        {
            return "text that is not empty";
        }

        if (text.Length > TextMax && type is not ("base64Binary" or "xhtml"))
        {
            return $"text of at most {TextMax} characters";
        }

        return type switch
        {
            "date" => TemporalForm.IsDate(text) ? null : "a date (YYYY, YYYY-MM or YYYY-MM-DD)",
            "dateTime" => TemporalForm.IsDateTime(text)
                ? null
                : "a dateTime (a date, or date, time to the second and zone)",
            "instant" => TemporalForm.IsInstant(text) ? null : "an instant (date, time to the second and zone)",
            "time" => TemporalForm.IsTime(text) ? null : "a time (hh:mm:ss)",
            "code" => IsCode(text) ? null : "a code (no space at its ends, none doubled)",
            "id" => IsId(text) ? null : "an id (1 to 64 of A-Z, a-z, 0-9, - and .)",
            "oid" => IsOid(text) ? null : "an OID (urn:oid:…)",
            "uuid" => IsUuid(text) ? null : "a UUID (urn:uuid:…, lower case)",
            "uri" or "url" or "canonical" => text.AsSpan().ContainsAny(Spaces) ? $"a {type} without spaces" : null,
            "base64Binary" => Base64.IsValid(text.AsSpan()) && !IsBlank(text) ? null : "base64",
            _ => null,
        };
    }

    /// <summary>True where there is nothing but white space.</summary>
    public static bool IsBlank(string text) => !text.AsSpan().ContainsAnyExcept(Spaces);

    public static bool IsId(string text) =>
        text.Length is >= 1 and <= 64 && !text.AsSpan().ContainsAnyExcept(IdCharacters);

    private static bool IsWhole(Node value, int least) =>
        value is NumberNode { Text: var text }
        && int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)
        && number >= least;

    // [^\s]+(\s[^\s]+)*
    private static bool IsCode(string text)
    {
        var wasSpace = true;
        foreach (var each in text)
        {
            var isSpace = each is ' ' or '\t' or '\r' or '\n';
            if (isSpace && wasSpace)
            {
                return false;
            }

            wasSpace = isSpace;
        }

        return !wasSpace;
    }

    // urn:oid:[0-2](\.(0|[1-9][0-9]*))+
    private static bool IsOid(string text)
    {
        if (!text.StartsWith("urn:oid:", StringComparison.Ordinal) || text.Length < 11 || text[8] is < '0' or > '2')
        {
            return false;
        }

        var rest = text.AsSpan(9);
        foreach (var range in rest[1..].Split('.'))
        {
            var arc = rest[1..][range];
            if (arc.IsEmpty || (arc.Length > 1 && arc[0] == '0') || arc.ContainsAnyExceptInRange('0', '9'))
            {
                return false;
            }
        }

        return rest[0] == '.';
    }

    private static bool IsUuid(string text) =>
        text.StartsWith("urn:uuid:", StringComparison.Ordinal)
        && Guid.TryParseExact(text.AsSpan(9), "D", out _)
        && !text.AsSpan(9).ContainsAnyInRange('A', 'Z');
}
