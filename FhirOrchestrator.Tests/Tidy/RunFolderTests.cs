namespace FhirOrchestrator.Tests.Tidy;

/// <summary>
/// README starts the server where the packages lie: a web project would otherwise run in its own folder, find none,
/// and start nothing.
/// </summary>
internal sealed class RunFolderTests
{
    [Test]
    public void DotnetRun_FromTheRoot_FindsThePackages() => Assert.That(
        Repository.Read("FhirOrchestrator/FhirOrchestrator.csproj"),
        Does.Contain("<RunWorkingDirectory>$(MSBuildProjectDirectory)/..</RunWorkingDirectory>"));
}
