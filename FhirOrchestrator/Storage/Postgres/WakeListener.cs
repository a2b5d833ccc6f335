using System.Globalization;
using System.Threading.Channels;
using FhirOrchestrator.Telemetry;
using Npgsql;

namespace FhirOrchestrator.Storage.Postgres;

/// <summary>
/// Carries hints between replicas over LISTEN/NOTIFY. It notifies outside the transactions that cause them, many at
/// once: a NOTIFY inside a transaction makes all such commits of a database wait for each other. A hint that is lost
/// costs one polling interval.
/// </summary>
internal sealed class WakeListener(
    NpgsqlDataSource source, WakeBoard board, TimeProvider time, ILogger<WakeListener> logger)
    : BackgroundService
{
    private static readonly TimeSpan Gather = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan Reconnect = TimeSpan.FromSeconds(1);

    private readonly string _sender = Guid.NewGuid().ToString("N", CultureInfo.InvariantCulture);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var raised = Channel.CreateBounded<WakeKinds>(
            new BoundedChannelOptions(64) { FullMode = BoundedChannelFullMode.DropWrite });
        board.OnRaisedHere = kinds => raised.Writer.TryWrite(kinds);
        try
        {
            await Task.WhenAll(
                AgainAsync(ListenAsync, stoppingToken),
                AgainAsync(ct => NotifyAsync(raised.Reader, ct), stoppingToken));
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The server stops.
        }
        finally
        {
            board.OnRaisedHere = null;
        }
    }

    private async Task AgainAsync(Func<CancellationToken, Task> work, CancellationToken ct)
    {
        while (true)
        {
            try
            {
                await work(ct);
            }
            catch (Exception fault) when (!ct.IsCancellationRequested)
            {
                StorageLog.WakeLost(logger, fault);
                await Task.Delay(Reconnect, time, ct);
            }
        }
    }

    private async Task ListenAsync(CancellationToken ct)
    {
        await using var connection = await source.OpenConnectionAsync(ct);
        connection.Notification += (_, hint) => Receive(hint.Payload);
        await using (var listen = new NpgsqlCommand("LISTEN orchestrator_wake", connection))
        {
            await listen.ExecuteNonQueryAsync(ct);
        }

        // Whatever was said while nobody listened.
        board.RaiseFromAfar(WakeKinds.All);
        while (true)
        {
            await connection.WaitAsync(ct);
        }
    }

    private void Receive(string payload)
    {
        if (payload.Split(' ') is [var sender, var tag] && sender != _sender
            && int.TryParse(tag, NumberStyles.None, CultureInfo.InvariantCulture, out var kinds))
        {
            board.RaiseFromAfar((WakeKinds)kinds & WakeKinds.All);
        }
    }

    private async Task NotifyAsync(ChannelReader<WakeKinds> raised, CancellationToken ct)
    {
        while (await raised.WaitToReadAsync(ct))
        {
            var kinds = WakeKinds.None;
            while (raised.TryRead(out var more))
            {
                kinds |= more;
            }

            await using var batch = Statement.Batch(source, Statement.Of(
                "SELECT pg_notify('orchestrator_wake', $1)",
                $"{_sender} {((int)kinds).ToString(CultureInfo.InvariantCulture)}"));
            await batch.ExecuteNonQueryAsync(ct);
            await Task.Delay(Gather, time, ct);
        }
    }
}
