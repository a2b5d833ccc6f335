using Microsoft.Extensions.Hosting;

namespace FhirOrchestrator.Tests.Workers;

/// <summary>The life of a host that a test moves on.</summary>
internal sealed class StandingLife : IHostApplicationLifetime, IDisposable
{
    private readonly CancellationTokenSource _started = new();

    /// <summary>True once somebody waits for the host to listen.</summary>
    public bool IsWaitedFor { get; private set; }

    public CancellationToken ApplicationStarted
    {
        get
        {
            IsWaitedFor = true;
            return _started.Token;
        }
    }

    public CancellationToken ApplicationStopping => CancellationToken.None;

    public CancellationToken ApplicationStopped => CancellationToken.None;

    public void Listens() => _started.Cancel();

    public void StopApplication()
    {
    }

    public void Dispose() => _started.Dispose();
}
