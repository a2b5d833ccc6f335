using System.Net;

namespace FhirOrchestrator.Sandbox.Doors;

/// <summary>
/// Lets only this machine in, and only pages that this server served: a web site open in somebody's browser can reach a
/// port of this machine too, directly or by a name of its own that points here.
/// </summary>
internal sealed class LocalOnly : IEndpointFilter
{
    public async ValueTask<object?> InvokeAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        var http = context.HttpContext;
        var isLocal = http.Connection.RemoteIpAddress is { } remote && IPAddress.IsLoopback(remote)
            && IsLocalName(http.Request.Host.Host);
        var origin = http.Request.Headers.Origin.ToString();
        var isOwn = origin.Length == 0
            || (Uri.TryCreate(origin, UriKind.Absolute, out var page) && page.Authority == http.Request.Host.Value);
        return isLocal && isOwn
            ? await next(context)
            : Results.Text("expected a request from this machine, got one from elsewhere", statusCode: 403);
    }

    private static bool IsLocalName(string host) =>
        host.Equals("localhost", StringComparison.OrdinalIgnoreCase)
        || (IPAddress.TryParse(host.Trim('[', ']'), out var address) && IPAddress.IsLoopback(address));
}
