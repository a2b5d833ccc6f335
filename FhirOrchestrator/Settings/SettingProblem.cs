using System.Text;

namespace FhirOrchestrator.Settings;

/// <summary>A setting that cannot be used.</summary>
/// <param name="Key">The key as configuration spells it, such as <c>Ehrs:0:BaseUrl</c>.</param>
/// <param name="Words">"expected X, got Y", perhaps "; did you mean Z?". Never a secret.</param>
/// <param name="Source">Where it was set: a file's name, the environment, the command line; null where it is
/// absent.</param>
internal sealed record SettingProblem(string Key, string Words, string? Source)
{
    public override string ToString() => Source is null ? $"{Key}: {Words}" : $"{Key} ({Source}): {Words}";

    /// <summary>What the server says when it refuses to start: one line a problem.</summary>
    public static string Describe(ImmutableArray<SettingProblem> problems)
    {
        var text = new StringBuilder("FhirOrchestrator does not start: ");
        text.Append(problems.Length == 1 ? "a setting is wrong." : $"{problems.Length} settings are wrong.");
        foreach (var problem in problems)
        {
            text.Append("\n  ").Append(problem);
        }

        return text.ToString();
    }
}

/// <summary>What reading the settings came to.</summary>
internal abstract record SettingsResult
{
    private SettingsResult()
    {
    }

    /// <summary>All is well.</summary>
    /// <param name="Settings">The settings.</param>
    /// <param name="Warnings">What is allowed and probably not meant, to be printed at start.</param>
    public sealed record Ready(ServerSettings Settings, ImmutableArray<string> Warnings) : SettingsResult;

    /// <summary>The server must not start.</summary>
    public sealed record Refused(ImmutableArray<SettingProblem> Problems) : SettingsResult
    {
        public override string ToString() => SettingProblem.Describe(Problems);
    }
}

/// <summary>What the settings are read against.</summary>
/// <param name="ContentRoot">Where relative folders start.</param>
/// <param name="Kinds">The kinds of EHR that have a profile.</param>
/// <param name="Now">The time of the start: nothing may ask for history from the future.</param>
internal sealed record SettingsSurroundings(string ContentRoot, ImmutableArray<string> Kinds, DateTimeOffset Now);
