using FhirOrchestrator.Settings;

namespace FhirOrchestrator.Tests.Settings;

/// <summary>What is refused at start, and in which words.</summary>
[NonParallelizable] // sets environment variables of the process: other tests' children would inherit them
internal sealed class SettingsRefusalTests
{
    private static readonly string[] OneEhr =
        ["--Ehrs:0:Name=north", "--Ehrs:0:BaseUrl=http://localhost:8080/fhir", "--Ehrs:0:Kind=hapi"];

    /// <summary>An argument beside a good EHR, and indented the one problem expected of it.</summary>
    private const string Mistakes = """
        --Ehrs:0:Writs=all
          Ehrs:0:Writs (the command line): expected one of Name, BaseUrl, Kind, Writes, Since, Auth, got
          "Writs"; did you mean Writes?
        --PublicUlr=http://x
          PublicUlr (the command line): expected one of Urls, PublicUrl, DataFolder, Workflows,
          ConnectionStrings, Ehrs, Sweeps, Subscriptions, Intake, Sandbox, got "PublicUlr"; did you mean PublicUrl?
        --Ehrs:0:Writes=al
          Ehrs:0:Writes (the command line): expected one of off, task, communication, all, got "al"; did you
          mean all?
        --Ehrs:0:Kind=happi
          Ehrs:0:Kind (the command line): expected one of sandbox, hapi, candle, medplum, got "happi"; did you
          mean hapi?
        --Ehrs:first:Name=x
          Ehrs:first (the command line): expected a number (0, 1, 2, …), got "first"
        --Ehrs:0:BaseUrl=localhost/fhir
          Ehrs:0:BaseUrl (the command line): expected an absolute http(s) URL without user name, query and
          fragment, such as https://ehr.example.org/fhir, got "localhost/fhir"
        --Ehrs:0:Name=Nørth
          Ehrs:0:Name (the command line): expected a name of at most 64 letters, digits and hyphens, got
          "Nørth"
        --Ehrs:0:Name=Sandbox
          Ehrs:0:Name (the command line): expected another name than that of the built-in hospital, got
          "Sandbox"
        --Ehrs:0:Since=2026-11-01
          Ehrs:0:Since (the command line): expected a past instant with its zone, such as
          2026-11-01T00:00:00Z, got "2026-11-01"
        --Ehrs:0:Since=2026-11-01T00:00:00
          Ehrs:0:Since (the command line): expected a past instant with its zone, such as
          2026-11-01T00:00:00Z, got "2026-11-01T00:00:00"
        --Ehrs:0:Since=2026-11-21T00:00:00Z
          Ehrs:0:Since (the command line): expected a past instant with its zone, such as
          2026-11-01T00:00:00Z, got "2026-11-21T00:00:00Z"
        --Ehrs:0:Auth:Kind=smart-backend
          Ehrs:0:Auth:Kind (the command line): expected one of none, bearer, basic, got "smart-backend", which
          comes with a later issue
        --Ehrs:0:Auth:Kind=baerer
          Ehrs:0:Auth:Kind (the command line): expected one of none, bearer, basic, got "baerer"; did you mean
          bearer?
        --Ehrs:0:Auth:Kind=bearer
          Ehrs:0:Auth:Token: expected the token that the EHR gave, got nothing
        --Ehrs:0:Auth:Token=s3cret
          Ehrs:0:Auth:Token (the command line): expected no Token where Ehrs:0:Auth:Kind is none, got one (not
          shown)
        --Sweeps:Every=30
          Sweeps:Every (the command line): expected a time such as PT30S or 00:00:30, from PT1S to P1D, got
          "30"
        --Sweeps:Every=P1M
          Sweeps:Every (the command line): expected a time such as PT30S or 00:00:30, from PT1S to P1D, got
          "P1M"
        --Sweeps:Grace=PT2H
          Sweeps:Grace (the command line): expected a time such as PT30S or 00:00:30, from PT0S to PT1H, got
          "PT2H"
        --Intake:BodyBytesMax=4MB
          Intake:BodyBytesMax (the command line): expected a whole number from 1024 to 67108864, got "4MB"
        --Urls=http://localhost
        --Urls=localhost:5080
          Urls (the command line): expected http(s)://host:port, several separated by semicolons, without a
          path, got "localhost:5080"
        --Urls=http://localhost:0
          Urls (the command line): expected http(s)://host:port, several separated by semicolons, without a
          path, got "http://localhost:0"
        --Urls=http://unix:/run/x.sock
          Urls (the command line): expected http(s)://host:port, several separated by semicolons, without a
          path, got "http://unix:/run/x.sock"
        --Urls:0=http://localhost:1
          Urls (the command line): expected a value, got a section
        --Workflows=folder
          Workflows (the command line): expected a section, got a value
        --Access:Oidc=x
          Access (the command line): expected no section Access, which comes with a later issue, got one
        --ConnectionStrings:Migrator=Host=h;Database=d;Password=s3cret
          ConnectionStrings:Migrator (the command line): expected ConnectionStrings:Orchestrator beside it
          (the private cluster makes both logins), got only this one
        --ConnectionStrings:Orchestrator=Hots=h;Password=s3cret
          ConnectionStrings:Orchestrator (the command line): expected a PostgreSQL connection string
          (Host=…;Database=…;Username=…;Password=…), got one that cannot be read
        --ConnectionStrings:Orchestrator=Host=h;Password=s3cret
          ConnectionStrings:Orchestrator (the command line): expected a PostgreSQL connection string
          (Host=…;Database=…;Username=…;Password=…), got one without Host or Database
        --ConnectionStrings:Orchestator=Host=h;Database=d
          ConnectionStrings:Orchestator (the command line): expected one of Orchestrator, Migrator, got
          "Orchestator"; did you mean Orchestrator?
        """;

