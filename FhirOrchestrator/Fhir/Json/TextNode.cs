using System.Text;

namespace FhirOrchestrator.Fhir.Json;

/// <summary>A JSON string. One that was read stays the bytes that it came in until it is asked for.</summary>
internal sealed class TextNode : Node
{
    /// <summary>The text of no characters: legal JSON, never legal FHIR.</summary>
    public static readonly TextNode Empty = new("");

    private readonly int _start;

    // The complement where the bytes hold escapes: a field of its own would take eight bytes more in every text.
    private readonly int _length;

    // A string, or the block of UTF-8 until the string was asked for. Two threads that ask at once make two equal ones.
    private object _content;

    public TextNode(string value) => _content = value;

    /// <summary>A text in a block of UTF-8, with or without escapes.</summary>
    internal TextNode(byte[] block, int start, int length, bool isEscaped) =>
        (_content, _start, _length) = (block, start, isEscaped ? ~length : length);

    /// <summary>The text.</summary>
    public string Value => _content as string ?? Decode();

    /// <summary>True, and the text's UTF-8, where it is at hand without escapes.</summary>
    internal bool TryPlain(out ReadOnlySpan<byte> utf8)
    {
        if (_length >= 0 && _content is byte[] block)
        {
            utf8 = block.AsSpan(_start, _length);
            return true;
        }

        utf8 = default;
        return false;
    }

    private string Decode()
    {
        if (_content is not byte[] block)
        {
            return (string)_content;
        }

        var value = _length < 0
            ? JsonEscapes.Decode(block.AsSpan(_start, ~_length))
            : Encoding.UTF8.GetString(block, _start, _length);
        _content = value;
        return value;
    }
}
