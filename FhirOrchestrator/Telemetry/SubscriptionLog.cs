namespace FhirOrchestrator.Telemetry;

/// <summary>What registering and sweeping log: events 1xxx.</summary>
internal static partial class SubscriptionLog
{
    [LoggerMessage(1001, LogLevel.Information, "Subscription {Package}/{Name} is active at {Ehr}")]
    public static partial void Active(ILogger logger, string ehr, string package, string name);

    [LoggerMessage(1002, LogLevel.Warning, "Subscription {Package}/{Name} at {Ehr} is {Status}: {Problem}")]
    public static partial void Problem(
        ILogger logger, string ehr, string package, string name, string status, string problem);

    [LoggerMessage(1003, LogLevel.Information, "Subscription {Package}/{Name} is withdrawn at {Ehr}")]
    public static partial void Withdrawn(ILogger logger, string ehr, string package, string name);

    [LoggerMessage(1004, LogLevel.Error, "A round of registering at {Ehr} broke off; it is tried again")]
    public static partial void RoundFailed(ILogger logger, string ehr, Exception fault);

    [LoggerMessage(
        1011, LogLevel.Information, "The sweep of {Package}/{Name} at {Ehr} found {Count} unannounced versions")]
    public static partial void Swept(ILogger logger, string ehr, string package, string name, int count);

    [LoggerMessage(1012, LogLevel.Warning, "The sweep of {Package}/{Name} at {Ehr} is incomplete: {Problem}")]
    public static partial void SweepIncomplete(ILogger logger, string ehr, string package, string name, string problem);

    [LoggerMessage(1013, LogLevel.Error, "A round of sweeping at {Ehr} broke off; it is tried again")]
    public static partial void SweepFailed(ILogger logger, string ehr, Exception fault);
}
