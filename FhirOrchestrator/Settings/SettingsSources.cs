using Microsoft.Extensions.Configuration.CommandLine;
using Microsoft.Extensions.Configuration.EnvironmentVariables;
using Microsoft.Extensions.Configuration.Json;

namespace FhirOrchestrator.Settings;

/// <summary>Where settings come from, the later winning: files, then the environment, then the command line.</summary>
internal static class SettingsSources
{
    public const string FileName = "appsettings.json";

    /// <summary>
    /// Puts the product's sources in place of whatever the framework had put there: <c>appsettings.json</c> beside the
    /// executable, the same at the content root, <c>appsettings.ENVIRONMENT.json</c> in both, the environment
    /// (<c>Ehrs__0__BaseUrl</c>), the command line (<c>--Ehrs:0:BaseUrl=…</c>).
    /// </summary>
    /// <remarks>
    /// Two folders, because <c>dotnet run</c> starts at the repository's root while the file of defaults lies beside
    /// the executable. Files are not watched: a setting changes by a restart. A file that cannot be read is remembered
    /// by the configuration itself, so that <see cref="SettingsReader"/> refuses it and nobody can forget to ask.
    /// </remarks>
    /// <param name="builder">The configuration to fill.</param>
    /// <param name="programFolder">The folder of the executable.</param>
    /// <param name="contentRoot">Where the server was started, or the folder it was told to start in.</param>
    /// <param name="environment">The environment's name, such as Production.</param>
    /// <param name="arguments">The command line without the verb, each <c>--Key=value</c>.</param>
    public static void Use(
        IConfigurationBuilder builder,
        string programFolder,
        string contentRoot,
        string environment,
        ImmutableArray<string> arguments)
    {
        builder.Sources.Clear();
        try
        {
            AddFiles(builder, programFolder, environment);
            if (!string.Equals(Trim(programFolder), Trim(contentRoot), StringComparison.Ordinal))
            {
                AddFiles(builder, contentRoot, environment);
            }
        }
        catch (InvalidDataException fault)
        {
            // The innermost message names line and position, the outermost the file; neither shows a value.
            builder.Sources.Clear();
            builder.Add(new BrokenFile(new SettingProblem(
                FileName,
                $"expected one JSON object with each key once, got: {fault.GetBaseException().Message}",
                Path.GetFileName(FileOf(fault)))));
        }

        builder.AddEnvironmentVariables();
        builder.AddCommandLine([.. arguments]);

        static string Trim(string folder) => Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));
    }

    /// <summary>How a source is called in a message.</summary>
    public static string NameOf(IConfigurationProvider provider) => provider switch
    {
        JsonConfigurationProvider json => Path.GetFileName(json.Source.Path) ?? "a file",
        EnvironmentVariablesConfigurationProvider => "the environment",
        CommandLineConfigurationProvider => "the command line",
        _ => "the program",
    };

    /// <summary>
    /// True for sources that hold our keys and nobody else's, so that an unknown key at the top is a mistake.
    /// </summary>
    public static bool IsOurs(IConfigurationProvider provider) =>
        provider is JsonConfigurationProvider or CommandLineConfigurationProvider;

    /// <summary>True for the environment: its single names belong to everybody.</summary>
    public static bool IsEnvironment(IConfigurationProvider provider) =>
        provider is EnvironmentVariablesConfigurationProvider;

    private static string FileOf(InvalidDataException fault) => fault.Message.Split('\'') switch
    {
        [_, var file, ..] => file,
        _ => FileName,
    };

    private static void AddFiles(IConfigurationBuilder builder, string folder, string environment)
    {
        builder.AddJsonFile(Path.GetFullPath(Path.Combine(folder, FileName)), optional: true, reloadOnChange: false);
        builder.AddJsonFile(
            Path.GetFullPath(Path.Combine(folder, $"appsettings.{environment}.json")),
            optional: true,
            reloadOnChange: false);
    }
}
