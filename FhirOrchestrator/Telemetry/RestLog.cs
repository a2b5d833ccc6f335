namespace FhirOrchestrator.Telemetry;

/// <summary>What the FHIR servers say: <c>/fhir</c> and the sandbox.</summary>
internal static partial class RestLog
{
    [LoggerMessage(6001, LogLevel.Error, "A {Method} request failed in this server")]
    public static partial void RequestFailed(ILogger log, Exception exception, string method);

    [LoggerMessage(6002, LogLevel.Warning, "The store of resources cannot be reached")]
    public static partial void StoreUnreachable(ILogger log, Exception exception);
}
