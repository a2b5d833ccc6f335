using System.IO.Compression;
using System.Text.Json;

namespace FhirOrchestrator.Fhir.Definitions;

/// <summary>The files of the digest inside the assembly; the verb <c>digest</c> writes them.</summary>
internal static class EmbeddedFile
{
    /// <summary>Unpacks and parses a file; milliseconds.</summary>
    /// <exception cref="InvalidOperationException">The assembly was built without it.</exception>
    public static JsonElement Read(string name)
    {
        using var packed = typeof(EmbeddedFile).Assembly.GetManifestResourceStream($"Definitions/{name}")
            ?? throw new InvalidOperationException($"expected the embedded file Definitions/{name}, got none");
        using var gzip = new GZipStream(packed, CompressionMode.Decompress);
        using var plain = new MemoryStream(1_500_000);
        gzip.CopyTo(plain);
        return JsonElement.Parse(plain.GetBuffer().AsSpan(0, (int)plain.Length));
    }
}
