using System.CommandLine;
using System.CommandLine.Help;
using System.Globalization;
using FhirOrchestrator.Fhir;

namespace FhirOrchestrator.Settings;

/// <summary>The verbs, and settings as <c>--Key=value</c> or <c>--Key value</c>.</summary>
internal static class CommandLine
{
    /// <summary>The process's exit code where it was asked for what it cannot do.</summary>
    public const int ExitWrongUse = 2;

    /// <summary>The verbs that work.</summary>
    public const string ReadyVerbs = "serve, sandbox, check, migrate, digest, bench";

    private const string SettingsHint =
        "Settings follow as --Key=value, for example --Ehrs:0:BaseUrl=https://ehr.example.org/fhir (see README.md).";

    private static readonly ImmutableArray<string> HelpWords = ["--help", "-h", "-?", "/?", "/h"];

    /// <summary>Takes the command line apart. Never throws and never prints.</summary>
    public static Invocation Read(IReadOnlyList<string> arguments)
    {
        var root = Definition();

        // A token that starts with @ is a value, never a file to read arguments from.
        var parsed = root.Parse(arguments, new ParserConfiguration { ResponseFileTokenReplacer = null });
        if (parsed.Action is HelpAction || arguments.Any(HelpWords.Contains))
        {
            return new Invocation(new Verb.Say(Help(root, parsed), 0), []);
        }

        if (parsed.Errors.Count > 0)
        {
            var words = string.Join('\n', parsed.Errors.Select(error => error.Message));
            return new Invocation(new Verb.Say($"{words}\n{SettingsHint}", ExitWrongUse), []);
        }

        if (parsed.CommandResult.Command.Name == "bench")
        {
            return new Invocation(BenchLine.Read(parsed.UnmatchedTokens), []);
        }

        var verb = VerbOf(parsed.CommandResult.Command);
        if (verb is Verb.Later)
        {
            return new Invocation(verb, []);
        }

        if (verb is Verb.Digest)
        {
            return new Invocation(ReadDigest(parsed.UnmatchedTokens), []);
        }

        var settings = ReadSettings(parsed.UnmatchedTokens, out var problem);
        return problem is null
            ? new Invocation(verb, settings)
            : new Invocation(new Verb.Say(problem, ExitWrongUse), []);
    }

    private static RootCommand Definition()
    {
        var root = new RootCommand($"Turns FHIR R4 notifications into durable chains of jobs. {SettingsHint}");
        root.Options.Clear();
        root.Directives.Clear();
        root.SetAction(_ => 0);
        root.Options.Add(new HelpOption());
        root.Add(new Command("serve", "Run the server (default)."));
        root.Add(new Command("sandbox", "Run only the sandbox EHR, with a schema of its own."));
        root.Add(new Command("check", "Check the workflow packages and run their scenarios."));
        root.Add(new Command("migrate", "Bring the database's schema up to date and end."));
        root.Add(new Command("bench", "Measure: bench fhir [--json]."));
        root.Add(new Command("preview", "Show what an EHR would start, without writing; comes with issue 5."));
        root.Add(new Command("verify", "Verify the audit's hash chain; comes with issue 6."));
        root.Add(new Command(
            "digest", "Write the embedded digest of FHIR definitions: digest FOLDER, the official bundles."));
        foreach (var command in root.Subcommands.Append(root))
        {
            command.TreatUnmatchedTokensAsErrors = false;
        }

        return root;
    }

    private static Verb VerbOf(Command command) => command.Name switch
    {
        "sandbox" => new Verb.Sandbox(),
        "check" => new Verb.Check(),
        "migrate" => new Verb.Migrate(),
        "digest" => new Verb.Digest(""),
        "preview" => new Verb.Later("preview", 5),
        "verify" => new Verb.Later("verify", 6),
        _ => new Verb.Serve(),
    };

    private static Verb ReadDigest(IReadOnlyList<string> tokens) =>
        tokens is [var folder] && !folder.StartsWith('-')
            ? new Verb.Digest(folder)
            : new Verb.Say(
                $"expected digest FOLDER, the folder of the official bundles, got \"{string.Join(' ', tokens)}\"",
                ExitWrongUse);

    private static string Help(RootCommand root, ParseResult parsed)
    {
        using var output = new StringWriter(CultureInfo.InvariantCulture);
        var help = parsed.Action is HelpAction ? parsed : root.Parse(["--help"]);
        help.Invoke(new InvocationConfiguration { Output = output, Error = output });
        return output.ToString().TrimEnd();
    }

    /// <summary>
    /// The framework's reader drops what it does not understand, so that a slip would look like a default; here a slip
    /// ends the start.
    /// </summary>
    private static ImmutableArray<string> ReadSettings(IReadOnlyList<string> tokens, out string? problem)
    {
        var settings = ImmutableArray.CreateBuilder<string>();
        var keys = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        problem = null;
        for (var i = 0; i < tokens.Count; i++)
        {
            var token = tokens[i];
            if (!token.StartsWith("--", StringComparison.Ordinal) || token.Length == 2 || token[2] == '=')
            {
                problem = UnknownToken(token);
                return [];
            }

            var isNextValue = !token.Contains('=')
                && i + 1 < tokens.Count
                && !tokens[i + 1].StartsWith("--", StringComparison.Ordinal);
            if (!token.Contains('=') && !isNextValue)
            {
                problem = $"expected {token}=value, got {token} without a value";
                return [];
            }

            var setting = isNextValue ? $"{token}={tokens[++i]}" : token;
            var key = setting[2..setting.IndexOf('=', StringComparison.Ordinal)];
            if (!keys.Add(key))
            {
                problem = $"expected --{key} once, got it twice";
                return [];
            }

            settings.Add(setting);
        }

        return settings.ToImmutable();
    }

    private static string UnknownToken(string token)
    {
        ImmutableArray<string> verbs = ["serve", "sandbox", "check", "migrate", "bench", "preview", "verify", "digest"];
        var near = Nearest.Of(token, verbs);
        var hint = near is null ? "" : $"; did you mean {near}?";
        return $"expected one of {ReadyVerbs}, or --Key=value, got \"{token}\"{hint}";
    }
}
