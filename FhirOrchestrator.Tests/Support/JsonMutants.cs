using System.Globalization;
using System.Text;

namespace FhirOrchestrator.Tests.Support;

/// <summary>JSON made up at random, and the same with something broken in it.</summary>
internal sealed class JsonMutants(Random random)
{
    private const int DepthMax = 6;

    private static readonly string[] Texts =
    [
        "", "a", "status", "finished", "é", "漢字", "😀", "\\u0041", "\\ud83d\\ude00", "\\\"", "\\\\", "\\/",
        "http://hl7.org/fhir/StructureDefinition/data-absent-reason", "Patient/1", "2026-11-20T10:00:00Z", "\u007f",
        "\\t", "\\n", " ",
        "a text that is long enough to be more than one block of sixteen bytes, and ends in an escape\\r",
    ];

    private static readonly string[] Names =
    [
        "resourceType", "id", "meta", "status", "code", "coding", "valueCodeableConcept", "valueCodeableConceptX",
        "_status", "extension", "url", "a", "b", "ab", "ba", "é", "\\u0061", "a\\\"b", "a\\\\",
        "value-of-thirty-two-characters-or",
    ];

    private static readonly string[] Numbers =
        ["0", "-0", "1", "10", "-1.5", "1.00", "1e3", "1E-3", "0.1e+10", "12345678901234567890.10", "9"];

    private static readonly string[] Words = ["true", "false", "null"];
    private static readonly string[] Spaces =
        ["", "", "", " ", "\n", "\r\n\t", "\n          ", "        ", "         "];

    // What readers stumble over, put in anywhere.
    private static readonly byte[][] Odd =
    [
        .. new[]
        {
            "\"", "\\", "\\u", "\\u0000", "\\ud800", "\\udc00", "\\ud83d\\u0041", "\\x", "\\u12", "{", "}", "[", "]",
            ",", ":", "00", "01", "-", ".", "1.", "1e", "+1", "NaN", "nul", "tru", "/", "//", "/**/", "'", "\0",
            "\u0001",
            "\t", "\n", "\u00a0", "\ufeff", "\u2028", "{\"a\":1,\"a\":2}", "{\"a\":1,\"\\u0061\":2}",
        }.Select(Encoding.UTF8.GetBytes),
        [0xff], [0xc0, 0x80], [0xed, 0xa0, 0x80], [0xe2, 0x82], [0xf4, 0x90, 0x80, 0x80], [0xef, 0xbb, 0xbf],
    ];

    private byte[] _last = "{}"u8.ToArray();

    /// <summary>The next input.</summary>
    public byte[] Next()
    {
        if (random.Next(400) == 0)
        {
            return Deep();
        }

        var text = new StringBuilder();
        Value(text, 0);
        Space(text);
        var made = Encoding.UTF8.GetBytes(text.ToString());
        var result = made;
        for (var times = random.Next(3); times > 0; times--)
        {
            result = Mutate(result);
        }

        _last = made;
        return result;
    }

    private byte[] Deep()
    {
        var depth = random.Next(120, 136);
        var isClosed = random.Next(2) == 0;
        var isArray = random.Next(2) == 0;
        var opening = string.Concat(Enumerable.Repeat(isArray ? "[" : "{\"a\":", depth));
        var closing = string.Concat(Enumerable.Repeat(isArray ? "]" : "}", isClosed ? depth : random.Next(depth)));
        return Encoding.UTF8.GetBytes(opening + (isArray && random.Next(2) == 0 ? "" : "1") + closing);
    }

    private byte[] Mutate(byte[] input)
    {
        var at = random.Next(input.Length + 1);
        var end = random.Next(at, Math.Min(input.Length, at + 20) + 1);
        switch (random.Next(7))
        {
            case 0:
                return [.. input.AsSpan(0, at)];
            case 1:
                return [.. input.AsSpan(0, at), .. input.AsSpan(end)];
            case 2:
                return [.. input.AsSpan(0, at), .. Odd[random.Next(Odd.Length)], .. input.AsSpan(at)];
            case 3:
                return [.. input.AsSpan(0, end), .. input.AsSpan(at)];
            case 4:
                return [.. input.AsSpan(0, at), .. _last.AsSpan(random.Next(_last.Length))];
            default:
                byte[] copy = [.. input];
                if (copy.Length > 0)
                {
                    copy[random.Next(copy.Length)] = (byte)random.Next(256);
                }

                return copy;
        }
    }

    private void Value(StringBuilder into, int depth)
    {
        Space(into);
        switch (random.Next(depth == 0 ? 2 : depth < DepthMax ? 6 : 4))
        {
            case 0 when depth < DepthMax:
                Object(into, depth);
                break;
            case 1 when depth < DepthMax:
                Array(into, depth);
                break;
            case 2:
                into.Append(random.Next(2) == 0
                    ? Pick(Numbers)
                    : random.Next(-1000, 1000).ToString(CultureInfo.InvariantCulture));
                break;
            case 3:
                into.Append(Pick(Words));
                break;
            default:
                into.Append('"');
                for (var parts = random.Next(1, 4); parts > 0; parts--)
                {
                    into.Append(Pick(Texts));
                }

                into.Append('"');
                break;
        }

        Space(into);
    }

    private void Object(StringBuilder into, int depth)
    {
        into.Append('{');
        var count = random.Next(40) == 0 ? random.Next(30, 80) : random.Next(7);
        for (var at = 0; at < count; at++)
        {
            into.Append(at == 0 ? "" : ",");
            Space(into);

            // A name twice is seldom, for it would spoil most objects.
            into.Append(CultureInfo.InvariantCulture, $"\"{Pick(Names)}{(random.Next(60) == 0 ? "" : at)}\"");
            Space(into);
            into.Append(':');
            Value(into, depth + 1);
        }

        into.Append(count == 0 ? Pick(Spaces) : "").Append('}');
    }

    private void Array(StringBuilder into, int depth)
    {
        into.Append('[');
        var count = random.Next(5);
        for (var at = 0; at < count; at++)
        {
            into.Append(at == 0 ? "" : ",");
            Value(into, depth + 1);
        }

        into.Append(count == 0 ? Pick(Spaces) : "").Append(']');
    }

    private void Space(StringBuilder into) => into.Append(Pick(Spaces));

    private string Pick(string[] from) => from[random.Next(from.Length)];
}
