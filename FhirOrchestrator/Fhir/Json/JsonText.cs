using System.Buffers;
using System.Diagnostics;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Unicode;

namespace FhirOrchestrator.Fhir.Json;

/// <summary>Why bytes are not a JSON value that may be worked with, and at which byte.</summary>
internal sealed record JsonProblem(string Message, long Offset);

/// <summary>What reading gave: a value, or the problem that forbids it.</summary>
internal readonly record struct Parsed<T>(T? Value, JsonProblem? Problem)
    where T : class
{
    /// <summary>True, and the value, where reading succeeded.</summary>
    public bool Succeeded([System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out T? value)
    {
        value = Value;
        return value is not null;
    }
}

/// <summary>
/// Reads and writes JSON bytes. Stricter than JSON where leniency would let two readers see two things: duplicate
/// names, invalid UTF-8, lone surrogates and U+0000 are problems; so is nesting deeper than <see cref="DepthMax"/>.
/// </summary>
internal static class JsonText
{
    /// <summary>The deepest nesting that is read, in levels.</summary>
    public const int DepthMax = 128;

    // Up to here comparing each name with all before it is the fastest; beyond, a hostile object would take hours.
    private const int ComparedMax = 32;

    private static readonly JsonWriterOptions Compact =
        new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, MaxDepth = DepthMax * 2, SkipValidation = true };

    private static readonly JsonWriterOptions Indented =
        new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, MaxDepth = DepthMax * 2, Indented = true };

    /// <summary>Reads one JSON value that fills the bytes given; a byte order mark before it is skipped.</summary>
    public static Parsed<Node> Read(ReadOnlySpan<byte> utf8)
    {
        if (utf8.StartsWith(Encoding.UTF8.Preamble))
        {
            utf8 = utf8[Encoding.UTF8.Preamble.Length..];
        }

        if (!Utf8.IsValid(utf8))
        {
            return Failed("expected UTF-8, got a byte sequence that is none", 0);
        }

        var reader = new Utf8JsonReader(utf8, new JsonReaderOptions { MaxDepth = DepthMax });
        try
        {
            if (!reader.Read())
            {
                return Failed("expected a JSON value, got nothing", 0);
            }

            var value = ReadValue(ref reader);
            return reader.Read()
                ? Failed("expected one JSON value, got more", reader.TokenStartIndex)
                : new(value, null);
        }
        catch (JsonException broken)
        {
            return Failed(Plain(broken), reader.BytesConsumed);
        }
        catch (InvalidOperationException)
        {
            return Failed("expected Unicode text, got a lone surrogate", reader.TokenStartIndex);
        }
    }

    /// <summary>The value as compact UTF-8.</summary>
    public static byte[] Write(Node value)
    {
        var buffer = new ArrayBufferWriter<byte>(1024);
        using (var writer = new Utf8JsonWriter(buffer, Compact))
        {
            WriteValue(writer, value);
        }

        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>The value as text, compact or for people.</summary>
    public static string WriteString(Node value, bool indented = false)
    {
        var buffer = new ArrayBufferWriter<byte>(1024);
        using (var writer = new Utf8JsonWriter(buffer, indented ? Indented : Compact))
        {
            WriteValue(writer, value);
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    private static Parsed<Node> Failed(string message, long offset) => new(null, new JsonProblem(message, offset));

    // The reader's messages quote the input, which may be patient data: only what kind of thing was wrong is kept.
    private static string Plain(JsonException broken)
    {
        var text = broken.Message;
        return broken is RefusedJsonException ? text
            : text.StartsWith("The maximum configured depth", StringComparison.Ordinal)
                ? $"expected at most {DepthMax} levels of nesting, got more"
            : text.StartsWith("Expected depth to be zero", StringComparison.Ordinal)
                || text.Contains("end of data", StringComparison.OrdinalIgnoreCase)
                || text.Contains("end of string", StringComparison.OrdinalIgnoreCase)
                || text.Contains("incomplete", StringComparison.OrdinalIgnoreCase)
                ? "expected the rest of the JSON value, got its end"
            : "expected JSON, got something else";
    }

    private static Node ReadValue(ref Utf8JsonReader reader) => reader.TokenType switch
    {
        JsonTokenType.StartObject => ReadObject(ref reader),
        JsonTokenType.StartArray => ReadArray(ref reader),
        JsonTokenType.String => new TextNode(ReadText(ref reader)),
        JsonTokenType.Number => new NumberNode(Encoding.UTF8.GetString(reader.ValueSpan)),
        JsonTokenType.True => BooleanNode.True,
        JsonTokenType.False => BooleanNode.False,
        JsonTokenType.Null => NullNode.Instance,
        _ => throw new UnreachableException(),
    };

    private static string ReadText(ref Utf8JsonReader reader)
    {
        var text = reader.GetString() ?? "";
        return text.Contains('\0', StringComparison.Ordinal)
            ? throw new RefusedJsonException("expected text, got U+0000 in it")
            : text;
    }

    private static ObjectNode ReadObject(ref Utf8JsonReader reader)
    {
        var members = ImmutableArray.CreateBuilder<Member>(8);
        HashSet<string>? names = null;
        while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
        {
            var name = NameTable.Get(ref reader);
            if (members.Count == ComparedMax)
            {
                names = [.. members.Select(member => member.Name)];
            }

            if (names is null ? IsAmong(members, name) : !names.Add(name))
            {
                throw new RefusedJsonException("expected each name once in an object, got one twice");
            }

            reader.Read();
            members.Add(new Member(name, ReadValue(ref reader)));
        }

        return members.Count == 0 ? ObjectNode.Empty : new ObjectNode(members.DrainToImmutable());
    }

    private static bool IsAmong(ImmutableArray<Member>.Builder members, string name)
    {
        foreach (var earlier in members)
        {
            if (string.Equals(earlier.Name, name, StringComparison.Ordinal))
            {
                return true;
            }
        }

        return false;
    }

    private static ArrayNode ReadArray(ref Utf8JsonReader reader)
    {
        var items = ImmutableArray.CreateBuilder<Node>(4);
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            items.Add(ReadValue(ref reader));
        }

        return new ArrayNode(items.DrainToImmutable());
    }

    private static void WriteValue(Utf8JsonWriter writer, Node value)
    {
        switch (value)
        {
            case ObjectNode node:
                writer.WriteStartObject();
                foreach (var member in node.Members)
                {
                    writer.WritePropertyName(member.Name);
                    WriteValue(writer, member.Value);
                }

                writer.WriteEndObject();
                break;
            case ArrayNode node:
                writer.WriteStartArray();
                foreach (var item in node.Items)
                {
                    WriteValue(writer, item);
                }

                writer.WriteEndArray();
                break;
            case TextNode node:
                writer.WriteStringValue(node.Value);
                break;
            case NumberNode node:
                writer.WriteRawValue(node.Text, skipInputValidation: true);
                break;
            case BooleanNode node:
                writer.WriteBooleanValue(node.Value);
                break;
            case NullNode:
                writer.WriteNullValue();
                break;
            default:
                throw new UnreachableException();
        }
    }

    // A JsonException of ours, whose message is safe to show.
    private sealed class RefusedJsonException(string message) : JsonException(message);
}
