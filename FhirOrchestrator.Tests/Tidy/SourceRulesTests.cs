using System.Collections.Immutable;

namespace FhirOrchestrator.Tests.Tidy;

/// <summary>Holds the rules against the committed files, and shows that each sees a planted violation.</summary>
internal sealed class SourceRulesTests
{
    private static readonly string[] Binary = [".gz", ".png", ".ico", ".woff2", ".zip"];

    private static readonly Lazy<ImmutableArray<SourceFile>> Sources = new(() =>
        [.. Repository.Sources("FhirOrchestrator"), .. Repository.Sources("FhirOrchestrator.Tests")]);

    [Test]
    public void Lengths_AllSources_WithinBounds()
    {
        var functions = Sources.Value.SelectMany(file => file.Functions).ToList();
        var lines = Sources.Value.Sum(file => file.Lines.Length);
        TestContext.Out.WriteLine(
            $"{Sources.Value.Length} files, {lines} lines, {functions.Count} functions; the longest file has "
            + $"{Sources.Value.Max(file => file.Lines.Length)} lines, the longest function "
            + $"{functions.Max(one => one.LineCount)}");

        Ratchet.Hold([.. Sources.Value.SelectMany(SourceRules.Lengths)], "file-length", "function-length");
    }

    [Test]
    public void LineLengths_AllSources_WithinBounds() =>
        Ratchet.Hold([.. Sources.Value.SelectMany(SourceRules.LineLengths)], "line-length");

    [Test]
    public void Namespaces_AllSources_AreFolders() =>
        Ratchet.Hold([.. Sources.Value.SelectMany(SourceRules.Namespaces)], "namespace");

    [Test]
    public void Root_Repository_Closed() => Ratchet.Hold([.. SourceRules.Root(Repository.Files)], "root");

    [Test]
    public void Places_AllFiles_NoMachinePathsAndPackageHosts() => Ratchet.Hold(
        [.. Repository.Files.Where(file => !Binary.Contains(Path.GetExtension(file)))
            .SelectMany(file => SourceRules.Places(file, Repository.Read(file)))],
        "place");

    [TestCase(400, false)]
    [TestCase(401, true)]
    public void Lengths_LongFile_Seen(int lines, bool isSeen)
    {
        var file = SourceFile.Parse("a/B.cs", string.Concat(Enumerable.Repeat("// x\n", lines)));

        Assert.That(SourceRules.Lengths(file).Any(one => one.Rule == "file-length"), Is.EqualTo(isSeen));
    }

    [TestCase(120, false)]
    [TestCase(121, true)]
    public void Lengths_LongLine_Seen(int letters, bool isSeen)
    {
        var file = SourceFile.Parse("a/B.cs", $"x\n{new string('/', letters)}\n");

        Assert.That(SourceRules.LineLengths(file).Any(), Is.EqualTo(isSeen));
    }

    [TestCase(57, false)]
    [TestCase(58, true)]
    public void Lengths_LongFunction_Seen(int statements, bool isSeen)
    {
        var body = string.Concat(Enumerable.Repeat("        x = $\"{y}}}\";\n", statements));
        var file = SourceFile.Parse(
            "a/B.cs", $"namespace a;\nclass B\n{{\n    [Test]\n    public void Long()\n    {{\n{body}    }}\n}}\n");

        var finding = SourceRules.Lengths(file).SingleOrDefault();

        Assert.That(finding?.Subject, Is.EqualTo(isSeen ? "a/B.cs Long" : null));
    }

    [TestCase("namespace a.c;\n", true)]
    [TestCase("// namespace a.b;\n", true)]
    [TestCase("namespace a.b;\n", false)]
    [TestCase("using x;\nnamespace a.b { }\n", true)]
    public void Namespaces_NotTheFolder_Seen(string text, bool isSeen) =>
        Assert.That(
            SourceRules.Namespaces(SourceFile.Parse("a/b/C.cs", text)).Any(), Is.EqualTo(isSeen));

    [Test]
    public void Usings_ForbiddenStation_Seen()
    {
        var table = LayerTable.Parse("| `Fhir/` | a | - |\n| `Rest/` | b | Fhir |");
        var file = SourceFile.Parse(
            "FhirOrchestrator/Fhir/X.cs",
            "using static FhirOrchestrator.Rest.Door;\nusing FhirOrchestrator.Fhir.Json;\n");

        Assert.That(SourceRules.Usings(file, table).Single().Words, Is.EqualTo("Fhir may not know Rest"));
    }

    [Test]
    public void Continuations_Planted_SeenInCodeOnly()
    {
        const string word = "RunContinuationsAsynchronously";

        Assert.That(SourceRules.Continuations(SourceFile.Parse("a", $"x = T.{word};")), Is.Not.Empty);
        Assert.That(SourceRules.Continuations(SourceFile.Parse("a", $"// {word}")), Is.Empty);
    }

    [Test]
    public void Root_ForeignFile_Seen() => Assert.That(
        SourceRules.Root([".ci/run", "README.md", "LICENSE", "FhirOrchestrator/x", "docs/y"])
            .Select(one => one.Subject),
        Is.EqualTo(["LICENSE", "docs"]));

    [TestCase("/wor", "k/main/x", true)]
    [TestCase("/hom", "e/ana/x", true)]
    [TestCase("C:\\Use", "rs\\ana", true)]
    [TestCase("https://api.nu", "get.org/v3/index.json", true)]
    [TestCase("https://registry.np", "mjs.org/x", true)]
    [TestCase("the frame", "work/x", false)]
    [TestCase("/usr/lib/postgresql/", "15/bin", false)]
    public void Places_Planted_Seen(string one, string other, bool isSeen) =>
        Assert.That(SourceRules.Places("a", one + other).Any(), Is.EqualTo(isSeen));
}
