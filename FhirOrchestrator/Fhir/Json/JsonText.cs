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
/// Reads and writes JSON bytes (RFC 8259). Stricter than JSON where leniency would let two readers see two things:
/// duplicate names, invalid UTF-8, lone surrogates and U+0000 are problems; so is nesting deeper than
/// <see cref="DepthMax"/>.
/// </summary>
internal static class JsonText
{
    /// <summary>The deepest nesting that is read, in levels.</summary>
    public const int DepthMax = 128;

    private static readonly JsonWriterOptions Indented =
        new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, MaxDepth = DepthMax * 2, Indented = true };

    /// <summary>Reads one JSON value that fills the bytes given; a byte order mark before it is skipped.</summary>
    public static Parsed<Node> Read(ReadOnlySpan<byte> utf8)
    {
        if (utf8.StartsWith(Encoding.UTF8.Preamble))
        {
            utf8 = utf8[Encoding.UTF8.Preamble.Length..];
        }

        return Utf8.IsValid(utf8)
            ? JsonReading.Read(utf8)
            : new(null, new JsonProblem("expected UTF-8, got a byte sequence that is none", 0));
    }

    /// <summary>The value as compact UTF-8.</summary>
    public static byte[] Write(Node value)
    {
        using var writing = new JsonWriting();
        writing.Write(value);
        return writing.Written.ToArray();
    }

    /// <summary>The value as text, compact or for people.</summary>
    public static string WriteString(Node value, bool indented = false)
    {
        if (!indented)
        {
            using var writing = new JsonWriting();
            writing.Write(value);
            return Encoding.UTF8.GetString(writing.Written);
        }

        var buffer = new System.Buffers.ArrayBufferWriter<byte>(1024);
        using (var writer = new Utf8JsonWriter(buffer, Indented))
        {
            WriteIndented(writer, value);
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    private static void WriteIndented(Utf8JsonWriter writer, Node value)
    {
        switch (value)
        {
            case ObjectNode node:
                writer.WriteStartObject();
                foreach (var member in node.Members)
                {
                    writer.WritePropertyName(member.Name);
                    WriteIndented(writer, member.Value);
                }

                writer.WriteEndObject();
                break;
            case ArrayNode node:
                writer.WriteStartArray();
                foreach (var item in node.Items)
                {
                    WriteIndented(writer, item);
                }

                writer.WriteEndArray();
                break;
            default:
                writer.WriteRawValue(Write(value), skipInputValidation: true);
                break;
        }
    }
}
