namespace FhirOrchestrator.Telemetry;

/// <summary>What the store logs: events 5xxx.</summary>
internal static partial class StorageLog
{
    [LoggerMessage(5001, LogLevel.Information, "Making a private PostgreSQL {Major} cluster in {Folder}")]
    public static partial void ClusterInitialising(ILogger logger, string folder, int major);

    [LoggerMessage(5002, LogLevel.Information, "Private PostgreSQL {Major} runs on {Folder}")]
    public static partial void ClusterStarted(ILogger logger, string folder, int major);

    [LoggerMessage(5003, LogLevel.Information, "Private PostgreSQL on {Folder} has stopped")]
    public static partial void ClusterStopped(ILogger logger, string folder);

    [LoggerMessage(
        5004, LogLevel.Error, "Private PostgreSQL on {Folder} ended by itself, code {Code}: starting it again")]
    public static partial void ClusterDied(ILogger logger, string folder, int code);

    [LoggerMessage(5005, LogLevel.Error, "Private PostgreSQL on {Folder} did not start again: trying on")]
    public static partial void ClusterRestartFailed(ILogger logger, string folder, Exception fault);

    [LoggerMessage(5006, LogLevel.Warning, "Hints between replicas are interrupted: polling goes on")]
    public static partial void WakeLost(ILogger logger, Exception fault);

    [LoggerMessage(5007, LogLevel.Information, "No other replica is alive: gave back {Leases} claims of one that died")]
    public static partial void LeasesReleased(ILogger logger, int leases);

    [LoggerMessage(5008, LogLevel.Information, "Another replica is alive: claims of a dead one end by their leases")]
    public static partial void OtherReplicaAlive(ILogger logger);

    [LoggerMessage(5009, LogLevel.Warning, "This replica's presence lock is lost: taking it again")]
    public static partial void PresenceLost(ILogger logger, Exception fault);
}
