using System.Globalization;
using System.Numerics;
using FhirOrchestrator.Fhir.Json;

namespace FhirOrchestrator.Fhir.Patch;

/// <summary>
/// Equality of JSON values (RFC 6902, 4.6): the order of members and the form of numbers do not count.
/// </summary>
internal static class JsonEquality
{
    // Beyond so many digits an exponent is compared as text: no number of a resource has one.
    private const int ExponentDigitsMax = 100;

    public static bool AreEqual(Node left, Node right) => (left, right) switch
    {
        (TextNode a, TextNode b) => string.Equals(a.Value, b.Value, StringComparison.Ordinal),
        (NumberNode a, NumberNode b) => AreEqualNumbers(a.Text, b.Text),
        (BooleanNode a, BooleanNode b) => a.Value == b.Value,
        (NullNode, NullNode) => true,
        (ArrayNode a, ArrayNode b) => a.Items.Length == b.Items.Length
            && a.Items.Zip(b.Items).All(pair => AreEqual(pair.First, pair.Second)),
        (ObjectNode a, ObjectNode b) => AreEqualObjects(a, b),
        _ => false,
    };

    private static bool AreEqualObjects(ObjectNode left, ObjectNode right)
    {
        if (left.Members.Length != right.Members.Length)
        {
            return false;
        }

        var others = right.Members.ToDictionary(member => member.Name, member => member.Value, StringComparer.Ordinal);
        return left.Members.All(member =>
            others.TryGetValue(member.Name, out var other) && AreEqual(member.Value, other));
    }

    private static bool AreEqualNumbers(string left, string right) =>
        string.Equals(left, right, StringComparison.Ordinal) || Plain(left) is { } a && Plain(right) is { } b && a == b;

    // Sign, digits without zeros at either end, and the power of ten of the last digit: exact, whatever the size.
    private static (bool IsNegative, string Digits, BigInteger Power)? Plain(string number)
    {
        var isNegative = number.StartsWith('-');
        var mark = number.IndexOfAny(['e', 'E']);
        var exponent = mark < 0 ? "0" : number[(mark + 1)..];
        if (exponent.Length > ExponentDigitsMax)
        {
            return null;
        }

        var mantissa = (mark < 0 ? number : number[..mark]).TrimStart('-');
        var dot = mantissa.IndexOf('.', StringComparison.Ordinal);
        var fraction = dot < 0 ? 0 : mantissa.Length - dot - 1;
        var digits = mantissa.Replace(".", "", StringComparison.Ordinal).TrimStart('0');
        var kept = digits.TrimEnd('0');
        if (kept.Length == 0)
        {
            return (false, "", 0);
        }

        var power = BigInteger.Parse(exponent, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
        return (isNegative, kept, power - fraction + (digits.Length - kept.Length));
    }
}
