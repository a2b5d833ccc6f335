namespace FhirOrchestrator.Fhir;

/// <summary>
/// A literal reference, taken apart (R4, references): <c>[base/]Type/id[/_history/version]</c>, a fragment
/// <c>#id</c>, or another URI such as <c>urn:uuid:…</c>. References are compared in this form, never as text.
/// </summary>
/// <param name="Base">The server's base URL without a slash at its end; null for a relative reference.</param>
/// <param name="Type">The resource type, null for a fragment or another URI.</param>
/// <param name="Id">The id, or the fragment's id; null for another URI.</param>
/// <param name="Version">The version, null where the reference names none.</param>
/// <param name="Text">The reference as it was written.</param>
internal sealed record ResourceReference(string? Base, string? Type, string? Id, string? Version, string Text)
{
    /// <summary>True for a fragment: the target is contained.</summary>
    public bool IsContained => Type is null && Id is not null;

    /// <summary><c>Type/id</c>, null where the reference is no literal one to a resource.</summary>
    public string? Path => Type is null ? null : $"{Type}/{Id}";

    /// <summary>Takes a reference apart; whatever it does not understand is another URI.</summary>
    public static ResourceReference Parse(string text)
    {
        if (text.StartsWith('#'))
        {
            return new(null, null, text[1..], null, text);
        }

        var parts = text.Split('/');
        var end = parts.Length;
        string? version = null;
        if (end >= 4 && parts[end - 2] == "_history")
        {
            version = parts[end - 1];
            end -= 2;
        }

        if (end < 2 || !IsType(parts[end - 2]) || !IsId(parts[end - 1]))
        {
            return new(null, null, null, null, text);
        }

        var origin = end == 2 ? null : string.Join('/', parts, 0, end - 2);
        var isUrl = origin is null
            || origin.StartsWith("http://", StringComparison.OrdinalIgnoreCase)
            || origin.StartsWith("https://", StringComparison.OrdinalIgnoreCase);
        return isUrl ? new(origin, parts[end - 2], parts[end - 1], version, text) : new(null, null, null, null, text);
    }

    /// <summary>The literal reference of a Reference element, null where it has none.</summary>
    public static ResourceReference? Of(Json.ObjectNode? reference) =>
        reference?.Text("reference") is { Length: > 0 } text ? Parse(text) : null;

    /// <summary>
    /// True for text that may be an id (R4, datatypes, id: up to 64 letters, digits, <c>-</c> and <c>.</c>).
    /// </summary>
    public static bool IsId(string text) =>
        text.Length is >= 1 and <= 64 && !text.AsSpan().ContainsAnyExcept(IdCharacters);

    private static readonly System.Buffers.SearchValues<char> IdCharacters =
        System.Buffers.SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-.");

    private static bool IsType(string text) =>
        text.Length >= 4 && char.IsAsciiLetterUpper(text[0]) && text.All(char.IsAsciiLetter);
}
