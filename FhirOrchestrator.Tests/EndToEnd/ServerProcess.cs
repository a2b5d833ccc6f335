using System.Collections.Immutable;
using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;

namespace FhirOrchestrator.Tests.EndToEnd;

/// <summary>How to start the server under test.</summary>
internal sealed record ServerStart
{
    /// <summary>The verb; null for none (which serves).</summary>
    public string? Verb { get; init; }

    /// <summary>Settings, each <c>--Key=value</c>.</summary>
    public ImmutableArray<string> Settings { get; init; } = [];

    /// <summary>Further environment variables.</summary>
    public ImmutableDictionary<string, string> Environment { get; init; } = ImmutableDictionary<string, string>.Empty;

    /// <summary>Where it listens; 0: a free port.</summary>
    public int Port { get; init; }

    /// <summary>The private cluster's folder; null: a new temporary one, deleted with the process.</summary>
    public string? DataFolder { get; init; }

    /// <summary>
    /// Where it is started: relative folders begin there. Null: the repository's root, as README says.
    /// </summary>
    public string? Folder { get; init; }

    /// <summary>How long it should take until it is ready.</summary>
    public TimeSpan ReadyExpected { get; init; } = TimeSpan.FromSeconds(10);
}

/// <summary>
/// The built executable as a process of its own. It is stopped by its id: gently (SIGINT, as Ctrl-C), or by SIGKILL as
/// a power cut would.
/// </summary>
internal sealed class ServerProcess : IAsyncDisposable
{
    private const int SigInt = 2;
    private const int SigTerm = 15;

    private static readonly TimeSpan StopExpected = TimeSpan.FromSeconds(5);

    private readonly Process process;
    private readonly StringBuilder output = new();
    private readonly StringBuilder errors = new();
    private readonly string? ownFolder;
    private readonly TaskCompletionSource ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private ServerProcess(Process process, int port, string dataFolder, bool isOwnFolder)
    {
        this.process = process;
        ownFolder = isOwnFolder ? dataFolder : null;
        DataFolder = dataFolder;
        Port = port;
        BaseUrl = new Uri($"http://localhost:{port}/");
        Http = new HttpClient { BaseAddress = BaseUrl, Timeout = TimeSpan.FromSeconds(60) };
    }

    public int Port { get; }

    public Uri BaseUrl { get; }

    /// <summary>The private cluster's folder; empty where a database is configured.</summary>
    public string DataFolder { get; }

    /// <summary>A client of this server.</summary>
    public HttpClient Http { get; }

    public int Id => process.Id;

    public bool IsRunning => !process.HasExited;

    /// <summary>The exit code, once it has ended.</summary>
    public int ExitCode => process.ExitCode;

    /// <summary>What it has printed so far, errors too.</summary>
    public string Output
    {
        get
        {
            lock (output)
            {
                return output.ToString();
            }
        }
    }

    /// <summary>What it has printed so far to the standard error stream.</summary>
    public string Errors
    {
        get
        {
            lock (output)
            {
                return errors.ToString();
            }
        }
    }

