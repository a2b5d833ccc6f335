namespace FhirOrchestrator.Tests.EndToEnd;

/// <summary>The harness itself, and what the executable refuses.</summary>
internal sealed class ServerProcessTests
{
    private static readonly TimeSpan Expected = TimeSpan.FromSeconds(5);

    [TestCase("--Ehrs:0:Writs=all", "did you mean Writes?", 2)]
    [TestCase("--PublicUrl=nowhere", "expected an absolute http(s) URL", 2)]
    [TestCase("--Sweeps:Every=30", "got \"30\"", 2)]
    public async Task Launch_WrongSetting_RefusedWithWords(string setting, string words, int code)
    {
        await using var server = ServerProcess.Launch(new ServerStart { Settings = [setting] });

        Assert.That(await server.EndAsync(Expected), Is.EqualTo(code), server.Output);
        Assert.That(server.Output, Does.Contain(words));
    }

    [TestCase("bench", "comes with issue 4")]
    [TestCase("preview", "comes with issue 5")]
    [TestCase("sandbx", "did you mean sandbox?")]
    public async Task Launch_VerbThatIsNotThere_ExitCode2(string verb, string words)
    {
        await using var server = ServerProcess.Launch(new ServerStart { Verb = verb });

        Assert.That(await server.EndAsync(Expected), Is.EqualTo(2), server.Output);
        Assert.That(server.Output, Does.Contain(words));
    }

    [Test]
    public async Task Stop_Gently_EndsWithCodeZeroAndASecondStartWorks()
    {
        var folder = Support.TestCluster.NewFolder();
        try
        {
            await using (var first = await ServerProcess.StartAsync(new ServerStart { DataFolder = folder }))
            {
                Assert.That(await first.StopAsync(), Is.Zero, first.Output);
            }

            await using var second = await ServerProcess.StartAsync(new ServerStart { DataFolder = folder });
            Assert.That(second.IsRunning, Is.True);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
