using System.Text;
using System.Text.Json;

namespace FhirOrchestrator.Fhir.Json;

/// <summary>
/// Shares the strings of member names, so that a thousand resources hold one "resourceType". A direct-mapped table of
/// fixed size: a collision only costs a string; a race only repeats work.
/// </summary>
internal static class NameTable
{
    private const int Slots = 4096;
    private const int NameBytesMax = 64;
    private static readonly string?[] Shared = new string?[Slots];

    /// <summary>The name that the reader stands on.</summary>
    public static string Get(ref Utf8JsonReader reader)
    {
        if (reader.ValueIsEscaped || reader.ValueSpan.Length > NameBytesMax)
        {
            return reader.GetString() ?? "";
        }

        var bytes = reader.ValueSpan;
        var hash = 2166136261u;
        foreach (var each in bytes)
        {
            hash = (hash ^ each) * 16777619u;
        }

        ref var slot = ref Shared[hash % Slots];
        var known = slot;
        if (known is not null && Ascii.Equals(bytes, known))
        {
            return known;
        }

        return slot = Encoding.UTF8.GetString(bytes);
    }
}
