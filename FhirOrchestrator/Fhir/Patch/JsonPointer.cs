using System.Globalization;
using FhirOrchestrator.Fhir.Json;

namespace FhirOrchestrator.Fhir.Patch;

/// <summary>A JSON Pointer (RFC 6901): names and indexes from the root of a document to a value in it.</summary>
internal sealed class JsonPointer
{
    private JsonPointer(string text, ImmutableArray<string> tokens) => (Text, Tokens) = (text, tokens);

    /// <summary>The pointer as it was written.</summary>
    public string Text { get; }

    /// <summary>Its parts, unescaped; none for the whole document.</summary>
    public ImmutableArray<string> Tokens { get; }

    /// <summary>The pointer that a text is, null where it is none.</summary>
    public static JsonPointer? Parse(string text)
    {
        if (text.Length == 0)
        {
            return new JsonPointer(text, []);
        }

        if (text[0] != '/')
        {
            return null;
        }

        var tokens = text[1..].Split('/');
        for (var at = 0; at < tokens.Length; at++)
        {
            if (Unescape(tokens[at]) is not { } token)
            {
                return null;
            }

            tokens[at] = token;
        }

        return new JsonPointer(text, [.. tokens]);
    }

    /// <summary>The value that it points at, null where there is none.</summary>
    public Node? Find(Node document)
    {
        Node? at = document;
        foreach (var token in Tokens)
        {
            at = at switch
            {
                ObjectNode node => node[token],
                ArrayNode node => Index(token) is { } index && index < node.Items.Length ? node.Items[index] : null,
                _ => null,
            };
            if (at is null)
            {
                return null;
            }
        }

        return at;
    }

    /// <summary>True where the other points into what this points at.</summary>
    public bool IsAbove(JsonPointer other) =>
        other.Tokens.Length > Tokens.Length && other.Tokens.AsSpan(0, Tokens.Length).SequenceEqual(Tokens.AsSpan());

    /// <summary>The index that a part is; null for anything else, and for one with a zero before it.</summary>
    public static int? Index(string token) =>
        (token.Length == 1 || token is not ['0', ..])
        && int.TryParse(token, NumberStyles.None, CultureInfo.InvariantCulture, out var index)
            ? index
            : null;

    public override string ToString() => Text;

    // ~1 first: "~01" is the name "~1" (RFC 6901, 4).
    private static string? Unescape(string token)
    {
        for (var at = token.IndexOf('~', StringComparison.Ordinal); at >= 0; at = token.IndexOf('~', at + 1))
        {
            if (at + 1 == token.Length || token[at + 1] is not ('0' or '1'))
            {
                return null;
            }
        }

        return token.Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal);
    }
}
