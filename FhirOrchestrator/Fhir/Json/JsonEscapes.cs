using System.Globalization;
using System.Text;

namespace FhirOrchestrator.Fhir.Json;

/// <summary>The escapes in a JSON string (RFC 8259, 7).</summary>
internal static class JsonEscapes
{
    private const string Broken = "expected JSON, got something else";
    private const string Truncated = "expected the rest of the JSON value, got its end";

    /// <summary>The length of the escape that the text begins with, both halves of a surrogate pair together.</summary>
    /// <param name="text">Begins with a backslash.</param>
    /// <param name="wrong">What is wrong with the escape, null where nothing is.</param>
    public static int Length(ReadOnlySpan<byte> text, out string? wrong)
    {
        wrong = null;
        if (text.Length < 2)
        {
            wrong = Truncated;
            return 0;
        }

        if (text[1] != 'u')
        {
            wrong = "\"\\/bfnrt"u8.Contains(text[1]) ? null : Broken;
            return 2;
        }

        var unit = Unit(text, ref wrong);
        if (wrong is null && unit == 0)
        {
            wrong = "expected text, got U+0000 in it";
        }

        if (wrong is not null || !char.IsSurrogate(unit))
        {
            return 6;
        }

        var rest = text[6..];
        if (rest.Length < 2 && "\\u"u8.StartsWith(rest))
        {
            wrong = Truncated;
            return 6;
        }

        var second = rest.StartsWith("\\u"u8) ? Unit(rest, ref wrong) : '\0';
        if (wrong is null && !char.IsSurrogatePair(unit, second))
        {
            wrong = "expected Unicode text, got a lone surrogate";
        }

        return 12;
    }

    /// <summary>The text that an escaped string stands for.</summary>
    /// <param name="escaped">What stands between the quotes; every escape in it was found right.</param>
    public static string Decode(ReadOnlySpan<byte> escaped)
    {
        var text = new StringBuilder(escaped.Length);
        while (true)
        {
            var at = escaped.IndexOf((byte)'\\');
            var plain = at < 0 ? escaped : escaped[..at];
            text.Append(Encoding.UTF8.GetString(plain));
            if (at < 0)
            {
                return text.ToString();
            }

            var sign = escaped[at + 1];
            string? wrong = null;
            text.Append(sign switch
            {
                (byte)'u' => Unit(escaped[at..], ref wrong),
                (byte)'b' => '\b',
                (byte)'f' => '\f',
                (byte)'n' => '\n',
                (byte)'r' => '\r',
                (byte)'t' => '\t',
                _ => (char)sign,
            });
            escaped = escaped[(at + (sign == 'u' ? 6 : 2))..];
        }
    }

    private static char Unit(ReadOnlySpan<byte> escape, ref string? wrong)
    {
        var digits = escape[2..Math.Min(6, escape.Length)];
        foreach (var digit in digits)
        {
            if (!char.IsAsciiHexDigit((char)digit))
            {
                wrong = Broken;
                return '\0';
            }
        }

        if (digits.Length < 4)
        {
            wrong = Truncated;
            return '\0';
        }

        return (char)ushort.Parse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
    }
}
