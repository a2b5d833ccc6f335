using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.Intrinsics;

namespace FhirOrchestrator.Fhir.Json;

/// <summary>How far the parts of JSON reach (RFC 8259): many bytes at once where there are many.</summary>
internal static class JsonScan
{
    private const ulong EightSpaces = 0x2020202020202020;

    /// <summary>The next quote, backslash or control character from a byte on, or the end.</summary>
    public static int StringStop(ReadOnlySpan<byte> utf8, int at)
    {
        while (at <= utf8.Length - Vector128<byte>.Count)
        {
            var block = Vector128.Create(utf8.Slice(at, Vector128<byte>.Count));
            var stops = Vector128.Equals(block, Vector128.Create((byte)'"'))
                | Vector128.Equals(block, Vector128.Create((byte)'\\'))
                | Vector128.LessThan(block, Vector128.Create((byte)' '));
            var bits = stops.ExtractMostSignificantBits();
            if (bits != 0)
            {
                return at + BitOperations.TrailingZeroCount(bits);
            }

            at += Vector128<byte>.Count;
        }

        while (at < utf8.Length && utf8[at] is not ((byte)'"' or (byte)'\\' or < (byte)' '))
        {
            at++;
        }

        return at;
    }

    /// <summary>The first byte from one on that is no white space, or the end.</summary>
    public static int Space(ReadOnlySpan<byte> utf8, int at)
    {
        while (at < utf8.Length)
        {
            // Indentation comes in runs: the spaces of eight bytes are counted at once.
            if (at <= utf8.Length - 8)
            {
                var others = BinaryPrimitives.ReadUInt64LittleEndian(utf8[at..]) ^ EightSpaces;
                at += BitOperations.TrailingZeroCount(others) / 8;
                if (others == 0)
                {
                    continue;
                }
            }

            if (utf8[at] is not ((byte)' ' or (byte)'\n' or (byte)'\r' or (byte)'\t'))
            {
                break;
            }

            at++;
        }

        return at;
    }

    /// <summary>Goes behind a number, or to the byte that makes it none.</summary>
    public static bool Number(ReadOnlySpan<byte> utf8, ref int at)
    {
        at += utf8[at] == '-' ? 1 : 0;

        // A whole part begins with 0 only where it is 0.
        var isZero = at < utf8.Length && utf8[at] == '0';
        at += isZero ? 1 : 0;
        if (!isZero && !Digits(utf8, ref at))
        {
            return false;
        }

        if (at < utf8.Length && utf8[at] == '.')
        {
            at++;
            if (!Digits(utf8, ref at))
            {
                return false;
            }
        }

        if (at >= utf8.Length || utf8[at] is not ((byte)'e' or (byte)'E'))
        {
            return true;
        }

        at++;
        at += at < utf8.Length && utf8[at] is (byte)'+' or (byte)'-' ? 1 : 0;
        return Digits(utf8, ref at);
    }

    private static bool Digits(ReadOnlySpan<byte> utf8, ref int at)
    {
        var start = at;
        while (at < utf8.Length && char.IsAsciiDigit((char)utf8[at]))
        {
            at++;
        }

        return at > start;
    }
}
