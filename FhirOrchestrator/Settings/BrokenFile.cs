namespace FhirOrchestrator.Settings;

/// <summary>Stands in the configuration for a file that could not be read: no keys, but a problem.</summary>
internal sealed class BrokenFile(SettingProblem problem) : ConfigurationProvider, IConfigurationSource
{
    public SettingProblem Problem => problem;

    public IConfigurationProvider Build(IConfigurationBuilder builder) => this;
}
