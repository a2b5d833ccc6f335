using System.Buffers.Binary;
using System.Text;

namespace FhirOrchestrator.Fhir.Json;

/// <summary>
/// Shares the strings of member names, so that a thousand resources hold one "resourceType". A table of fixed size with
/// two places for each name: a collision only costs a string; a race only repeats work.
/// </summary>
internal static class NameTable
{
    private const int SlotBits = 12;
    private const int NameBytesMax = 64;
    private static readonly Name?[] Shared = new Name?[1 << SlotBits];

    /// <summary>A name, with what tells it apart quickly.</summary>
    /// <param name="text">The name.</param>
    /// <param name="hash">Equal for equal names.</param>
    /// <param name="first">The first bytes.</param>
    /// <param name="last">The last bytes; both together are all of a name of up to 16.</param>
    /// <param name="length">In bytes.</param>
    /// <param name="quoted">With its quotes.</param>
    internal sealed class Name(string text, uint hash, ulong first, ulong last, int length, byte[] quoted)
    {
        // A place and not the name itself: a hostile document's names would hold one another for ever.
        private int _next;

        /// <summary>As it stands in JSON, quotes and all.</summary>
        public ReadOnlySpan<byte> Quoted => quoted;

        /// <summary>What followed it the last time, if that is known: objects of one kind are alike.</summary>
        public Name? Likely => Shared[_next];

        /// <summary>Remembers what followed it.</summary>
        public void Precedes(Name next) => _next = next.Place;

        private int Place => (int)(hash >> (32 - SlotBits));

        public string Text => text;

        public uint Hash => hash;

        public bool Is(ReadOnlySpan<byte> utf8, ulong itsFirst, ulong itsLast) =>
            first == itsFirst && last == itsLast && length == utf8.Length
            && (length <= 16 || Ascii.Equals(utf8, text));
    }

    /// <summary>The name that bytes of UTF-8 stand for.</summary>
    public static Name Get(ReadOnlySpan<byte> utf8)
    {
        var (first, last) = Ends(utf8);
        var mixed = ((first * 0x9E3779B97F4A7C15) ^ (last + (uint)utf8.Length)) * 0xC2B2AE3D27D4EB4F;
        var hash = (uint)(mixed >> 32);
        var at = hash >> (32 - SlotBits);
        if (Shared[at] is { } known && known.Is(utf8, first, last))
        {
            return known;
        }

        // Two names that fall on one slot must not drive each other out for ever.
        if (Shared[at ^ 1] is { } second && second.Is(utf8, first, last))
        {
            return second;
        }

        var made = new Name(
            Encoding.UTF8.GetString(utf8), hash, first, last, utf8.Length, [(byte)'"', .. utf8, (byte)'"']);

        // One that JSON must escape never stands between plain quotes, as a shared one is looked for.
        if (utf8.Length <= NameBytesMax && JsonScan.StringStop(utf8, 0) == utf8.Length)
        {
            Shared[at ^ 1] = Shared[at];
            Shared[at] = made;
        }

        return made;
    }

    private static (ulong First, ulong Last) Ends(ReadOnlySpan<byte> utf8)
    {
        if (utf8.Length >= 8)
        {
            return (BinaryPrimitives.ReadUInt64LittleEndian(utf8), BinaryPrimitives.ReadUInt64LittleEndian(utf8[^8..]));
        }

        if (utf8.Length >= 4)
        {
            return (BinaryPrimitives.ReadUInt32LittleEndian(utf8), BinaryPrimitives.ReadUInt32LittleEndian(utf8[^4..]));
        }

        var all = 0UL;
        foreach (var each in utf8)
        {
            all = (all << 8) | each;
        }

        return (all, 0);
    }
}
