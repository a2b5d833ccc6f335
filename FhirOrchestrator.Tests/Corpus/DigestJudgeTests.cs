using System.IO.Compression;
using FhirOrchestrator.Fhir.Definitions;
using FhirOrchestrator.Fhir.Definitions.Terms;
using FhirOrchestrator.Fhir.Json;
using FhirOrchestrator.Tests.Support;

namespace FhirOrchestrator.Tests.Corpus;

/// <summary>Our digest against one that another hand made of the same definitions.</summary>
internal sealed class DigestJudgeTests
{
    // The other hand did not follow the property "child", by which v3 tells of a code's further parents.
    private const string ByChildProperty = "http://hl7.org/fhir/ValueSet/detectedissue-category";

    [Test]
    public void Types_OfTheOtherDigest_HaveTheSameElements()
    {
        var theirs = Read("r4-digest-all").Child("types") ?? ObjectNode.Empty;
        var ours = Embedded("r4-digest.json.gz").Child("types") ?? ObjectNode.Empty;

        Assert.That(ours.Members.Select(each => each.Name), Is.EquivalentTo(theirs.Members.Select(each => each.Name)));
        var wrong = theirs.Members.SelectMany(type => Differences(
            type.Name, (ObjectNode)type.Value, ours.Child(type.Name) ?? ObjectNode.Empty)).ToList();
        Assert.That(wrong, Is.Empty, $"{wrong.Count}\n" + string.Join('\n', wrong.Take(30)));
    }

    [Test]
    public void SearchParameters_OfTheOtherDigest_AreTheSame()
    {
        var theirs = ByUrl(Read("r4-digest-all"));
        var ours = ByUrl(Embedded("r4-digest.json.gz"));

        Assert.That(ours.Keys, Is.EquivalentTo(theirs.Keys));
        Assert.That(theirs.Where(each => ours[each.Key] != each.Value).Select(each => each.Value), Is.Empty);
        Assert.That(
            Sorted(Embedded("r4-digest.json.gz")["compartments"]),
            Is.EqualTo(Sorted(Read("r4-digest-all")["compartments"])));
    }

    [TestCase("r4-digest-all", 220)]
    [TestCase("r4-valuesets-extensible-preferred", 110)]
    public void ValueSets_OfTheOtherDigest_HaveTheSameCodes(string file, int atLeast)
    {
        var theirs = Read(file).Child("valueSets") ?? ObjectNode.Empty;
        var (same, notHere, wrong) = (0, new List<string>(), new List<string>());
        foreach (var (url, value) in theirs.Members)
        {
            var set = (ObjectNode)value;
            var ours = Terminology.R4.Expand(url);
            if (set["codes"] is null || set.Text("src") is not null)
            {
                // Where there is no closed list in the definitions, there must be none here; what a published
                // expansion adds to it is not known to the definitions.
                same += ours is null || Text(ours) == Text(set) ? 1 : 0;
                notHere.AddRange(ours is null || Text(ours) == Text(set) ? [] : [url]);
            }
            else if (ours is not null && Text(ours) == Text(set))
            {
                same++;
            }
            else if (url != ByChildProperty)
            {
                wrong.Add($"{url}: expected {Text(set)}, got {(ours is null ? "none" : Text(ours))}");
            }
        }

        TestContext.Out.WriteLine($"{same} the same, {notHere.Count} closed here only: {string.Join(' ', notHere)}");
        Assert.That(wrong, Is.Empty, $"{wrong.Count}\n" + string.Join('\n', wrong.Take(10)));
        Assert.That(same, Is.GreaterThanOrEqualTo(atLeast));
    }

    private static IEnumerable<string> Differences(string name, ObjectNode theirs, ObjectNode ours)
    {
        foreach (var member in new[] { "kind", "abstract", "base", "derivation", "type" })
        {
            if (theirs[member]?.ToString() != ours[member]?.ToString())
            {
                yield return $"{name}.{member}: expected {theirs[member]}, got {ours[member]}";
            }
        }

        var mine = ours.Children("e").ToDictionary(each => each.Text("p") ?? "", each => Facts(each));
        foreach (var element in theirs.Children("e"))
        {
            var path = element.Text("p") ?? "";
            var got = mine.GetValueOrDefault(path);
            if (got != Facts(element))
            {
                yield return $"{path}: expected {Facts(element)}, got {got}";
            }

            mine.Remove(path);
        }

        foreach (var path in mine.Keys)
        {
            yield return $"{path}: expected none, got it";
        }
    }

    // They have no ids and no slicing of extensions; we have no bindings to nothing.
    private static string Facts(ObjectNode element)
    {
        var binds = element.Items("b") is [_, TextNode, ..];
        return Sorted(element.With("id", null).With("slicing", null).With("b", binds ? element["b"] : null));
    }

    private static Dictionary<string, string> ByUrl(ObjectNode digest) => digest.Children("searchParameters")
        .ToDictionary(each => each.Text("url") ?? "", each => Sorted(each.With("xpathUsage", null)));

    private static string Text(IReadOnlyDictionary<string, IReadOnlyList<string>> codes) => string.Join(
        "; ", codes.Where(each => each.Value.Count > 0).OrderBy(each => each.Key, StringComparer.Ordinal)
            .Select(each => $"{each.Key}: {string.Join(' ', each.Value.Order(StringComparer.Ordinal))}"));

    private static string Text(ObjectNode set) => Text((set.Child("codes") ?? ObjectNode.Empty).Members.ToDictionary(
        each => each.Name,
        IReadOnlyList<string> (each) => [.. each.Value.AsItems.Select(code => code.AsText ?? "")]));

    private static string Sorted(Node? node) => node switch
    {
        ObjectNode all => "{" + string.Join(',', all.Members.OrderBy(each => each.Name, StringComparer.Ordinal)
            .Select(each => $"{each.Name}:{Sorted(each.Value)}")) + "}",
        ArrayNode list => "[" + string.Join(',', list.Items.Select(Sorted)) + "]",
        _ => node?.ToString() ?? "",
    };

    private static ObjectNode Read(string file) =>
        Unpack(File.OpenRead(SharedFolder.Path($"data/r4-definitions/digest/{file}.json.gz")));

    private static ObjectNode Embedded(string file) =>
        Unpack(typeof(FhirDefinitions).Assembly.GetManifestResourceStream($"Definitions/{file}")!);

    private static ObjectNode Unpack(Stream packed)
    {
        using var gzip = new GZipStream(packed, CompressionMode.Decompress);
        using var bytes = new MemoryStream();
        gzip.CopyTo(bytes);
        return (ObjectNode)JsonText.Read(bytes.ToArray()).Value!;
    }
}
