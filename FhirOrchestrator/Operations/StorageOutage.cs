using FhirOrchestrator.Storage;
using FhirOrchestrator.Telemetry;
using Microsoft.Net.Http.Headers;

namespace FhirOrchestrator.Operations;

/// <summary>
/// Answers 503 with a sentence where a page or a door finds no database: it recovers by itself, so asking again later
/// is right. The hooks answer for themselves.
/// </summary>
internal sealed class StorageOutage(RequestDelegate next, ILogger<StorageOutage> logger)
{
    private const string RetryAfterSeconds = "5";

    private const string Words =
        "The database does not answer. Nothing is lost; this page comes back by itself: try again in a moment.";

    public async Task InvokeAsync(HttpContext context)
    {
        try
        {
            await next(context);
        }
        catch (Exception fault) when (StorageFault.IsUnavailable(fault) && !context.Response.HasStarted)
        {
            ServerLog.DoorWithoutDatabase(logger, fault.GetType().Name);
            context.Response.Clear();
            context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
            context.Response.Headers[HeaderNames.RetryAfter] = RetryAfterSeconds;
            context.Response.ContentType = "text/plain; charset=utf-8";
            await context.Response.WriteAsync(Words, context.RequestAborted);
        }
    }
}
