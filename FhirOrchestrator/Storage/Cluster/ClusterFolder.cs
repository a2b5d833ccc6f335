using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace FhirOrchestrator.Storage.Cluster;

/// <summary>The passwords of the cluster's three roles.</summary>
internal sealed record ClusterSecrets(string Superuser, string Migrator, string Runtime);

/// <summary>
/// The folder of a private cluster, held by its lock file while this object lives: <c>lock</c>, <c>secrets.json</c>
/// (only for its owner), <c>data</c> (PostgreSQL's).
/// </summary>
internal sealed class ClusterFolder : IDisposable
{
    private const string HalfPrefix = "data.new-";

    private static readonly TimeSpan OldPostmasterMax = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(50);

    private static readonly JsonSerializerOptions WholeSecrets = new()
    {
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
    };

    private readonly FileStream _lock;

    private ClusterFolder(string path, FileStream @lock)
    {
        Path = path;
        _lock = @lock;
    }

    public string Path { get; }

    /// <summary>PostgreSQL's own data folder.</summary>
    public string Data => System.IO.Path.Combine(Path, "data");

    private string PostmasterFile => System.IO.Path.Combine(Data, "postmaster.pid");

    private string SecretsFile => System.IO.Path.Combine(Path, "secrets.json");

    /// <summary>Opens and locks the folder, creating it where it is absent.</summary>
    /// <exception cref="ClusterException">Another server holds it, or it cannot be made.</exception>
    public static ClusterFolder Open(string? dataFolder, string? account)
    {
        var parent = dataFolder ?? (account is null ? ".data" : "/var/lib/fhirorchestrator");
        var path = System.IO.Path.Combine(System.IO.Path.GetFullPath(parent), "postgres");
        try
        {
            Directory.CreateDirectory(path);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new ClusterException(
                $"expected a DataFolder that can be written to, got {path}: {fault.Message}", fault);
        }

        try
        {
            var file = System.IO.Path.Combine(path, "lock");
            return new ClusterFolder(
                path, new FileStream(file, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
        }
        catch (IOException fault)
        {
            throw new ClusterException(
                $"expected a data folder of this server's own, got {path}, which another running server "
                + "holds: stop that "
                + "one, set another DataFolder, or let both use one database through "
                + "ConnectionStrings:Orchestrator and "
                + "ConnectionStrings:Migrator",
                fault);
        }
        catch (UnauthorizedAccessException fault)
        {
            throw new ClusterException(
                $"expected a DataFolder that can be written to, got {path}: {fault.Message}", fault);
        }
    }

    /// <summary>The major version that made the data; null where there is none yet.</summary>
    /// <exception cref="ClusterException">Something is there, and it is no whole data folder.</exception>
    public int? ReadMajor()
    {
        if (!Directory.Exists(Data))
        {
            return null;
        }

        var file = System.IO.Path.Combine(Data, "PG_VERSION");
        var text = File.Exists(file) ? File.ReadAllText(file).Trim() : "none";
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var major)
            ? major
            : throw new ClusterException(
                $"expected a whole data folder of PostgreSQL in {Data}, got one whose PG_VERSION is "
                + (text == "none" ? "missing" : "damaged") + ": restore it from a backup, or set another DataFolder");
    }

    /// <summary>Makes the data folder; a crash half-way leaves nothing that looks whole.</summary>
    public async Task InitialiseAsync(PostgresBinaries binaries, string? account, CancellationToken ct)
    {
        await RequireReachableAsync(account, ct);
        var secrets = ReadSecrets() ?? WriteSecrets();
        DeleteHalves();
        var half = System.IO.Path.Combine(
            Path, HalfPrefix + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(4)));
        var password = System.IO.Path.Combine(Path, "password.new");
        CreatePrivateFolder(half);
        WritePrivateFile(password, secrets.Superuser);
        try
        {
            await ClusterProgram.GiveAsync(half, account, ct);
            await ClusterProgram.GiveAsync(password, account, ct);
            var run = await ClusterProgram.RunAsync(
                binaries.Initdb,
                [
                    "--pgdata", half, "--username", "postgres", "--pwfile", password, "--auth", "scram-sha-256",
                    "--data-checksums", "--encoding", "UTF8", "--locale", "C",
                ],
                account,
                ct);
            if (run.ExitCode != 0)
            {
                throw new ClusterException($"expected initdb to make {half}, got: {run.Errors.Trim()}");
            }
        }
        finally
        {
            File.Delete(password);
        }

        Directory.Move(half, Data);
    }

    /// <summary>The passwords of an initialised cluster.</summary>
    /// <exception cref="ClusterException">They are gone.</exception>
    public ClusterSecrets RequireSecrets() => ReadSecrets() ?? throw new ClusterException(
        $"expected the cluster's passwords in {SecretsFile}, got no such file: restore it from a backup of the folder");

