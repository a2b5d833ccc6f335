using FhirOrchestrator.Settings;

namespace FhirOrchestrator.Tests.Settings;

internal sealed class CommandLineTests
{
    private const string Expected = "expected one of serve, sandbox, check, migrate, digest, or --Key=value, got ";

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

    [TestCase("bench", 4)]
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

    [Test]
    public void Read_BenchWithName_IsForALaterIssue()
    {
        var later = (Verb.Later)CommandLine.Read(["bench", "intake"]).Verb;

        Assert.That(
            later.Words,
            Is.EqualTo($"expected one of {CommandLine.ReadyVerbs}, got \"bench\", which comes with issue 4"));
    }

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
