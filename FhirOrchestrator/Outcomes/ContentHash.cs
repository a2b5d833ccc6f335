using System.Globalization;
using System.Security.Cryptography;
using FhirOrchestrator.Fhir.Json;

namespace FhirOrchestrator.Outcomes;

/// <summary>
/// The hash by which our own write is known again when it comes back. It covers everything that a person could have
/// changed, so that an edit is never taken for ours, and leaves out what servers set themselves: <c>id</c>, <c>meta</c>
/// and the narrative. The order of members, the version in a reference and the form of an instant do not count, because
/// servers change them.
/// </summary>
internal static class ContentHash
{
    /// <summary>SHA-256 of the canonical content, 64 lower-case hex digits.</summary>
    public static string Of(Resource resource)
    {
        var content = resource.Root.With("id", null).With("meta", null).With("text", null);
        return Convert.ToHexStringLower(SHA256.HashData(JsonText.Write(Canonical(content))));
    }

    /// <summary>The value with members sorted, references without version, instants in one form.</summary>
    public static Node Canonical(Node value) => Canonical(value, null);

    private static Node Canonical(Node value, string? name) => value switch
    {
        ObjectNode node => new ObjectNode(
            [.. node.Members
                .OrderBy(member => member.Name, StringComparer.Ordinal)
                .Select(member => new Member(member.Name, Canonical(member.Value, member.Name)))]),
        ArrayNode node => new ArrayNode([.. node.Items.Select(item => Canonical(item, name))]),
        TextNode { Value: var text } when name == "reference" => new TextNode(WithoutVersion(text)),
        TextNode { Value: var text } when IsInstant(text) && Resource.Instant(text) is { } at =>
            new TextNode(at.UtcDateTime.ToString("O", CultureInfo.InvariantCulture)),
        _ => value,
    };

    private static string WithoutVersion(string reference)
    {
        var at = reference.IndexOf("/_history/", StringComparison.Ordinal);
        return at < 0 ? reference : reference[..at];
    }

    private static bool IsInstant(string text) =>
        text.Length is >= 20 and <= 40 && text[4] == '-' && text[7] == '-' && text[10] == 'T' && text[13] == ':';
}
