namespace FhirOrchestrator.Telemetry;

/// <summary>What the sandbox EHR logs: ids and counts. Event ids 6500 to 6599.</summary>
internal static partial class SandboxLog
{
    [LoggerMessage(6500, LogLevel.Information,
        "Publisher goes on behind {Position} with {Subscriptions} subscriptions")]
    public static partial void PublisherLoaded(this ILogger log, long position, int subscriptions);

    [LoggerMessage(6501, LogLevel.Warning, "Somebody else routed the feed behind {Position}: loading again")]
    public static partial void PublisherOvertaken(this ILogger log, long position);

    [LoggerMessage(
        6502, LogLevel.Debug, "Routed {Changes} changes: {Deliveries} deliveries due, {Dropped} dropped on purpose")]
    public static partial void PublisherRouted(this ILogger log, int changes, int deliveries, int dropped);

    [LoggerMessage(6503, LogLevel.Warning, "Subscription {Id} is not published: {Path} is not supported")]
    public static partial void SubscriptionUnpublished(this ILogger log, string id, string path);

    [LoggerMessage(6504, LogLevel.Information, "Handshake of subscription {Id} accepted: {Accepted}")]
    public static partial void HandshakeDone(this ILogger log, string id, bool accepted);

    [LoggerMessage(6505, LogLevel.Debug, "Subscription {Id}: event {Number} delivered at attempt {Attempt}")]
    public static partial void NotificationDelivered(this ILogger log, string id, long number, int attempt);

    [LoggerMessage(6506, LogLevel.Information, "Subscription {Id}: event {Number}, attempt {Attempt} failed: {Fault}")]
    public static partial void NotificationFailed(this ILogger log, string id, long number, int attempt, string fault);

    [LoggerMessage(6507, LogLevel.Information, "Subscription {Id} set to {Status}, stored: {Stored}")]
    public static partial void SubscriptionStateSet(this ILogger log, string id, string status, bool stored);

    [LoggerMessage(6508, LogLevel.Error, "Publisher stumbled and starts over")]
    public static partial void PublisherFaulted(this ILogger log, Exception fault);

    [LoggerMessage(6509, LogLevel.Error, "Courier of subscription {Id} stumbled and starts over")]
    public static partial void CourierFaulted(this ILogger log, string id, Exception fault);

    [LoggerMessage(6520, LogLevel.Information, "Sandbox hospital seeded: {Patients} patients, {Stays} in house")]
    public static partial void HospitalSeeded(this ILogger log, int patients, int stays);

    [LoggerMessage(6521, LogLevel.Information, "Sandbox act {Act}: {Outcome}")]
    public static partial void ActDone(this ILogger log, string act, string outcome);

    [LoggerMessage(6522, LogLevel.Error, "Sandbox day stumbled and goes on")]
    public static partial void DayFaulted(this ILogger log, Exception fault);

    [LoggerMessage(6523, LogLevel.Information, "Loaded {Files} bundles, {Resources} resources")]
    public static partial void BundlesLoaded(this ILogger log, int files, int resources);

    [LoggerMessage(6524, LogLevel.Warning, "Left out of the profiles: {File}: {Reason}")]
    public static partial void ProfileLeftOut(this ILogger log, string file, string reason);
}
