using System.IO.Compression;
using System.Net.Http.Headers;
using System.Text;
using FhirOrchestrator.Fhir.Json;
using FhirOrchestrator.Tests.Support;

namespace FhirOrchestrator.Tests.Rest;

/// <summary>What a client puts into the store comes back with the same tokens, but for what servers set.</summary>
internal sealed class StoredRoundTripTests
{
    [Test]
    public async Task PutAndGet_AnExampleOfEachType_HasTheSameTokens()
    {
        await using var server = await FhirServerFixture.StartAsync(each => each with { IsLenient = true });
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var line in Lines())
        {
            var resource = Resource.Read(Encoding.UTF8.GetBytes(line)).Value;
            if (resource?.Id is null || !seen.Add(resource.Type))
            {
                continue;
            }

            // What no server knows must come back too.
            var unknown = Node.Object(("decimal", new NumberNode("1.00")), ("none", NullNode.Instance));
            var sent = resource.With("x-unknown", unknown);
            await AssertComesBackAsync(server, sent);
        }

        TestContext.Out.WriteLine($"{seen.Count} types");
        Assert.That(seen, Has.Count.GreaterThan(40), "examples with an id");
    }

    private static async Task AssertComesBackAsync(FhirServerFixture server, Resource sent)
    {
        using var content = new ByteArrayContent(sent.ToUtf8());
        content.Headers.ContentType = new MediaTypeHeaderValue("application/fhir+json");
        using var put = await server.Client.PutAsync(sent.Path, content);
        if (!put.IsSuccessStatusCode)
        {
            // Refused for what it says; the validator's tests judge that.
            TestContext.Out.WriteLine($"{sent.Path}: {(int)put.StatusCode}");
            return;
        }

        var stored = Resource.Read(await server.Client.GetByteArrayAsync(sent.Path)).Value
            ?? throw new InvalidOperationException($"expected {sent.Path}");
        var meta = stored.Root.Child("meta")?
            .With("versionId", sent.Root.Child("meta")?["versionId"])
            .With("lastUpdated", sent.Root.Child("meta")?["lastUpdated"]);
        var alike = stored.With("meta", meta is { Members.IsEmpty: false } ? meta : null);
        Assert.That(JsonTokens.FirstDifference(sent.ToUtf8(), alike.ToUtf8()), Is.Null, sent.Path);
    }

    private static IEnumerable<string> Lines()
    {
        using var packed = File.OpenRead(SharedFolder.Path("data/r4-examples/examples-core.ndjson.gz"));
        using var lines = new StreamReader(new GZipStream(packed, CompressionMode.Decompress), Encoding.UTF8);
        while (lines.ReadLine() is { } line)
        {
            yield return line;
        }
    }
}
