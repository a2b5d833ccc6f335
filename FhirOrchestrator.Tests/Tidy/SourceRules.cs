using System.Text.RegularExpressions;

namespace FhirOrchestrator.Tests.Tidy;

/// <summary>Rules over the text of the source files and of the repository.</summary>
internal static partial class SourceRules
{
    public const int FileLinesMax = 400;
    public const int FunctionLinesMax = 60;
    public const int LineLettersMax = 120;

    private const RegexOptions Options = RegexOptions.Multiline | RegexOptions.ExplicitCapture;
    private const int TimeoutMilliseconds = 1000;

    /// <summary>The root holds these and dotfiles, nothing else.</summary>
    private static readonly string[] RootNames =
    [
        "FhirOrchestrator", "FhirOrchestrator.Tests", "subscriptions", "profiles", "compose.yaml", "global.json",
        "README.md", "FhirOrchestrator.slnx",
    ];

    public static IEnumerable<Finding> Lengths(SourceFile file)
    {
        if (file.Lines.Length > FileLinesMax)
        {
            yield return new Finding("file-length", file.Path, $"{file.Lines.Length} lines, at most {FileLinesMax}");
        }

        foreach (var function in file.Functions.Where(one => one.LineCount > FunctionLinesMax))
        {
            yield return new Finding(
                "function-length",
                $"{file.Path} {function.Name}",
                $"{function.LineCount} lines from line {function.FirstLine} on, at most {FunctionLinesMax}");
        }
    }

    public static IEnumerable<Finding> LineLengths(SourceFile file)
    {
        for (var i = 0; i < file.Lines.Length; i++)
        {
            var length = file.Lines[i].TrimEnd('\r').Length;
            if (length > LineLettersMax)
            {
                yield return new Finding(
                    "line-length", file.Path, $"line {i + 1} has {length} characters, at most {LineLettersMax}");
            }
        }
    }

    /// <summary>The namespace is the folder, file-scoped. Only files at the project's root have none.</summary>
    public static IEnumerable<Finding> Namespaces(SourceFile file)
    {
        var folder = file.Path[..file.Path.LastIndexOf('/')];
        var expected = folder.Replace('/', '.');
        var match = Namespace().Match(file.Code);
        var actual = match.Success ? match.Groups["name"].Value : null;
        if (actual != expected && (actual is not null || folder.Contains('/')))
        {
            yield return new Finding("namespace", file.Path, $"expected namespace {expected}; got {actual ?? "none"}");
        }
    }

    /// <summary>What the compiler copies as a number is seen in the source only.</summary>
    public static IEnumerable<Finding> Continuations(SourceFile file) =>
        file.Code.Contains("RunContinuationsAsynchronously", StringComparison.Ordinal)
            ? [new Finding("scheduling", file.Path, "RunContinuationsAsynchronously belongs to the composition root")]
            : [];

    /// <summary>
    /// Uses that the compiled assembly no longer shows, because it holds a copied constant: a using directive names
    /// them.
    /// </summary>
    public static IEnumerable<Finding> Usings(SourceFile file, LayerTable table)
    {
        var parts = file.Path.Split('/');
        if (parts.Length < 3)
        {
            yield break;
        }

        foreach (Match match in Using().Matches(file.Code))
        {
            if (!table.Allows(parts[1], match.Groups["name"].Value))
            {
                yield return new Finding("layer", file.Path, $"{parts[1]} may not know {match.Groups["name"].Value}");
            }
        }
    }

    public static IEnumerable<Finding> Root(IEnumerable<string> files) => files
        .Select(file => file.Split('/')[0])
        .Distinct()
        .Where(name => name[0] != '.' && !RootNames.Contains(name))
        .Select(name => new Finding("root", name, "does not belong into the root of the repository"));

    /// <summary>Nothing committed names a place on one machine or a host that hands out packages.</summary>
    public static IEnumerable<Finding> Places(string file, string text)
    {
        foreach (var pattern in new[] { MachinePath(), PackageHost() })
        {
            if (pattern.Match(text) is { Success: true } match)
            {
                var line = 1 + text.AsSpan(0, match.Index).Count('\n');
                yield return new Finding("place", file, $"line {line} names {match.Value}");
            }
        }
    }

    [GeneratedRegex(@"^\s*namespace\s+(?<name>[\w.]+)\s*;", Options, TimeoutMilliseconds)]
    private static partial Regex Namespace();

    [GeneratedRegex(
        @"^\s*(global\s+)?using\s+(static\s+)?(\w+\s*=\s*)?FhirOrchestrator\.(?<name>\w+)", Options,
        TimeoutMilliseconds)]
    private static partial Regex Using();

    [GeneratedRegex(
        @"(?<![\w.])/work/\w|(?<!\w)/(home|Users)/\w+/|/root/[\w.]|[A-Z]:\\Users\\", Options, TimeoutMilliseconds)]
    private static partial Regex MachinePath();

    // Each pattern is written so that it does not match itself.
    [GeneratedRegex(
        @"api\.nu[g]et|n[u]get\.org/v3|registry\.np[m]js|registry\.yarn[p]kg|p[y]pi\.org|pythonhos[t]ed|"
        + @"arti[f]actory|jf[r]og|pkgs\.dev\.azu[r]e|deb\.deb[i]an|security\.deb[i]an",
        Options | RegexOptions.IgnoreCase,
        TimeoutMilliseconds)]
    private static partial Regex PackageHost();
}
