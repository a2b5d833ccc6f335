namespace FhirOrchestrator.Telemetry;

/// <summary>What the loops log: ids and counts, never resources or names.</summary>
internal static partial class WorkersLog
{
    [LoggerMessage(3001, LogLevel.Warning, "The loop {Loop} failed {Failures} times in a row")]
    public static partial void RoundFailed(this ILogger log, string loop, int failures, Exception failure);

    [LoggerMessage(
        3002, LogLevel.Information, "Chain {Chain}: the result of {Step} round {Round} try {Try} came too late")]
    public static partial void StaleReport(this ILogger log, Guid chain, string step, int round, int @try);

    [LoggerMessage(3003, LogLevel.Error, "Chain {Chain}: step {Step} broke")]
    public static partial void StepBroke(this ILogger log, Guid chain, string step, Exception bug);

    [LoggerMessage(3004, LogLevel.Error, "Inbox entry {Entry} broke; it is set aside")]
    public static partial void EntryBroke(this ILogger log, long entry, Exception bug);

    [LoggerMessage(3005, LogLevel.Error, "Chain {Chain}: the timer of {Step} broke; it stays due")]
    public static partial void TimerBroke(this ILogger log, Guid chain, string step, Exception bug);

    [LoggerMessage(3006, LogLevel.Error, "Chain {Chain}: letter {Letter} broke; it is answered so")]
    public static partial void LetterBroke(this ILogger log, Guid chain, long letter, Exception bug);

    [LoggerMessage(3007, LogLevel.Error, "Chain {Chain}: publishing broke; it is tried again")]
    public static partial void PublishBroke(this ILogger log, Guid chain, Exception bug);

    [LoggerMessage(3041, LogLevel.Warning, "EHR {Ehr}: reading again what its chains rest on failed")]
    public static partial void RefreshFailed(this ILogger log, string ehr, Exception fault);

    [LoggerMessage(
        3042, LogLevel.Information, "EHR {Ehr}: {News} changes that nothing had announced, in {Reads} reads")]
    public static partial void RefreshFound(this ILogger log, string ehr, int news, int reads);
}
