using System.Net;

namespace FhirOrchestrator.Telemetry;

/// <summary>What the server as a whole says: starting, stopping, its doors. Event ids 9xxx.</summary>
internal static partial class ServerLog
{
    /// <summary>The settings are allowed and probably not meant.</summary>
    [LoggerMessage(9001, LogLevel.Warning, "Settings: {Warning}")]
    public static partial void SettingsWarning(ILogger logger, string warning);

    /// <summary>
    /// Somebody from elsewhere knocked at a door that answers this machine only. The path may name a patient.
    /// </summary>
    [LoggerMessage(
        9010,
        LogLevel.Warning,
        "Refused a request from {Remote}: this door answers this machine only ({Reason})")]
    public static partial void RemoteDoorRefused(ILogger logger, IPAddress? remote, string reason);

    /// <summary>A page or door needed the database while it did not answer; it answered 503.</summary>
    [LoggerMessage(9020, LogLevel.Warning, "A door answered 503: the database does not answer ({Fault})")]
    public static partial void DoorWithoutDatabase(ILogger logger, string fault);
}
