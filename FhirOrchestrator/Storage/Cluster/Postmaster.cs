using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace FhirOrchestrator.Storage.Cluster;

/// <summary>What a postmaster is started with.</summary>
internal sealed record PostmasterSettings
{
    public required PostgresBinaries Binaries { get; init; }

    public required ClusterFolder Folder { get; init; }

    /// <summary>The account it runs as; null: this process's own.</summary>
    public required string? Account { get; init; }

    public required SocketPlace Socket { get; init; }

    public required bool Durable { get; init; }

    public required int ConnectionsMax { get; init; }
}

/// <summary>
/// A running postmaster behind a wrapper shell: the shell reads a pipe that this process holds and ends PostgreSQL
/// (SIGINT: fast shutdown) when the pipe ends, whether we close it or are killed.
/// </summary>
internal sealed class Postmaster : IAsyncDisposable
{
    private const int ErrorCharactersMax = 4000;

    // Fd 3 keeps the pipe away from PostgreSQL. The terminal's Ctrl-C is ignored here: the server decides when to stop.
    private const string Wrapper =
        """
        trap '' INT
        exec 3<&0 </dev/null
        "$@" 3<&- &
        postmaster=$!
        { read -r _ <&3; kill -INT "$postmaster"; } 2>/dev/null &
        watcher=$!
        exec 3<&-
        wait "$postmaster"
        code=$?
        kill "$watcher" 2>/dev/null
        exit $code
        """;

    private static readonly TimeSpan ReadyMax = TimeSpan.FromMinutes(3);
    private static readonly TimeSpan StopMax = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(20);

    private readonly Process _process;
    private readonly PostmasterSettings _settings;
    private readonly StringBuilder _errors = new();

    private Postmaster(Process process, PostmasterSettings settings)
    {
        _process = process;
        _settings = settings;
    }

    /// <summary>Starts it and returns when it takes connections; recovery after a crash is waited for.</summary>
    /// <exception cref="ClusterException">It ended, or was not ready within three minutes.</exception>
    public static async Task<Postmaster> StartAsync(
        PostmasterSettings settings, TimeProvider time, CancellationToken ct)
    {
        var process = new Process { StartInfo = Describe(settings) };
        var postmaster = new Postmaster(process, settings);
        process.ErrorDataReceived += (_, line) => postmaster.Keep(line.Data);
        process.OutputDataReceived += (_, line) => postmaster.Keep(line.Data);
        try
        {
            process.Start();
            process.BeginErrorReadLine();
            process.BeginOutputReadLine();
            await postmaster.WaitUntilReadyAsync(time, ct);
            return postmaster;
        }
        catch
        {
            await postmaster.DisposeAsync();
            throw;
        }
    }

    /// <summary>Waits until it ends, by itself or killed; the exit code.</summary>
    public async Task<int> WaitForEndAsync(CancellationToken ct)
    {
        await _process.WaitForExitAsync(ct);
        return _process.ExitCode;
    }

    /// <summary>Stops it and waits for its end, at most 30 seconds.</summary>
    public async ValueTask DisposeAsync()
    {
        try
        {
            if (!_process.HasExited)
            {
                await StopAsync();
            }
        }
        catch (InvalidOperationException)
        {
            // It was never started.
        }

        _process.Dispose();
    }

    private async Task StopAsync()
    {
        if (OperatingSystem.IsWindows())
        {
            await ClusterProgram.RunAsync(
                _settings.Binaries.Control,
                ["stop", "--pgdata", _settings.Folder.Data, "--mode", "fast"],
                account: null,
                CancellationToken.None);
        }
        else
        {
            _process.StandardInput.Close();
        }

        using var limit = new CancellationTokenSource(StopMax);
        await _process.WaitForExitAsync(limit.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private async Task WaitUntilReadyAsync(TimeProvider time, CancellationToken ct)
    {
        var since = time.GetTimestamp();
        while (!_settings.Folder.IsReady())
        {
            if (_process.HasExited)
            {
                await _process.WaitForExitAsync(ct);
                throw new ClusterException(
                    $"expected PostgreSQL to start on {_settings.Folder.Data}, got exit code "
                    + $"{_process.ExitCode}: {Errors}");
            }

            if (time.GetElapsedTime(since) > ReadyMax)
            {
                throw new ClusterException(
                    $"expected PostgreSQL on {_settings.Folder.Data} to be ready within "
                    + $"{ReadyMax.TotalMinutes:0} min, got a "
                    + $"process that is not (is it recovering?): {Errors}");
            }

            await Task.Delay(Look, time, ct);
        }
    }

    private string Errors
    {
        get
        {
            lock (_errors)
            {
                return _errors.ToString().Trim();
            }
        }
    }

    private void Keep(string? line)
    {
        lock (_errors)
        {
            if (line is not null && _errors.Length < ErrorCharactersMax)
            {
                _errors.Append(line).Append(' ');
            }
        }
    }

    private static ProcessStartInfo Describe(PostmasterSettings settings)
    {
        string[] postgres = [settings.Binaries.Postgres, "-D", settings.Folder.Data, .. Options(settings)];
        if (OperatingSystem.IsWindows())
        {
            return ClusterProgram.Describe(postgres[0], postgres.Skip(1), settings.Account);
        }

        // A session of its own keeps the terminal's Ctrl-C from PostgreSQL; macOS has no setsid, there job control
        // does it.
        string[] shell = File.Exists("/usr/bin/setsid")
            ? ["/usr/bin/setsid", "/bin/sh", "-c"] : ["/bin/sh", "-m", "-c"];
        return ClusterProgram.Describe(shell[0], [.. shell.Skip(1), Wrapper, "sh", .. postgres], settings.Account);
    }

    private static IEnumerable<string> Options(PostmasterSettings settings)
    {
        var windows = OperatingSystem.IsWindows();
        (string Name, string Value)[] options =
        [
            ("listen_addresses", windows ? settings.Socket.Host : string.Empty),
            ("port", settings.Socket.Port.ToString(CultureInfo.InvariantCulture)),
            ("unix_socket_directories", windows ? string.Empty : settings.Socket.Host),
            ("unix_socket_permissions", "0700"),
            ("max_connections", settings.ConnectionsMax.ToString(CultureInfo.InvariantCulture)),
            ("shared_buffers", "256MB"),
            ("max_wal_size", "2GB"),
            ("timezone", "UTC"),
            ("logging_collector", "on"),
            ("log_directory", "log"),
            ("log_filename", "postgresql-%a.log"),
            ("log_rotation_age", "1d"),
            ("log_rotation_size", "0"),
            ("log_truncate_on_rotation", "on"),
            ("log_timezone", "UTC"),

            // DETAIL lines and parameters would carry what rows contain: patients.
            ("log_error_verbosity", "terse"),
            ("log_parameter_max_length_on_error", "0"),
            ("log_min_error_statement", "panic"),
        ];
        (string Name, string Value)[] quick =
            settings.Durable ? [] : [("fsync", "off"), ("synchronous_commit", "off"), ("full_page_writes", "off")];
        return options.Concat(quick).SelectMany(o => new[] { "-c", $"{o.Name}={o.Value}" });
    }
}
