using System.Diagnostics;
using System.IO.Compression;
using System.Text;
using FhirOrchestrator.Fhir.Json;
using FhirOrchestrator.Tests.Support;

namespace FhirOrchestrator.Tests.Rest;

/// <summary>Loads synthetic patients over HTTP, each bundle one transaction.</summary>
internal sealed class SyntheaTests
{
    private const string Folder = "data/synthea/smart-100/bundles";

    [Test]
    public Task Load_FiveBundles_HoldsEveryEntry() => LoadAsync(5);

    [Test, Explicit("takes half a minute: all 100 patients")]
    public Task Load_AllBundles_HoldsEveryEntry() => LoadAsync(int.MaxValue);

    private static async Task LoadAsync(int countMax)
    {
        var files = Directory.EnumerateFiles(SharedFolder.Path(Folder), "*.json.gz")
            .Order(StringComparer.Ordinal).Take(countMax).ToList();
        await using var server = await FhirServerFixture.StartAsync();
        var expected = new Dictionary<string, int>(StringComparer.Ordinal);
        var (slowest, all) = (TimeSpan.Zero, TimeSpan.Zero);
        foreach (var file in files)
        {
            var json = Unpack(file);
            var bundle = Resource.Read(json).Value!;
            foreach (var entry in bundle.Root.Children("entry"))
            {
                var type = entry.Child("resource")!.Text("resourceType")!;
                expected[type] = expected.GetValueOrDefault(type) + 1;
            }

            var began = Stopwatch.GetTimestamp();
            var answer = await server.SendAsync("POST", "", Encoding.UTF8.GetString(json));
            var took = Stopwatch.GetElapsedTime(began);
            Assert.That(answer.Code, Is.EqualTo(200), $"{Path.GetFileName(file)}: {answer.Body?.Root}");
            slowest = took > slowest ? took : slowest;
            all += took;
        }

        foreach (var (type, count) in expected)
        {
            var found = await server.SendAsync("GET", $"{type}?_summary=count");
            Assert.That(found.Body!.Root["total"]!.ToString(), Is.EqualTo($"{count}"), type);
        }

        var inpatient = await server.SendAsync("GET", "Encounter?class=IMP&_summary=count");
        var dangling = await server.Database.ReadAsync<long>(
            """
            SELECT count(*) FROM sandbox.search_reference s WHERE s.target_type <> '' AND s.base = ''
            AND NOT EXISTS (SELECT FROM sandbox.resource r WHERE r.type = s.target_type AND r.id = s.target_id)
            """);
        Assert.That(dangling, Is.Zero, "every reference has its target");
        var rows = await server.Database.ReadAsync<long>(
            "SELECT sum(n_live_tup) :: bigint FROM pg_stat_user_tables WHERE relname LIKE 'search%'");
        await TestContext.Out.WriteLineAsync(
            $"{files.Count} bundles, {expected.Values.Sum()} resources in {all.TotalSeconds:0.00} s (slowest "
            + $"{slowest.TotalMilliseconds:0} ms), "
            + $"{rows} search rows, {inpatient.Body!.Root["total"]} inpatient stays");
    }

    private static byte[] Unpack(string file)
    {
        using var gzip = new GZipStream(File.OpenRead(file), CompressionMode.Decompress);
        using var plain = new MemoryStream();
        gzip.CopyTo(plain);
        return plain.ToArray();
    }
}
