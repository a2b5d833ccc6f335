using System.Collections.Immutable;
using System.Diagnostics;

namespace FhirOrchestrator.Tests.Tidy;

/// <summary>The files of this repository.</summary>
internal static class Repository
{
    private static readonly Lazy<ImmutableArray<string>> CommittedFiles = new(ListCommitted);

    /// <summary>Its root: the nearest folder above the test assembly that holds <c>global.json</c>.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>
    /// What is or would be committed, relative to the root, with slashes. Without git (an unpacked archive) every file
    /// that is not a build's output.
    /// </summary>
    public static ImmutableArray<string> Files => CommittedFiles.Value;

    /// <summary>All C# files of a project folder.</summary>
    public static IEnumerable<SourceFile> Sources(string project) => Files
        .Where(file => file.StartsWith($"{project}/", StringComparison.Ordinal)
            && file.EndsWith(".cs", StringComparison.Ordinal))
        .Select(file => SourceFile.Parse(file, File.ReadAllText(Path.Combine(Root, file))));

    /// <summary>The text of a file.</summary>
    public static string Read(string file) => File.ReadAllText(Path.Combine(Root, file));

    private static string FindRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "global.json")))
        {
            folder = folder.Parent;
        }

        return folder?.FullName
            ?? throw new InvalidOperationException("expected global.json above the test assembly, got none");
    }

    private static ImmutableArray<string> ListCommitted()
    {
        var listed = AskGit();
        return listed.IsEmpty ? ListFolder() : [.. listed.Where(file => File.Exists(Path.Combine(Root, file)))];
    }

    private static ImmutableArray<string> AskGit()
    {
        var start = new ProcessStartInfo("git")
        {
            WorkingDirectory = Root,
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var argument in new[]
        {
            "-c", "safe.directory=*", "ls-files", "-z", "--cached", "--others", "--exclude-standard",
        })
        {
            start.ArgumentList.Add(argument);
        }

        try
        {
            using var git = Process.Start(start)!;
            git.ErrorDataReceived += (_, _) => { };
            git.BeginErrorReadLine();
            var output = git.StandardOutput.ReadToEnd();
            git.WaitForExit();
            return git.ExitCode == 0 ? [.. output.Split('\0', StringSplitOptions.RemoveEmptyEntries)] : [];
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return [];
        }
    }

    private static ImmutableArray<string> ListFolder()
    {
        string[] outputs = ["bin", "obj", ".git", ".data", "TestResults", "node_modules"];
        return
        [
            .. Directory.EnumerateFiles(Root, "*", SearchOption.AllDirectories)
                .Select(file => Path.GetRelativePath(Root, file).Replace('\\', '/'))
                .Where(file => !file.Split('/').Any(outputs.Contains)),
        ];
    }
}
