using System.Net;
using FhirOrchestrator.Telemetry;
using Microsoft.Net.Http.Headers;

namespace FhirOrchestrator.Access;

/// <summary>
/// Until people and partners sign in, every door but <c>/hooks</c> (which asks for its own secret) and <c>/health</c>
/// (which tells nothing) answers this machine only, whatever <c>Urls</c> says.
/// </summary>
/// <remarks>
/// An address alone would be too little: a proxy on this machine makes the whole world look local, and a page from
/// elsewhere, opened in a browser here, can have its own name resolve to this machine. So a forwarded request is
/// refused, and one that was sent to a name other than this machine's. What cannot be told (no address) is refused too.
/// </remarks>
internal sealed class LoopbackOnly(RequestDelegate next, ILogger<LoopbackOnly> logger)
{
    private const string Words =
        "expected a request from this machine, got one from elsewhere: closed to those until sign-in exists";

    private static readonly ImmutableArray<PathString> OpenDoors = ["/hooks", "/health"];

    /// <summary>Headers by which a proxy owns up to being one.</summary>
    private static readonly ImmutableArray<string> ProxyHeaders =
        ["Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Real-IP", HeaderNames.Via];

    public Task InvokeAsync(HttpContext context)
    {
        var reason = WhyRefused(context);
        if (reason is null)
        {
            return next(context);
        }

        ServerLog.RemoteDoorRefused(logger, context.Connection.RemoteIpAddress, reason);
        return RefuseAsync(context);
    }

    /// <summary>Why the request is refused, in a word; null where it may pass.</summary>
    internal static string? WhyRefused(HttpContext context)
    {
        foreach (var door in OpenDoors)
        {
            if (context.Request.Path.StartsWithSegments(door, StringComparison.OrdinalIgnoreCase))
            {
                return null;
            }
        }

        if (context.Connection.RemoteIpAddress is not { } remote || !IPAddress.IsLoopback(remote))
        {
            return "address";
        }

        foreach (var header in ProxyHeaders)
        {
            if (context.Request.Headers.ContainsKey(header))
            {
                return "forwarded";
            }
        }

        return IsThisMachine(context.Request.Host.Host) ? null : "host";
    }

    private static bool IsThisMachine(string host) =>
        string.Equals(host, "localhost", StringComparison.OrdinalIgnoreCase)
        || (IPAddress.TryParse(host.Trim('[', ']'), out var address) && IPAddress.IsLoopback(address));

    private static Task RefuseAsync(HttpContext context)
    {
        context.Response.StatusCode = StatusCodes.Status403Forbidden;
        var path = context.Request.Path;
        if (!path.StartsWithSegments("/fhir", StringComparison.OrdinalIgnoreCase)
            && !path.StartsWithSegments("/sandbox/fhir", StringComparison.OrdinalIgnoreCase))
        {
            context.Response.ContentType = "text/plain; charset=utf-8";
            return context.Response.WriteAsync(Words, context.RequestAborted);
        }

        context.Response.ContentType = "application/fhir+json; charset=utf-8";
        return context.Response.WriteAsync(
            $$"""
            {"resourceType":"OperationOutcome",
            "issue":[{"severity":"error","code":"forbidden","diagnostics":"{{Words}}"}]}
            """,
            context.RequestAborted);
    }
}
