using System.Globalization;

namespace FhirOrchestrator.Storage.Cluster;

/// <summary>A folder with PostgreSQL's programs, and their major version.</summary>
internal sealed record PostgresBinaries(string Folder, int Major)
{
    /// <summary>The oldest major version that the schema is written for.</summary>
    public const int MajorMin = 14;

    private const string Install =
        "install PostgreSQL's programs (Debian, Ubuntu: apt-get install postgresql; macOS: brew install postgresql@17; "
        + "Windows: the installer of postgresql.org), or set ConnectionStrings:Orchestrator and :Migrator to a server";

    private static readonly string Suffix = OperatingSystem.IsWindows() ? ".exe" : string.Empty;

    public string Initdb => Path.Combine(Folder, "initdb" + Suffix);

    public string Postgres => Path.Combine(Folder, "postgres" + Suffix);

    public string Control => Path.Combine(Folder, "pg_ctl" + Suffix);

    /// <summary>
    /// The programs to use: of the data folder's version where there is one already, else the newest ones.
    /// </summary>
    /// <exception cref="ClusterException">None is there, or none of the version needed.</exception>
    public static async Task<PostgresBinaries> FindAsync(int? major, CancellationToken ct)
    {
        var found = new List<PostgresBinaries>();
        foreach (var folder in Candidates().Distinct(StringComparer.Ordinal))
        {
            if (await ReadMajorAsync(folder, ct) is { } candidate)
            {
                found.Add(new PostgresBinaries(folder, candidate));
            }
        }

        var best = found.Where(b => major is null ? b.Major >= MajorMin : b.Major == major).MaxBy(b => b.Major);
        if (best is not null)
        {
            return best;
        }

        var got = found.Count == 0 ? "none" : string.Join(", ", found.Select(b => $"{b.Major} in {b.Folder}"));
        throw new ClusterException(major is null
            ? $"expected PostgreSQL {MajorMin} or newer on this machine, got {got}: {Install}"
            : $"expected PostgreSQL {major}, which made the data folder, got {got}: {Install}");
    }

    private static IEnumerable<string> Candidates()
    {
        var path = Environment.GetEnvironmentVariable("PATH") ?? string.Empty;
        foreach (var folder in path.Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries))
        {
            var postgres = Path.Combine(folder, "postgres" + Suffix);
            if (File.Exists(postgres))
            {
                // A link on the PATH stands alone; the programs beside its target belong together.
                var target = File.ResolveLinkTarget(postgres, returnFinalTarget: true)?.FullName ?? postgres;
                yield return Path.GetDirectoryName(target)!;
            }
        }

        (string Parent, string Pattern)[] places = OperatingSystem.IsWindows()
            ? [(Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.ProgramFiles), "PostgreSQL"), "*")]
            :
            [
                ("/usr/lib/postgresql", "*"), ("/usr", "pgsql-*"), ("/usr/lib", "postgresql*"),
                ("/opt/homebrew/opt", "postgresql*"), ("/usr/local/opt", "postgresql*"),
                ("/Applications/Postgres.app/Contents/Versions", "*"),
            ];
        foreach (var (parent, pattern) in places.Where(p => Directory.Exists(p.Parent)))
        {
            foreach (var folder in Directory.EnumerateDirectories(parent, pattern))
            {
                var programs = Path.Combine(folder, "bin");
                if (File.Exists(Path.Combine(programs, "postgres" + Suffix)))
                {
                    yield return programs;
                }
            }
        }
    }

    // "postgres (PostgreSQL) 15.18 (Debian ...)"
    private static async Task<int?> ReadMajorAsync(string folder, CancellationToken ct)
    {
        var binaries = new PostgresBinaries(folder, 0);
        if (!File.Exists(binaries.Initdb))
        {
            return null;
        }

        var run = await ClusterProgram.RunAsync(binaries.Postgres, ["--version"], account: null, ct);
        var words = run.Output.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var number = words.FirstOrDefault(w => char.IsAsciiDigit(w[0]));
        return run.ExitCode == 0 && number is not null
            && int.TryParse(
                new string([.. number.TakeWhile(char.IsAsciiDigit)]), CultureInfo.InvariantCulture, out var major)
                ? major
                : null;
    }
}
