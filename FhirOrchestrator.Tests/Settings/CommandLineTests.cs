using FhirOrchestrator.Settings;

namespace FhirOrchestrator.Tests.Settings;

internal sealed class CommandLineTests
{
    private const string Expected =
        "expected one of serve, sandbox, check, migrate, digest, bench, or --Key=value, got ";

    [Test]
    public void Read_Nothing_Serves()
    {
        var invocation = CommandLine.Read([]);

        Assert.That(invocation.Verb, Is.EqualTo(new Verb.Serve()));
        Assert.That(invocation.Settings, Is.Empty);
    }

    private static IEnumerable<TestCaseData> Verbs()
    {
        yield return new TestCaseData("serve", new Verb.Serve());
        yield return new TestCaseData("sandbox", new Verb.Sandbox());
        yield return new TestCaseData("check", new Verb.Check());
        yield return new TestCaseData("migrate", new Verb.Migrate());
    }

    [TestCaseSource(nameof(Verbs))]
    public void Read_Verb_WithSettingsOnBothSides(string word, object verb)
    {
        var invocation = CommandLine.Read(
            ["--Ehrs:0:BaseUrl=http://localhost:8080/fhir?a=b", word, "--Urls", "http://localhost:1"]);

        Assert.That(invocation.Verb, Is.EqualTo(verb));
        Assert.That(
            invocation.Settings,
            Is.EqualTo(["--Ehrs:0:BaseUrl=http://localhost:8080/fhir?a=b", "--Urls=http://localhost:1"]));
    }

    [TestCase("preview", 5)]
    [TestCase("verify", 6)]
    public void Read_VerbOfALaterIssue_SaysWhich(string word, int issue) =>
        Assert.That(CommandLine.Read([word, "x", "--since", "7d"]).Verb, Is.EqualTo(new Verb.Later(word, issue)));

    [Test]
    public void Read_DigestWithFolder_TakesIt() =>
        Assert.That(CommandLine.Read(["digest", "../raw"]).Verb, Is.EqualTo(new Verb.Digest("../raw")));

    [TestCase("digest")]
    [TestCase("digest", "one", "two")]
    [TestCase("digest", "--Urls=http://localhost:1")]
    public void Read_DigestWithoutOneFolder_IsRefused(params string[] arguments)
    {
        var say = (Verb.Say)CommandLine.Read(arguments).Verb;

        Assert.That(say.ExitCode, Is.EqualTo(CommandLine.ExitWrongUse));
        Assert.That(say.Words, Does.StartWith("expected digest FOLDER"));
    }

    [TestCase("chains", 4)]
    [TestCase("intake", 5)]
    [TestCase("screens", 8)]
    public void Read_BenchOfALaterIssue_SaysWhich(string name, int issue)
    {
        var later = (Verb.Later)CommandLine.Read(["bench", name]).Verb;

        Assert.That(later, Is.EqualTo(new Verb.Later($"bench {name}", issue)));
        Assert.That(later.Words, Does.EndWith($"got \"bench {name}\", which comes with issue {issue}"));
    }

    [TestCase(false, "fhir")]
    [TestCase(true, "fhir", "--json")]
    [TestCase(true, "--json", "fhir")]
    public void Read_Bench_HasItsName(bool isJson, params string[] tokens) => Assert.That(
        CommandLine.Read(["bench", .. tokens]).Verb, Is.EqualTo(new Verb.Bench("fhir", isJson)));

    [TestCase("expected bench fhir [--json], got no name")]
    [TestCase("expected bench fhir [--json], got \"fhr\"; did you mean fhir?", "fhr")]
    [TestCase("expected bench fhir [--json], got \"--jsno\"", "fhir", "--jsno")]
    [TestCase("expected bench fhir [--json], got 2 names", "fhir", "chains")]
    public void Read_BenchOfNothingKnown_IsRefused(string words, params string[] tokens) => Assert.That(
        CommandLine.Read(["bench", .. tokens]).Verb, Is.EqualTo(new Verb.Say(words, CommandLine.ExitWrongUse)));

    [TestCase("sandbx", $"{Expected}\"sandbx\"; did you mean sandbox?")]
    [TestCase("-Urls=x", $"{Expected}\"-Urls=x\"")]
    [TestCase("--Urls", "expected --Urls=value, got --Urls without a value")]
    [TestCase("--", null)]
    [TestCase("@file", $"{Expected}\"@file\"")]
    public void Read_Slip_SaidAndExitCode2(string argument, string? words)
    {
        var verb = CommandLine.Read([argument]).Verb;
        if (words is null)
        {
            Assert.That(verb, Is.EqualTo(new Verb.Serve()).Or.InstanceOf<Verb.Say>());
            return;
        }

        Assert.That(verb, Is.EqualTo(new Verb.Say(words, 2)));
    }

    [Test]
    public void Read_KeyTwice_Refused() => Assert.That(
        CommandLine.Read(["--Urls=a", "--urls=b"]).Verb,
        Is.EqualTo(new Verb.Say("expected --urls once, got it twice", 2)));

    [TestCase("--help")]
    [TestCase("-h")]
    public void Read_Help_NamesEveryVerb(string argument)
    {
        var say = (Verb.Say)CommandLine.Read([argument]).Verb;

        Assert.That(say.ExitCode, Is.Zero);
        foreach (var verb in new[] { "serve", "sandbox", "check", "migrate", "bench", "preview", "verify", "digest" })
        {
            Assert.That(say.Words, Does.Contain(verb));
        }
    }
}
