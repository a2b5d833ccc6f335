using System.Collections.Immutable;
using FhirOrchestrator.Settings;
using Microsoft.Extensions.Configuration;

namespace FhirOrchestrator.Tests.Settings;

/// <summary>
/// Files, environment and command line for one reading of the settings; undoes everything afterwards.
/// </summary>
internal sealed class SettingsBench : IDisposable
{
    public static readonly DateTimeOffset Now = new(2026, 11, 20, 12, 0, 0, TimeSpan.Zero);

    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("fo-settings-");
    private readonly List<string> environment = [];

    public string ContentRoot => folder.FullName;

    private string ProgramFolder => Path.Combine(folder.FullName, "program");

    public void WriteFile(string json) => File.WriteAllText(Path.Combine(ContentRoot, SettingsSources.FileName), json);

    public void WriteProgramFile(string json)
    {
        Directory.CreateDirectory(ProgramFolder);
        File.WriteAllText(Path.Combine(ProgramFolder, SettingsSources.FileName), json);
    }

    public void SetEnvironment(string name, string value)
    {
        Environment.SetEnvironmentVariable(name, value);
        environment.Add(name);
    }

    public SettingsResult Read(params string[] arguments)
    {
        using var configuration = new ConfigurationManager();
        SettingsSources.Use(configuration, ProgramFolder, ContentRoot, "Production", [.. arguments]);
        return SettingsReader.Read(
            configuration,
            new SettingsSurroundings(ContentRoot, ["sandbox", "hapi", "candle", "medplum"], Now));
    }

    public ServerSettings Ready(params string[] arguments) => Read(arguments) switch
    {
        SettingsResult.Ready ready => ready.Settings,
        var refused => throw new AssertionException(refused.ToString()),
    };

    public ImmutableArray<string> Refused(params string[] arguments) =>
        Read(arguments) is SettingsResult.Refused refused
            ? [.. refused.Problems.Select(problem => problem.ToString())]
            : throw new AssertionException("the settings were accepted");

    public void Dispose()
    {
        foreach (var name in environment)
        {
            Environment.SetEnvironmentVariable(name, null);
        }

        folder.Delete(recursive: true);
    }
}
