using System.IO.Compression;
using FhirOrchestrator.Fhir.Json;
using FhirOrchestrator.Fhir.Profiles;
using FhirOrchestrator.Tests.Support;

namespace FhirOrchestrator.Tests.Corpus;

/// <summary>A hundred synthetic patients, as transaction bundles, are valid R4.</summary>
internal sealed class ValidatorSyntheaTests
{
    [Test]
    public void Synthea_EveryBundle_IsValid()
    {
        var problems = new List<string>();
        var validating = TimeSpan.Zero;
        var (count, bytes) = (0, 0L);
        foreach (var file in Directory.EnumerateFiles(
            SharedFolder.Path("data/synthea/smart-100"), "*.json*", SearchOption.AllDirectories).Order())
        {
            var content = Content(file);
            if (!Resource.Read(content).Succeeded(out var bundle) || bundle.Type != "Bundle")
            {
                continue;
            }

            (count, bytes) = (count + 1, bytes + content.Length);
            var begun = Environment.CpuUsage.TotalTime;
            var report = Validator.R4.Validate(bundle);
            validating += Environment.CpuUsage.TotalTime - begun;
            if (!report.IsValid)
            {
                problems.Add($"{Path.GetFileName(file)}: {string.Join("; ", report.Errors.Take(3))}");
            }
        }

        TestContext.Out.WriteLine(
            $"{count} bundles, {bytes >> 20} MiB, validated in {validating.TotalMilliseconds:N0} ms of a core");
        Assert.That(problems, Is.Empty, string.Join('\n', problems.Take(30)));
        Assert.That(count, Is.GreaterThan(0));
    }

    private static byte[] Content(string file)
    {
        if (!file.EndsWith(".gz", StringComparison.Ordinal))
        {
            return File.ReadAllBytes(file);
        }

        using var packed = File.OpenRead(file);
        using var plain = new GZipStream(packed, CompressionMode.Decompress);
        using var whole = new MemoryStream();
        plain.CopyTo(whole);
        return whole.ToArray();
    }
}
