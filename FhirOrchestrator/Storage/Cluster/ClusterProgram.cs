using System.ComponentModel;
using System.Diagnostics;

namespace FhirOrchestrator.Storage.Cluster;

/// <summary>How a program that ran to its end came out.</summary>
internal sealed record ProgramRun(int ExitCode, string Output, string Errors);

/// <summary>Runs the cluster's programs, where asked as the unprivileged account.</summary>
internal static class ClusterProgram
{
    private static readonly string[] AccountNames = ["postgres", "nobody"];

    /// <summary>
    /// The account that PostgreSQL runs as: PostgreSQL refuses root. Null where this process is not root itself.
    /// </summary>
    /// <exception cref="ClusterException">Root, and no such account exists.</exception>
    public static string? FindAccount()
    {
        if (OperatingSystem.IsWindows() || !Environment.IsPrivilegedProcess)
        {
            return null;
        }

        var known = File.ReadLines("/etc/passwd").Select(line => line.Split(':')[0]).ToHashSet(StringComparer.Ordinal);
        return AccountNames.FirstOrDefault(known.Contains)
            ?? throw new ClusterException(
                $"expected an unprivileged account ({string.Join(" or ", AccountNames)}) to run PostgreSQL "
                + "as, because it "
                + "refuses root; got none in /etc/passwd");
    }

    /// <summary>How to start a program: in a neutral folder, with an environment of its own.</summary>
    public static ProcessStartInfo Describe(string program, IEnumerable<string> arguments, string? account)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        if (account is not null)
        {
            start.UserName = account;
        }

        if (!OperatingSystem.IsWindows())
        {
            // The current folder may be closed to the account; settings and secrets of ours are none of its business.
            start.WorkingDirectory = "/";
            var path = Environment.GetEnvironmentVariable("PATH");
            start.Environment.Clear();
            start.Environment["PATH"] = path ?? "/usr/bin:/bin";
            start.Environment["LC_ALL"] = "C";
        }

        return start;
    }

    /// <summary>Runs a program to its end.</summary>
    /// <exception cref="ClusterException">It cannot be started.</exception>
    public static async Task<ProgramRun> RunAsync(
        string program, IEnumerable<string> arguments, string? account, CancellationToken ct)
    {
        using var process = new Process { StartInfo = Describe(program, arguments, account) };
        try
        {
            process.Start();
        }
        catch (Win32Exception fault)
        {
            throw new ClusterException($"expected to be able to run {program}, got: {fault.Message}", fault);
        }

        process.StandardInput.Close();
        try
        {
            var output = process.StandardOutput.ReadToEndAsync(ct);
            var errors = process.StandardError.ReadToEndAsync(ct);
            await process.WaitForExitAsync(ct);
            return new ProgramRun(process.ExitCode, await output, await errors);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }
    }

    /// <summary>Hands a folder or file over to the account; without one it is ours already.</summary>
    public static async Task GiveAsync(string path, string? account, CancellationToken ct)
    {
        if (account is not null)
        {
            var run = await RunAsync("chown", [$"{account}:", path], account: null, ct);
            if (run.ExitCode != 0)
            {
                throw new ClusterException(
                    $"expected to be able to give {path} to '{account}', got: {run.Errors.Trim()}");
            }
        }
    }
}
