using System.Formats.Tar;
using System.IO.Compression;
using System.Text;
using FhirOrchestrator.Fhir.Definitions.Packages;

namespace FhirOrchestrator.Tests.Fhir.Definitions;

internal sealed class ConformanceSetTests
{
    private const string Profile = """
        {"resourceType":"StructureDefinition","url":"http://a.example/p","version":"VERSION","kind":"resource",
        "type":"Task","derivation":"constraint","baseDefinition":"http://hl7.org/fhir/StructureDefinition/Task",
        "differential":{"element":[{"path":"Task"}]}}
        """;

    private const string Colours = """
        {"resourceType":"CodeSystem","url":"http://a.example/colours","content":"complete","concept":[
        {"code":"red","property":[{"code":"warm","valueBoolean":true}],"concept":[{"code":"crimson"}]},
        {"code":"blue","property":[{"code":"warm","valueBoolean":false}]}]}
        """;

    [Test]
    public void StructureDefinition_ByCanonical_IsThatVersionOrTheNewest()
    {
        var set = Set(
            ("a.json", Profile.Replace("VERSION", "1.9.0")), ("b.json", Profile.Replace("VERSION", "1.10.0")));

        Assert.That(set.Problems, Is.Empty);
        Assert.That(set.StructureDefinition("http://a.example/p")?.Text("version"), Is.EqualTo("1.10.0"));
        Assert.That(set.StructureDefinition("http://a.example/p|1.9.0")?.Text("version"), Is.EqualTo("1.9.0"));
        Assert.That(set.StructureDefinition("http://a.example/p|1.9")?.Text("version"), Is.EqualTo("1.9.0"));
        Assert.That(set.StructureDefinition("http://a.example/p|2.0.0"), Is.Null);
        Assert.That(set.StructureDefinition("http://hl7.org/fhir/StructureDefinition/bp"), Is.Not.Null);
    }

    [TestCase("""{"include":[{"system":"http://a.example/colours"}]}""", "crimson", true)]
    [TestCase("""{"include":[{"system":"http://a.example/colours"}]}""", "green", false)]
    [TestCase("""{"include":[{"system":"http://a.example/other"}]}""", "green", null)]
    [TestCase("""{"include":[{"system":"http://a.example/colours","concept":[{"code":"red"}]}]}""", "crimson", false)]
    [TestCase(
        """
        {"include":[{"system":"http://a.example/colours","filter":[{"property":"concept","op":"is-a","value":"red"}]}]}
        """, "crimson", true)]
    [TestCase(
        """
        {"include":[{"system":"http://a.example/colours"}],"exclude":[{"system":"http://a.example/colours",
        "filter":[{"property":"concept","op":"descendent-of","value":"red"}]}]}
        """, "crimson", false)]
    [TestCase(
        """
        {"include":[{"system":"http://a.example/colours","filter":[{"property":"warm","op":"=","value":"true"}]}]}
        """, "red", true)]
    [TestCase(
        """
        {"include":[{"system":"http://a.example/colours","filter":[{"property":"warm","op":"=","value":"true"}]}]}
        """, "blue", false)]
    [TestCase(
        """
        {"include":[{"system":"http://a.example/other","filter":[{"property":"code","op":"regex","value":"g.*n"}]}]}
        """, "green", true)]
    [TestCase("""{"include":[{"valueSet":["http://hl7.org/fhir/ValueSet/task-status"]}]}""", "completed", true)]
    [TestCase("""{"include":[{"valueSet":["http://a.example/vs"]}]}""", "round-and-round", null)]
    public void Has_ComposedValueSet_IsTrueFalseOrUnknown(string compose, string code, bool? expected)
    {
        var valueSet = $$"""{"resourceType":"ValueSet","url":"http://a.example/vs","compose":{{compose}}}""";
        var set = Set(("colours.json", Colours), ("vs.json", valueSet));

        Assert.That(set.Problems, Is.Empty);
        Assert.That(set.Terminology.Has("http://a.example/vs", null, code), Is.EqualTo(expected));
    }

    [Test]
    public void Has_ListInTwoFiles_AddsUp()
    {
        string File(string code) => $$$"""
            {"resourceType":"ValueSet","url":"http://a.example/vs","compose":{"include":[{"system":"http://a.example/s",
            "concept":[{"code":"{{{code}}}"}]}]}}
            """;
        var set = Set(("a.json", File("x")), ("b.json", File("y")));

        Assert.That(set.Terminology.Has("http://a.example/vs", "http://a.example/s", "x"), Is.True);
        Assert.That(set.Terminology.Has("http://a.example/vs", "http://a.example/s", "y"), Is.True);
        Assert.That(set.Terminology.Has("http://a.example/vs", "http://a.example/s", "z"), Is.False);
    }

