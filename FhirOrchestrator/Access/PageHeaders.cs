namespace FhirOrchestrator.Access;

/// <summary>
/// What every page of people's screens tells the browser: nothing but our own style and forms, no frames, no guessing
/// of types, no copy on disk (patients' names), no address of a patient's page to anybody else.
/// </summary>
internal sealed class PageHeaders : IEndpointFilter
{
    private const string Policy =
        "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; "
        + "frame-ancestors 'none'";

    public ValueTask<object?> InvokeAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        var headers = context.HttpContext.Response.Headers;
        headers.ContentSecurityPolicy = Policy;
        headers.XContentTypeOptions = "nosniff";
        headers.CacheControl = "no-store";
        headers["Referrer-Policy"] = "no-referrer";
        return next(context);
    }
}