    private static IEnumerable<TestCaseData> OneMistake()
    {
        string? argument = null;
        var words = new List<string>();
        foreach (var line in Mistakes.Split('\n').Append("end"))
        {
            if (line.StartsWith(' '))
            {
                words.Add(line.Trim());
                continue;
            }

            if (argument is not null)
            {
                var problem = words.Count == 0 ? null : string.Join(' ', words);
                yield return new TestCaseData(argument, problem).SetArgDisplayNames(argument);
            }

            argument = line;
            words.Clear();
        }
    }

    [TestCaseSource(nameof(OneMistake))]
    public void Read_OneMistake_OneProblemInTheseWords(string argument, string? problem)
    {
        using var bench = new SettingsBench();
        var key = argument[..argument.IndexOf('=', StringComparison.Ordinal)];
        string[] arguments = [.. OneEhr.Where(one => !one.StartsWith($"{key}=", StringComparison.Ordinal)), argument];

        if (problem is null)
        {
            Assert.That(bench.Read(arguments), Is.InstanceOf<SettingsResult.Ready>());
            return;
        }

        var problems = bench.Refused(arguments);

        Assert.That(problems, Is.EqualTo([problem]));
        Assert.That(problems.Single(), Does.Not.Contain("s3cret"));
    }

    [TestCase("Name")]
    [TestCase("BaseUrl")]
    [TestCase("Kind")]
    public void Read_EhrWithoutARequiredKey_Named(string key)
    {
        using var bench = new SettingsBench();

        var problems = bench.Refused([.. OneEhr.Where(one => !one.Contains($":{key}=", StringComparison.Ordinal))]);

        Assert.That(problems.Single(), Does.StartWith($"Ehrs:0:{key}: expected ").And.EndsWith("got nothing"));
    }

    [Test]
    public void Read_TwoEhrsOfOneName_Refused()
    {
        using var bench = new SettingsBench();

        var problems = bench.Refused(
            [.. OneEhr, "--Ehrs:1:Name=North", "--Ehrs:1:BaseUrl=http://localhost:8081/fhir", "--Ehrs:1:Kind=hapi"]);

        Assert.That(problems, Is.EqualTo(
            ["Ehrs:1:Name (the command line): expected a name of its own, got \"North\", which Ehrs:0 has already"]));
    }

    [Test]
    public void Read_BaseUrlWithPassword_NeverShown()
    {
        using var bench = new SettingsBench();

        var problems = bench.Refused(OneEhr[0], "--Ehrs:0:BaseUrl=https://u:s3cret@ehr.example.org/fhir", OneEhr[2]);

        Assert.That(problems.Single(), Does.EndWith("got one with a user name or a query").And.Not.Contain("s3cret"));
    }

    [Test]
    public void Read_UnknownKeyAtTheTopOfAFile_NamesTheFile()
    {
        using var bench = new SettingsBench();
        bench.WriteFile("""{ "Workflow": { "Folder": "x" } }""");

        Assert.That(
            bench.Refused().Single(),
            Does.StartWith("Workflow (appsettings.json): expected one of ").And.EndsWith("did you mean Workflows?"));
    }

    [Test]
    public void Read_UnknownKeyInsideOurSectionFromEnvironment_Refused()
    {
        using var bench = new SettingsBench();
        bench.SetEnvironment("Workflows__Foldr", "x");

        Assert.That(
            bench.Refused(),
            Is.EqualTo(
                ["Workflows:Foldr (the environment): expected one of Folder, got \"Foldr\"; did you mean Folder?"]));
    }

    [TestCase("{ \"Urls\": ")]
    [TestCase("[]")]
    [TestCase("{ \"Urls\": \"http://localhost:1\", \"urls\": \"http://localhost:2\" }")]
    public void Read_FileThatIsNoObjectOrHoldsAKeyTwice_Named(string json)
    {
        using var bench = new SettingsBench();
        bench.WriteFile(json);

        Assert.That(
            bench.Refused().Single(),
            Does.StartWith("appsettings.json (appsettings.json): expected one JSON object with each key once, got: "));
    }

    [Test]
    public void Read_SeveralMistakes_AllNamedAtOnce()
    {
        using var bench = new SettingsBench();

        var refused = bench.Read("--Sweeps:Every=1", "--Urls=x", "--Nonsense=1");

        Assert.That(
            refused.ToString()!.Split('\n'),
            Has.Length.EqualTo(4).And.Some.StartsWith("  Urls ").And.Some.StartsWith("  Sweeps:Every "));
    }

    [Test]
    public void Refused_OneProblem_SaysSoInTwoLines()
    {
        using var bench = new SettingsBench();

        Assert.That(
            bench.Read("--DataFoldr=x").ToString(),
            Does.StartWith("FhirOrchestrator does not start: a setting is wrong.\n  DataFoldr (the command line): "));
    }
}