    [Test]
    public void Load_BrokenFiles_AreNamedWithTheReason()
    {
        var set = Set(
            ("cut.json", "{\"resourceType\":"), ("nameless.json", """{"resourceType":"ValueSet"}"""),
            ("odd.json", Profile.Replace("\"type\":\"Task\",", "")), ("patient.json", """{"resourceType":"Patient"}"""),
            ("one.json", Profile), ("two.json", Profile));

        Assert.That(set.Problems.Select(each => each.ToString()), Is.EqualTo((string[])
        [
            set.Problems[0].ToString(),
            "nameless.json: expected url, got none",
            "odd.json: expected type, got none at StructureDefinition.type",
            "two.json: expected one definition of http://a.example/p|VERSION, got another in an earlier file",
        ]));
        Assert.That(set.Problems[0].File, Is.EqualTo("cut.json"));
    }

    [Test]
    public void ReadPackage_Tgz_GivesWhatStandsInPackage()
    {
        var read = PackageReader.ReadPackage(
            Packed(
                ("package/package.json", """{"name":"x","fhirVersions":["4.0.1"]}"""), ("package/p.json", Profile),
                ("package/example/q.json", Profile), ("other/r.json", Profile), ("package/.index.json", "{}")),
            "x.tgz");

        Assert.That(read.Problems, Is.Empty);
        Assert.That(read.Files.Select(each => each.Name), Is.EqualTo((string[])["x.tgz:package/p.json"]));
    }

    [Test]
    public void ReadPackage_OfAnotherFhir_IsRefused()
    {
        var manifest = """{"name":"x","fhirVersions":["5.0.0"]}""";
        var read = PackageReader.ReadPackage(Packed(("package/package.json", manifest)), "x.tgz");

        Assert.That(read.Problems.Select(each => each.ToString()), Is.EqualTo((string[])
            ["x.tgz:package/package.json: expected a package for FHIR 4.0.1, got one for 5.0.0"]));
    }

    [Test]
    public void ReadPackage_NoPackage_IsRefused()
    {
        var noGzip = PackageReader.ReadPackage(new MemoryStream("no gzip at all"u8.ToArray()), "x.tgz");
        using var gzip = new MemoryStream();
        using (var packing = new GZipStream(gzip, CompressionLevel.Fastest, leaveOpen: true))
        {
            packing.Write(Encoding.UTF8.GetBytes(new string('x', 2000)));
        }

        gzip.Position = 0;
        var noTar = PackageReader.ReadPackage(gzip, "y.tgz");

        Assert.That(noGzip.Problems.Single().ToString(), Does.StartWith("x.tgz: expected a tar in gzip, got: "));
        Assert.That(noTar.Problems.Single().ToString(), Does.StartWith("y.tgz: expected a tar in gzip, got: "));
    }

    [Test]
    public void CappedStream_MoreThanItsLimit_Fails()
    {
        using var capped = new CappedStream(new MemoryStream(new byte[100]), 99);
        Assert.That(() => capped.CopyTo(Stream.Null), Throws.TypeOf<InvalidDataException>());
    }

    [Test]
    public void Load_NoSuchPath_IsAProblem() => Assert.That(
        ConformanceSet.Load("/no/such/place").Problems.Single().Reason, Does.StartWith("expected a folder"));

    [Test]
    public void LoadFolder_WithAPackageBelow_GivesBoth()
    {
        var folder = Directory.CreateTempSubdirectory("conformance");
        try
        {
            File.WriteAllText(System.IO.Path.Combine(folder.FullName, "colours.json"), Colours);
            var guide = folder.CreateSubdirectory("guide");
            File.WriteAllBytes(
                System.IO.Path.Combine(guide.FullName, "guide.tgz"), Packed(("package/p.json", Profile)).ToArray());

            var set = ConformanceSet.LoadFolder(folder.FullName);

            Assert.That(set.Problems, Is.Empty);
            Assert.That(
                set.StructureDefinitions.Select(each => each.Text("url")), Is.EqualTo(["http://a.example/p"]));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static ConformanceSet Set(params (string Name, string Text)[] files)
    {
        var folder = Directory.CreateTempSubdirectory("conformance");
        try
        {
            foreach (var (name, text) in files)
            {
                File.WriteAllText(System.IO.Path.Combine(folder.FullName, name), text);
            }

            return ConformanceSet.Load(folder.FullName);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static MemoryStream Packed(params (string Name, string Text)[] files)
    {
        var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true))
        using (var tar = new TarWriter(gzip))
        {
            foreach (var (name, text) in files)
            {
                tar.WriteEntry(new PaxTarEntry(TarEntryType.RegularFile, name)
                {
                    DataStream = new MemoryStream(Encoding.UTF8.GetBytes(text)),
                });
            }
        }

        packed.Position = 0;
        return packed;
    }
}
