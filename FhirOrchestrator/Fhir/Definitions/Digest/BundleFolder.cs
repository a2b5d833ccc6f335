using System.IO.Compression;
using FhirOrchestrator.Fhir.Definitions.Packages;
using FhirOrchestrator.Fhir.Json;

namespace FhirOrchestrator.Fhir.Definitions.Digest;

/// <summary>The official bundles cannot be read, or are not those of FHIR 4.0.1; the message says why.</summary>
internal sealed class DigestException(string message) : Exception(message);

/// <summary>
/// The folder of the official definition bundles of FHIR 4.0.1: <c>profiles-resources.json</c> and the others, as they
/// are published or compressed with gzip (<c>.json.gz</c>).
/// </summary>
internal sealed class BundleFolder(string folder)
{
    /// <summary>The largest bundle read, in bytes after decompression.</summary>
    public const int BundleBytesMax = 128 << 20;

    /// <summary>The resources of a bundle, in its order.</summary>
    /// <exception cref="DigestException">The file is absent, too large, no JSON or no Bundle.</exception>
    public ImmutableArray<ObjectNode> Resources(string name)
    {
        var bytes = Bytes(name);
        var (value, problem) = JsonText.Read(bytes);
        if (value is not ObjectNode bundle)
        {
            throw new DigestException(
                $"expected a JSON object in {name}.json, got {problem?.Message ?? "another value"}");
        }

        if (bundle.Text("resourceType") != "Bundle")
        {
            throw new DigestException(
                $"expected a Bundle in {name}.json, got {bundle.Text("resourceType") ?? "no resourceType"}");
        }

        return [.. bundle.Children("entry").Select(entry => entry.Child("resource")).OfType<ObjectNode>()];
    }

    private byte[] Bytes(string name)
    {
        var plain = System.IO.Path.Combine(folder, $"{name}.json");
        var packed = $"{plain}.gz";
        var file = File.Exists(plain) ? plain : packed;
        if (!File.Exists(file))
        {
            throw new DigestException($"expected {name}.json or {name}.json.gz in {folder}, got neither");
        }

        using var read = File.OpenRead(file);
        using Stream unpacked = file == packed ? new GZipStream(read, CompressionMode.Decompress) : read;
        using var bytes = new MemoryStream();
        try
        {
            using var capped = new CappedStream(unpacked, BundleBytesMax);
            capped.CopyTo(bytes);
        }
        catch (InvalidDataException broken)
        {
            throw new DigestException(
                $"expected gzip of at most {BundleBytesMax} bytes in {file}, got: {broken.Message}");
        }

        return bytes.ToArray();
    }
}