    /// <summary>
    /// Starts it and waits until <c>/health/ready</c> answers 200; fails with its output where it ends before.
    /// </summary>
    public static async Task<ServerProcess> StartAsync(ServerStart? start = null)
    {
        var server = Launch(start ?? new ServerStart());
        try
        {
            await server.ReadyAsync((start ?? new ServerStart()).ReadyExpected);
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>Starts it and does not wait: for what is refused at start.</summary>
    public static ServerProcess Launch(ServerStart start)
    {
        var port = start.Port == 0 ? FreePort.Next() : start.Port;
        var folder = start.DataFolder ?? Support.TestCluster.NewFolder();
        var info = new ProcessStartInfo(Executable())
        {
            WorkingDirectory = start.Folder ?? Tidy.Repository.Root,
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        if (start.Verb is not null)
        {
            info.ArgumentList.Add(start.Verb);
        }

        if (!start.Settings.Any(setting => setting.StartsWith("--Urls=", StringComparison.Ordinal)))
        {
            info.ArgumentList.Add($"--Urls=http://localhost:{port}");
        }

        info.ArgumentList.Add($"--DataFolder={folder}");
        foreach (var setting in start.Settings)
        {
            info.ArgumentList.Add(setting);
        }

        foreach (var (name, value) in start.Environment)
        {
            info.Environment[name] = value;
        }

        var launched = new Process { StartInfo = info, EnableRaisingEvents = true };
        var server = new ServerProcess(launched, port, folder, start.DataFolder is null);
        server.Run();
        return server;
    }

    /// <summary>Waits until it answers that it is ready.</summary>
    public Task ReadyAsync(TimeSpan expected) => Eventually.TrueAsync(
        "the server to be ready",
        expected,
        async ct =>
        {
            if (!IsRunning)
            {
                throw new AssertionException($"the server ended with code {ExitCode} before it was ready:\n{Output}");
            }

            return await AnswersAsync("health/ready", ct);
        },
        () => $"Its output:\n{Output}");

    /// <summary>Waits until it has ended by itself, and gives its exit code.</summary>
    public async Task<int> EndAsync(TimeSpan expected)
    {
        using var guard = new CancellationTokenSource(expected * 10, TimeProvider.System);
        try
        {
            await ended.Task.WaitAsync(guard.Token);
            await process.WaitForExitAsync(guard.Token); // and its last lines are read
            return process.ExitCode;
        }
        catch (OperationCanceledException fault) when (guard.IsCancellationRequested)
        {
            throw new AssertionException($"expected the server to end, got it running. Its output:\n{Output}", fault);
        }
    }

    /// <summary>
    /// Ctrl-C, and waits for the end. Where the tests run in a shell's background, which makes all its children deaf to
    /// Ctrl-C, the terminating signal stands in for it: the server takes both the same way.
    /// </summary>
    public async Task<int> StopAsync()
    {
        if (IsRunning)
        {
            _ = Signal(process.Id, IsDeafToInterrupt(process.Id) ? SigTerm : SigInt);
        }

        return await EndAsync(StopExpected);
    }

    /// <summary>kill -9, and waits for the end. The data folder stays.</summary>
    public async Task KillAsync()
    {
        process.Kill();
        await EndAsync(StopExpected);
    }

    public async ValueTask DisposeAsync()
    {
        try
        {
            if (IsRunning)
            {
                await StopAsync();
            }
        }
        catch (AssertionException)
        {
            process.Kill();
            await EndAsync(StopExpected);
        }
        finally
        {
            Http.Dispose();
            process.Dispose();
            DeleteFolder();
        }
    }

    private void Run()
    {
        process.OutputDataReceived += (_, line) => Note(line.Data, isError: false);
        process.ErrorDataReceived += (_, line) => Note(line.Data, isError: true);
        process.Exited += (_, _) => ended.TrySetResult();
        process.Start();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        process.StandardInput.Close();
    }

    private void Note(string? line, bool isError)
    {
        if (line is not null)
        {
            lock (output)
            {
                output.AppendLine(line);
                if (isError)
                {
                    errors.AppendLine(line);
                }
            }
        }
    }

    private async Task<bool> AnswersAsync(string path, CancellationToken ct)
    {
        try
        {
            using var response = await Http.GetAsync(new Uri(BaseUrl, path), ct);
            return response.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    /// <summary>Linux only: elsewhere nobody is thought deaf.</summary>
    private static bool IsDeafToInterrupt(int id)
    {
        const string name = "SigIgn:";
        var status = $"/proc/{id.ToString(CultureInfo.InvariantCulture)}/status";
        var line = File.Exists(status)
            ? File.ReadLines(status).FirstOrDefault(each => each.StartsWith(name, StringComparison.Ordinal)) : null;
        return line is not null
            && ulong.TryParse(
                line.AsSpan(name.Length).Trim(), NumberStyles.HexNumber, CultureInfo.InvariantCulture, out var mask)
            && (mask & (1UL << (SigInt - 1))) != 0;
    }

    /// <summary>After kill -9 the private cluster ends a moment later than the server, and still writes.</summary>
    private void DeleteFolder()
    {
        for (var attempt = 1; ownFolder is not null && Directory.Exists(ownFolder) && attempt <= 5; attempt++)
        {
            try
            {
                Directory.Delete(ownFolder, recursive: true);
            }
            catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
            {
                TestContext.Progress.WriteLine($"try {attempt}: {ownFolder} is not deletable yet: {fault.Message}");
            }
        }
    }

    /// <summary>
    /// The apphost beside the server's assembly; the build copies both beside the tests. Never <c>dotnet run</c>: a
    /// signal would hit the wrapper.
    /// </summary>
    private static string Executable()
    {
        var name = OperatingSystem.IsWindows() ? "FhirOrchestrator.exe" : "FhirOrchestrator";
        var own = Path.Combine(Tidy.Repository.Root, "FhirOrchestrator", "bin");
        var beside = new DirectoryInfo(AppContext.BaseDirectory);
        var product = Path.Combine(own, beside.Parent?.Name ?? "Debug", beside.Name, name);
        return File.Exists(product) ? product : Path.Combine(beside.FullName, name);
    }

    [DllImport("libc", EntryPoint = "kill", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Signal(int process, int signal);
}
