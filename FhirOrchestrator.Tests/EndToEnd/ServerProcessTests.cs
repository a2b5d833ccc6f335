namespace FhirOrchestrator.Tests.EndToEnd;

/// <summary>What the executable refuses, before it touches anything.</summary>
internal sealed class ServerProcessTests
{
    private static readonly TimeSpan Expected = TimeSpan.FromSeconds(5);

    /// <summary>A wrong setting, and what must be said of it: expected, got, and what was probably meant.</summary>
    private static readonly (string Key, string Value, string[] Words)[] Wrong =
    [
        ("Ehrs:0:Writs", "all", ["Ehrs:0:Writs", "expected one of", "got \"Writs\"", "did you mean Writes?"]),
        ("Ehrs:0:Kind", "sandbx", ["Ehrs:0:Kind", "expected", "got \"sandbx\"", "did you mean sandbox?"]),
        ("Sweeps:Every", "30", ["Sweeps:Every", "expected", "got \"30\""]),
        ("Intake:BodyBytesMax", "many", ["Intake:BodyBytesMax", "expected", "got \"many\""]),
        ("Sandbox:Hospital", "livin", ["Sandbox:Hospital", "expected", "got \"livin\"", "did you mean living?"]),
    ];

    private static IEnumerable<TestCaseData> WrongSettings =>
        from source in new[] { "the command line", "the environment", "appsettings.json" }
        from wrong in source == "the command line" ? Wrong : Wrong.Take(2)
        select new TestCaseData(source, wrong.Key, wrong.Value, wrong.Words).SetArgDisplayNames(source, wrong.Key);

    [TestCaseSource(nameof(WrongSettings))]
    public async Task Launch_WrongSetting_RefusedWithWords(string source, string key, string value, string[] words)
    {
        var folder = Support.TestCluster.NewFolder();
        try
        {
            var start = source switch
            {
                "the command line" => new ServerStart { Settings = [$"--{key}={value}"] },
                "the environment" => new ServerStart
                {
                    Environment = System.Collections.Immutable.ImmutableDictionary<string, string>.Empty
                        .Add(key.Replace(":", "__", StringComparison.Ordinal), value),
                },
                _ => new ServerStart { Folder = Write(folder, key, value) },
            };
            await using var server = ServerProcess.Launch(start);

            Assert.That(await server.EndAsync(Expected), Is.EqualTo(2), server.Output);
            foreach (var word in words.Append(source).Append("does not start"))
            {
                Assert.That(server.Errors, Does.Contain(word));
            }

            Assert.That(Directory.EnumerateFileSystemEntries(server.DataFolder), Is.Empty, "it had begun all the same");
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [TestCase("--Urls=nowhere", "expected http(s)://host:port", "got \"nowhere\"")]
    [TestCase("--Urs=http://localhost:1", "did you mean Urls?", "got \"Urs\"")]
    [TestCase("--Access:Anybody=true", "comes with a later issue", "expected no section Access")]
    public async Task Launch_WrongTopLevelSetting_RefusedWithWords(string setting, string words, string more)
    {
        await using var server = ServerProcess.Launch(new ServerStart { Settings = [setting] });

        Assert.That(await server.EndAsync(Expected), Is.EqualTo(2), server.Output);
        Assert.That(server.Errors, Does.Contain(words).And.Contain(more));
    }

    // Nothing is begun, above all nothing is registered at an EHR, where nobody could take in what it tells.
    [TestCase(null)]
    [TestCase("sandbox")]
    public async Task Launch_PortTaken_EndsBeforeAnythingIsBegun(string? verb)
    {
        using var taken = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        taken.Start();
        var port = ((System.Net.IPEndPoint)taken.LocalEndpoint).Port;
        await using var server = ServerProcess.Launch(new ServerStart { Verb = verb, Port = port });

        Assert.That(await server.EndAsync(Expected), Is.EqualTo(1), server.Output);
        Assert.That(server.Errors, Does.Contain("expected a free port").And.Contain($"localhost:{port}"));
        Assert.That(Directory.EnumerateFileSystemEntries(server.DataFolder), Is.Empty, "it had begun all the same");
    }

    [Test]
    public async Task Launch_DatabaseDoesNotAnswer_OneSentenceAndNoPassword()
    {
        const string Connection = "Host=127.0.0.1;Port=1;Username=a;Password=topsecret;Database=x";
        await using var server = ServerProcess.Launch(new ServerStart
        {
            Settings = [$"--ConnectionStrings:Orchestrator={Connection}"],
        });

        Assert.That(await server.EndAsync(Expected), Is.EqualTo(1), server.Output);
        Assert.That(server.Errors, Does.Contain("expected to work with the database that ConnectionStrings names"));
        Assert.That(server.Output, Does.Not.Contain("   at ").And.Not.Contain("topsecret"));
    }

    [TestCase("verify", "comes with issue 6")]
    [TestCase("preview", "comes with issue 5")]
    [TestCase("sandbx", "did you mean sandbox?")]
    public async Task Launch_VerbThatIsNotThere_ExitCode2(string verb, string words)
    {
        await using var server = ServerProcess.Launch(new ServerStart { Verb = verb });

        Assert.That(await server.EndAsync(Expected), Is.EqualTo(2), server.Output);
        Assert.That(server.Output, Does.Contain(words));
    }

    /// <summary>A folder to start in, whose settings file has this one key.</summary>
    private static string Write(string folder, string key, string value)
    {
        System.Text.Json.Nodes.JsonNode json = value;
        foreach (var part in key.Split(':').Reverse())
        {
            json = new System.Text.Json.Nodes.JsonObject { [part] = json };
        }

        File.WriteAllText(Path.Combine(folder, "appsettings.json"), json.ToJsonString());
        return folder;
    }
}
