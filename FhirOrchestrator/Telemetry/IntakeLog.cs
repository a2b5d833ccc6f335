namespace FhirOrchestrator.Telemetry;

/// <summary>What taking in logs: events 2xxx.</summary>
internal static partial class IntakeLog
{
    [LoggerMessage(
        2001, LogLevel.Warning, "A call of the hook of {Package}/{Name} for {Ehr} came with a wrong secret or none")]
    public static partial void WrongSecret(ILogger logger, string ehr, string package, string name);

    [LoggerMessage(
        2002, LogLevel.Warning, "A delivery of {Ehr} for {Package}/{Name} is larger than {BytesMax} bytes: refused")]
    public static partial void TooLarge(ILogger logger, string ehr, string package, string name, int bytesMax);

    [LoggerMessage(2003, LogLevel.Error, "A delivery could not be made durable and was not acknowledged")]
    public static partial void NotDurable(ILogger logger, Exception fault);

    [LoggerMessage(2004, LogLevel.Information,
        "A delivery of {Ehr} for {Package}/{Name} came by {Method}, which its kind is not known for; it is kept all "
        + "the same")]
    public static partial void UnexpectedMethod(ILogger logger, string ehr, string package, string name, string method);
}