    /// <summary>
    /// Waits until no postmaster of an earlier server runs on the data: after kill -9 the old one needs a moment to
    /// end.
    /// </summary>
    public async Task WaitForOldPostmasterAsync(TimeProvider time, CancellationToken ct)
    {
        var since = time.GetTimestamp();
        while (ReadPostmaster() is { } postmaster && IsRunning(postmaster.Pid))
        {
            if (time.GetElapsedTime(since) > OldPostmasterMax)
            {
                throw new ClusterException(
                    $"expected the earlier PostgreSQL on {Data} (process {postmaster.Pid}) to end within "
                    + $"{OldPostmasterMax.TotalSeconds:0} s, got one that still runs: stop it");
            }

            await Task.Delay(Look, time, ct);
        }
    }

    /// <summary>
    /// True when PostgreSQL's status line says that it takes connections; a line that a killed postmaster left counts
    /// not.
    /// </summary>
    public bool IsReady() => ReadPostmaster() is { Status: "ready" } postmaster && IsRunning(postmaster.Pid);

    public void Dispose() => _lock.Dispose();

    /// <summary>A folder that only its owner may enter.</summary>
    public static void CreatePrivateFolder(string path)
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(path);
        }
        else
        {
            const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
            Directory.CreateDirectory(path, OwnerOnly);
            File.SetUnixFileMode(path, OwnerOnly);
        }
    }

    // An initdb that outlived a killed server may still write into its own; the name of ours is another one.
    private void DeleteHalves()
    {
        foreach (var half in Directory.EnumerateDirectories(Path, HalfPrefix + "*"))
        {
            try
            {
                Directory.Delete(half, recursive: true);
            }
            catch (IOException)
            {
                // The next start finds it again.
            }
        }
    }

    private async Task RequireReachableAsync(string? account, CancellationToken ct)
    {
        if (account is not null)
        {
            var run = await ClusterProgram.RunAsync("/bin/sh", ["-c", "cd -- \"$0\"", Path], account, ct);
            if (run.ExitCode != 0)
            {
                throw new ClusterException(
                    $"expected a DataFolder that the account '{account}' can reach (PostgreSQL refuses "
                    + $"root), got {Path}: "
                    + "leave DataFolder out for /var/lib/fhirorchestrator, or open the folders above it (chmod o+x)");
            }
        }
    }

    private ClusterSecrets? ReadSecrets()
    {
        try
        {
            return File.Exists(SecretsFile)
                ? JsonSerializer.Deserialize<ClusterSecrets>(File.ReadAllText(SecretsFile), WholeSecrets)
                : null;
        }
        catch (JsonException damaged)
        {
            throw new ClusterException(
                $"expected the cluster's passwords in {SecretsFile}, got a damaged file: "
                + "restore it from a backup of the folder",
                damaged);
        }
    }

    private ClusterSecrets WriteSecrets()
    {
        var secrets = new ClusterSecrets(NewPassword(), NewPassword(), NewPassword());
        var half = SecretsFile + ".new";
        WritePrivateFile(half, JsonSerializer.Serialize(secrets));
        File.Move(half, SecretsFile, overwrite: true);
        return secrets;
    }

    private static string NewPassword() => Convert.ToHexString(RandomNumberGenerator.GetBytes(32));

    private static void WritePrivateFile(string path, string text)
    {
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        using var file = new FileStream(path, options);
        file.Write(Encoding.UTF8.GetBytes(text));
        file.Flush(flushToDisk: true);
    }

    // Line 1 is the process, line 8 its status, padded with blanks.
    private Postmaster? ReadPostmaster()
    {
        try
        {
            var lines = File.ReadAllLines(PostmasterFile);
            return lines.Length > 0 && int.TryParse(lines[0], CultureInfo.InvariantCulture, out var pid)
                ? new Postmaster(pid, lines.Length > 7 ? lines[7].Trim() : null)
                : null;
        }
        catch (Exception fault) when (fault is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }

    // A process number may have been given to somebody else after a restart of the machine.
    private bool IsRunning(int pid)
    {
        if (OperatingSystem.IsLinux())
        {
            try
            {
                return File.ReadAllText($"/proc/{pid}/cmdline").Contains(Data, StringComparison.Ordinal);
            }
            catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
            {
                return false;
            }
        }

        try
        {
            using var process = System.Diagnostics.Process.GetProcessById(pid);
            return process.ProcessName.Contains("postgres", StringComparison.OrdinalIgnoreCase);
        }
        catch (ArgumentException)
        {
            return false;
        }
    }

    private sealed record Postmaster(int Pid, string? Status);
}
