using System.Diagnostics;
using System.IO.Compression;
using System.Text;
using FhirOrchestrator.Fhir.Definitions;
using FhirOrchestrator.Fhir.Definitions.Digest;
using FhirOrchestrator.Tests.Support;

namespace FhirOrchestrator.Tests.Corpus;

/// <summary>The embedded digest is what the verb makes of the official bundles, to the byte.</summary>
internal sealed class DigestTests
{
    [Test]
    public void Embedded_Files_AreWhatTheVerbWrites()
    {
        var watch = Stopwatch.StartNew();
        var made = DigestWriter.Make(new BundleFolder(SharedFolder.Path("data/r4-definitions/raw")));
        TestContext.Out.WriteLine($"made in {watch.ElapsedMilliseconds} ms");

        foreach (var file in made)
        {
            var committed = Embedded(file.Name);
            var packed = file.Packed();
            TestContext.Out.WriteLine($"{file.Name}: {file.Json.Length} bytes, {packed.Length} packed");
            Assert.That(FirstDifference(Unpacked(committed), file.Json), Is.Null, $"{file.Name}: run the verb digest");
            Assert.That(committed.AsSpan().SequenceEqual(packed), Is.True,
                $"{file.Name}: the same content, packed otherwise: by another version of .NET?");
        }
    }

    [Test]
    public void Make_FolderWithoutBundles_SaysWhichIsMissing()
    {
        var folder = Path.Combine(Path.GetTempPath(), "no-such-folder");
        Assert.That(() => DigestWriter.Make(new BundleFolder(folder)), Throws.TypeOf<DigestException>()
            .With.Message.Contains("expected profiles-types.json or profiles-types.json.gz"));
    }

    private static byte[] Embedded(string name)
    {
        using var stream = typeof(FhirDefinitions).Assembly.GetManifestResourceStream($"Definitions/{name}");
        using var bytes = new MemoryStream();
        stream?.CopyTo(bytes);
        return bytes.ToArray();
    }

    private static byte[] Unpacked(byte[] packed)
    {
        if (packed.Length == 0)
        {
            return packed;
        }

        using var gzip = new GZipStream(new MemoryStream(packed), CompressionMode.Decompress);
        using var bytes = new MemoryStream();
        gzip.CopyTo(bytes);
        return bytes.ToArray();
    }

    private static string? FirstDifference(byte[] committed, byte[] made)
    {
        var at = committed.AsSpan().CommonPrefixLength(made);
        return at == committed.Length && at == made.Length
            ? null
            : $"at byte {at}: expected …{Around(made, at)}…, got …{Around(committed, at)}…";
    }

    private static string Around(byte[] bytes, int at)
    {
        var from = Math.Max(0, at - 60);
        return Encoding.UTF8.GetString(bytes.AsSpan(from, Math.Min(bytes.Length - from, 120)));
    }
}
