using System.Collections.Immutable;
using System.IO.Compression;
using System.Text;
using FhirOrchestrator.Fhir.Definitions.Packages;
using FhirOrchestrator.Fhir.Json;
using FhirOrchestrator.Fhir.Profiles;
using FhirOrchestrator.Tests.Support;

namespace FhirOrchestrator.Tests.Corpus;

/// <summary>Broken profiles and packages end in problems: never in an exception, never in a hang.</summary>
internal sealed class SnapshotFuzzTests
{
    private const int Count = 5000;

    [Test]
    [CancelAfter(60_000)]
    public void Find_MutatedProfiles_NeverThrows(CancellationToken ct)
    {
        var dice = new Random(20261120);
        var originals = OfficialDefinitions.Structures("profiles-others")
            .Concat(OfficialDefinitions.Structures("extension-definitions").Take(60))
            .Select(each => each.With("snapshot", null).With("text", null)).ToImmutableArray();
        var withProblems = 0;
        for (var run = 0; run < Count && !ct.IsCancellationRequested; run++)
        {
            var original = originals[dice.Next(originals.Length)];
            var mutant = Mutate(original, dice, rate: 40) as ObjectNode ?? ObjectNode.Empty;
            mutant = mutant.With("url", "http://a.example/mutant");
            var set = ConformanceSet.Of(new ConformanceFiles([new ConformanceFile("mutant.json", mutant)], []));
            var made = new SnapshotShelf(set).Find("http://a.example/mutant");
            withProblems += made is { Problems.Length: > 0 } || set.Problems.Length > 0 ? 1 : 0;
        }

        TestContext.Out.WriteLine($"{withProblems} of {Count} with problems");
        Assert.That(ct.IsCancellationRequested, Is.False);
        Assert.That(withProblems, Is.GreaterThan(Count / 10));
    }

    [Test]
    public void ReadPackage_MutatedBytes_NeverThrows()
    {
        var dice = new Random(20261120);
        var tar = new byte[4096];
        Encoding.UTF8.GetBytes("package/p.json").CopyTo(tar, 0);
        Encoding.UTF8.GetBytes("00000000100").CopyTo(tar, 124);
        for (var run = 0; run < Count; run++)
        {
            var bytes = (byte[])tar.Clone();
            for (var hits = dice.Next(30); hits >= 0; hits--)
            {
                bytes[dice.Next(600)] = (byte)dice.Next(256);
            }

            using var packed = new MemoryStream();
            using (var gzip = new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true))
            {
                gzip.Write(bytes);
            }

            packed.Position = 0;
            Assert.That(() => PackageReader.ReadPackage(packed, "x.tgz"), Throws.Nothing, $"run {run}");
        }
    }

    private static Node Mutate(Node node, Random dice, int rate)
    {
        if (dice.Next(rate * 20) == 0)
        {
            return Odd(dice);
        }

        return node switch
        {
            ObjectNode all => new ObjectNode(
            [
                .. all.Members.Where(_ => dice.Next(rate * 4) > 0)
                    .Select(member => new Member(member.Name, Mutate(member.Value, dice, rate))),
            ]),
            ArrayNode list => new ArrayNode(
            [
                .. list.Items.Where(_ => dice.Next(rate) > 0)
                    .SelectMany(item => Enumerable.Repeat(Mutate(item, dice, rate), dice.Next(rate) == 0 ? 2 : 1)),
            ]),
            TextNode text when dice.Next(rate * 2) == 0 => new TextNode(Cut(text.Value, dice)),
            _ => node,
        };
    }

    private static Node Odd(Random dice) => dice.Next(6) switch
    {
        0 => BooleanNode.True,
        1 => new NumberNode("1e400"),
        2 => new TextNode("..:/[x]"),
        3 => ObjectNode.Empty,
        4 => new ArrayNode([NullNode.Instance]),
        _ => NullNode.Instance,
    };

    private static string Cut(string text, Random dice)
    {
        var at = dice.Next(text.Length + 1);
        return dice.Next(2) == 0 ? text[..at] : string.Concat(text.AsSpan(0, at), "[x]:", text.AsSpan(at));
    }
}
