using System.Globalization;
using FhirOrchestrator.Fhir.Json;

namespace FhirOrchestrator.Fhir.Profiles;

/// <summary>Values against fixed values, patterns and bounds (R4, ElementDefinition).</summary>
internal static class ValueMatch
{
    /// <summary>True where both are the same, to the last member; members may stand in another order.</summary>
    public static bool IsSame(Node? value, Node expected) => (value, expected) switch
    {
        (TextNode one, TextNode other) => one.Value == other.Value,
        (NumberNode one, NumberNode other) => one.Text == other.Text,
        (BooleanNode one, BooleanNode other) => one.Value == other.Value,
        (ArrayNode one, ArrayNode other) => one.Items.Length == other.Items.Length
            && one.Items.Zip(other.Items).All(pair => IsSame(pair.First, pair.Second)),
        (ObjectNode one, ObjectNode other) => one.Members.Length == other.Members.Length
            && other.Members.All(member => IsSame(one[member.Name], member.Value)),
        _ => false,
    };

    /// <summary>True where the value has at least what the pattern has; of lists in any order.</summary>
    public static bool Fits(Node? value, Node pattern) => (value, pattern) switch
    {
        (ArrayNode list, ArrayNode wanted) =>
            wanted.Items.All(item => list.Items.Any(each => Fits(each, item))),
        (ObjectNode one, ObjectNode wanted) => wanted.Members.All(member => Fits(one[member.Name], member.Value)),
        (null, _) => false,
        _ => IsSame(value, pattern),
    };

    /// <summary>
    /// How a value stands to a bound: less, the same or more; null where they cannot be compared (another unit, another
    /// precision).
    /// </summary>
    public static int? Compare(Node? value, Node bound) => (value, bound) switch
    {
        (NumberNode one, NumberNode other) => Number(one) is { } left && Number(other) is { } right
            ? left.CompareTo(right)
            : null,
        (TextNode one, TextNode other) when one.Value.Length == other.Value.Length
            && (one.Value.Length <= 10 || one.Value[^1] == other.Value[^1]) =>
            string.CompareOrdinal(one.Value, other.Value),
        (ObjectNode one, ObjectNode other) when one.Text("code") == other.Text("code")
            && one.Text("system") == other.Text("system") && other["value"] is { } limit =>
            Compare(one["value"], limit),
        _ => null,
    };

    private static decimal? Number(NumberNode node) =>
        decimal.TryParse(node.Text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) ? number : null;
}
