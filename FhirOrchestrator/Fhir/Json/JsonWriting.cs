using System.Buffers;
using System.Diagnostics;
using System.Text.Encodings.Web;
using System.Text.Unicode;

namespace FhirOrchestrator.Fhir.Json;

/// <summary>Writes a value as compact UTF-8 into a buffer that is lent for that long.</summary>
internal struct JsonWriting() : IDisposable
{
    private static readonly JavaScriptEncoder Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping;

    private byte[] _buffer = ArrayPool<byte>.Shared.Rent(4096);
    private int _length;

    /// <summary>What has been written, until the buffer is given back.</summary>
    public readonly ReadOnlySpan<byte> Written => _buffer.AsSpan(0, _length);

    public readonly void Dispose() => ArrayPool<byte>.Shared.Return(_buffer);

    public void Write(Node value)
    {
        switch (value)
        {
            case ObjectNode node:
                Write(node);
                break;
            case ArrayNode node:
                Write(node);
                break;
            case TextNode node:
                if (node.TryPlain(out var plain))
                {
                    WriteText(plain);
                }
                else
                {
                    WriteText(node.Value);
                }

                break;
            case NumberNode node:
                Append(node.Text);
                break;
            case BooleanNode node:
                Append(node.Value ? "true"u8 : "false"u8);
                break;
            case NullNode:
                Append("null"u8);
                break;
            default:
                throw new UnreachableException();
        }
    }

    private void Write(ObjectNode node)
    {
        Append("{"u8);
        var isFirst = true;
        foreach (var member in node.Members)
        {
            if (!isFirst)
            {
                Append(","u8);
            }

            isFirst = false;
            WriteText(member.Name);
            Append(":"u8);
            Write(member.Value);
        }

        Append("}"u8);
    }

    private void Write(ArrayNode node)
    {
        Append("["u8);
        var isFirst = true;
        foreach (var item in node.Items)
        {
            if (!isFirst)
            {
                Append(","u8);
            }

            isFirst = false;
            Write(item);
        }

        Append("]"u8);
    }

    private void WriteText(string text)
    {
        var room = Room((text.Length * 3) + 2);
        Utf8.FromUtf16(text, room[1..], out _, out var length);
        if (Encoder.FindFirstCharacterToEncodeUtf8(room.Slice(1, length)) < 0)
        {
            room[0] = (byte)'"';
            room[length + 1] = (byte)'"';
            _length += length + 2;
            return;
        }

        var utf8 = room.Slice(1, length).ToArray();
        WriteEscaped(utf8);
    }

    private void WriteText(ReadOnlySpan<byte> utf8)
    {
        if (Encoder.FindFirstCharacterToEncodeUtf8(utf8) >= 0)
        {
            WriteEscaped(utf8);
            return;
        }

        var room = Room(utf8.Length + 2);
        room[0] = (byte)'"';
        utf8.CopyTo(room[1..]);
        room[utf8.Length + 1] = (byte)'"';
        _length += utf8.Length + 2;
    }

    private void WriteEscaped(ReadOnlySpan<byte> utf8)
    {
        Append("\""u8);
        while (!utf8.IsEmpty)
        {
            var room = Room(Math.Max(256, utf8.Length * 2));
            Encoder.EncodeUtf8(utf8, room, out var read, out var written);
            utf8 = utf8[read..];
            _length += written;
        }

        Append("\""u8);
    }

    private void Append(ReadOnlySpan<byte> utf8)
    {
        utf8.CopyTo(Room(utf8.Length));
        _length += utf8.Length;
    }

    // A number: ASCII.
    private void Append(string text)
    {
        Utf8.FromUtf16(text, Room(text.Length * 3), out _, out var length);
        _length += length;
    }

    private Span<byte> Room(int bytes)
    {
        if (_buffer.Length - _length < bytes)
        {
            var larger = ArrayPool<byte>.Shared.Rent(Math.Max(_buffer.Length * 2, _length + bytes));
            _buffer.AsSpan(0, _length).CopyTo(larger);
            ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = larger;
        }

        return _buffer.AsSpan(_length);
    }
}
