using System.Text.RegularExpressions;

namespace FhirOrchestrator.Tests.Tidy;

/// <summary>What people type and what machines run stays the same thing.</summary>
internal sealed partial class PackagingTests
{
    private const RegexOptions Options = RegexOptions.Multiline | RegexOptions.ExplicitCapture;

    private static readonly string Readme = Repository.Read("README.md");

    [Test]
    public void Ci_TestCommand_IsTheReadmes()
    {
        const string command = "dotnet test --project FhirOrchestrator.Tests";

        Assert.That(Readme, Does.Contain($"{command}\n"));
        Assert.That(Repository.Read(".ci/run"), Does.Contain($"\n{command} </dev/null\n"));
    }

    [Test]
    public void Ci_Script_IsExecutable()
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Ignore("needs file modes, which Windows has not");
            return;
        }

        Assert.That(
            File.GetUnixFileMode(Path.Combine(Repository.Root, ".ci/run")).HasFlag(UnixFileMode.UserExecute), Is.True);
    }

    [Test]
    public void Readme_Links_LeadSomewhere()
    {
        var files = Link().Matches(Readme).Select(match => match.Groups["file"].Value.Split('#')[0]).ToList();

        Assert.That(files, Is.Not.Empty);
        Assert.That(files.Where(file => !File.Exists(Path.Combine(Repository.Root, file))), Is.Empty);
    }

    [Test]
    public void Readme_Packages_AreTheFolders()
    {
        var folder = Path.Combine(Repository.Root, "subscriptions");
        var packages = Directory.Exists(folder)
            ? Directory.GetDirectories(folder).Select(one => Path.GetFileName(one)).Order().ToList()
            : [];

        foreach (var package in packages)
        {
            Assert.That(Readme, Does.Contain($"| `{package}` |"));
        }
    }

    [Test]
    public void Compose_Services_ListenOnLoopbackOnly()
    {
        var compose = Repository.Read("compose.yaml");

        Assert.Multiple(() =>
        {
            Assert.That(Image().Matches(compose), Has.Count.EqualTo(2), "images of the database and the EHR");
            Assert.That(compose, Does.Not.Contain(":latest"));
            Assert.That(compose, Does.Not.Contain("ports:"), "a published port would lie about who is asking");
            Assert.That(HostNetwork().Matches(compose), Has.Count.EqualTo(3));
            Assert.That(compose, Does.Contain("listen_addresses=127.0.0.1"));
            Assert.That(compose, Does.Contain("server.address: 127.0.0.1"));
            Assert.That(compose, Does.Contain("Urls: http://localhost:5080"));
        });
    }

    [Test]
    public void Compose_Passwords_OnlyFromTheEnvironment()
    {
        var compose = Repository.Read("compose.yaml");
        var example = Repository.Read(".env.example").Split('\n').Where(line => line.Contains('=')).ToList();
        var asked = Required().Matches(compose).Select(match => match.Groups["name"].Value).Distinct();

        Assert.That(asked, Is.EquivalentTo(example.Select(line => line.Split('=')[0])));
        Assert.That(example, Has.All.EndsWith("="), "an example that holds a password is one");
        Assert.That(Literal().Matches(compose).Select(match => match.Value), Is.Empty);
    }

    [Test]
    public void Dockerfile_Server_RunsWithoutRights()
    {
        var lines = Repository.Read("FhirOrchestrator/Dockerfile").Split('\n');

        Assert.That(lines.Count(line => line.StartsWith("FROM ", StringComparison.Ordinal)), Is.EqualTo(2));
        Assert.That(lines, Has.Some.EqualTo("USER $APP_UID"));
    }

    [GeneratedRegex(@"\]\((?<file>(?!http)[^)]+)\)", Options, 1000)]
    private static partial Regex Link();

    [GeneratedRegex(@"^\s+image: ", Options, 1000)]
    private static partial Regex Image();

    [GeneratedRegex(@"^    network_mode: host$", Options, 1000)]
    private static partial Regex HostNetwork();

    [GeneratedRegex(@"\$\{(?<name>[A-Z_]+):\?", Options, 1000)]
    private static partial Regex Required();

    [GeneratedRegex(@"(?i)password(=|: )(?!\$)\S+", Options, 1000)]
    private static partial Regex Literal();
}
