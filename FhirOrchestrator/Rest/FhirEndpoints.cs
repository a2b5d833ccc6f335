using System.Globalization;
using System.Net;
using FhirOrchestrator.Fhir.Json;
using FhirOrchestrator.Fhir.Search;
using FhirOrchestrator.Storage.Resources;
using FhirOrchestrator.Telemetry;
using Npgsql;

namespace FhirOrchestrator.Rest;

/// <summary>
/// The HTTP edge of a FHIR server: reads requests, writes answers, and turns what fails into an OperationOutcome.
/// </summary>
internal static class FhirEndpoints
{
    /// <summary>Serves everything below a path.</summary>
    /// <param name="basePath">Such as <c>/fhir</c>, without a slash at its end.</param>
    public static void Map(IEndpointRouteBuilder endpoints, string basePath, RestServer server) =>
        endpoints.Map($"{basePath}/{{**path}}", context => HandleAsync(context, basePath, server));

    private static async Task HandleAsync(HttpContext context, string basePath, RestServer server)
    {
        var ct = context.RequestAborted;
        RestAnswer answer;
        try
        {
            answer = await AnswerAsync(context, basePath, server, ct);
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            return;
        }
        catch (BadHttpRequestException bad)
        {
            answer = new RestProblem(
                bad.StatusCode, "invalid", "expected a whole HTTP request, got a broken one").ToAnswer();
        }
        catch (SearchFaultException fault)
        {
            answer = RestProblem.Of(fault).ToAnswer();
        }
        catch (NpgsqlException lost) when (IsGone(lost))
        {
            RestLog.StoreUnreachable(server.Log, lost);
            answer = new RestProblem(
                503, "transient", "expected the database, got no connection: try again").ToAnswer();
        }
        catch (Exception broken)
        {
            RestLog.RequestFailed(server.Log, broken, context.Request.Method);
            answer = new RestProblem(
                500, "exception", "expected to carry the request out, got a failure of this server").ToAnswer();
        }

        await WriteAsync(context, answer, ct);
    }

    // Class 57P: the database is shutting down or starting.
    private static bool IsGone(NpgsqlException lost) => lost is not PostgresException told || told.IsTransient
        || told.SqlState.StartsWith("57P", StringComparison.Ordinal);

    private static async Task<RestAnswer> AnswerAsync(
        HttpContext context, string basePath, RestServer server, CancellationToken ct)
    {
        // Until there is authorisation, only this machine is served, whatever the server listens on.
        if (context.Connection.RemoteIpAddress is { } remote && !IPAddress.IsLoopback(remote))
        {
            return new RestProblem(
                403, "forbidden", "expected a request from this machine, got one from another").ToAnswer();
        }

        var request = await ReadAsync(context, basePath, server, ct);
        return request.Succeeded(out var read, out var problem)
            ? await RouteTable.RunAsync(read, server, ct)
            : problem.ToAnswer();
    }

    private static async Task<Attempt<RestRequest>> ReadAsync(
        HttpContext context, string basePath, RestServer server, CancellationToken ct)
    {
        var http = context.Request;
        var query = http.QueryString.HasValue ? http.QueryString.Value![1..] : "";
        var format = QueryText.Decode(query).FirstOrDefault(pair => pair.Key == "_format").Value;
        if (!HttpForms.AcceptsJson(http, format))
        {
            return new RestProblem(
                406, "not-supported", "expected application/fhir+json to be accepted, got other types only");
        }

        var request = new RestRequest
        {
            Method = HttpMethods.IsHead(http.Method) ? "GET" : http.Method.ToUpperInvariant(),
            BaseUrl = server.BaseUrl ?? $"{http.Scheme}://{http.Host}{http.PathBase}{basePath}",
            Path = [.. (context.GetRouteValue("path") as string ?? "").Split(
                '/', StringSplitOptions.RemoveEmptyEntries)],
            Query = query,
            IfModifiedSince = http.GetTypedHeaders().IfModifiedSince,
            IfNoneMatch = http.Headers.IfNoneMatch is [{ } none] ? HttpForms.Version(none) : null,
            IfNoneExist = http.Headers["If-None-Exist"] is [{ } condition] ? condition : null,
            Prefer = HttpForms.Prefer(http),
            IsLenient = HttpForms.IsLenient(http),
        };
        return Preconditions(http, request).Succeeded(out var conditioned, out var problem)
            ? await WithBodyAsync(http, conditioned, server, ct)
            : problem;
    }

    // A precondition that is not understood must never be passed over.
    private static Attempt<RestRequest> Preconditions(HttpRequest http, RestRequest request)
    {
        if (request.Method != "GET" && (http.Headers.IfNoneMatch.Count > 0 || http.Headers.IfModifiedSince.Count > 0))
        {
            return RestProblem.Unsupported(
                "expected If-None-Match and If-Modified-Since only on reads, got one on a write");
        }

        if (http.Headers.IfUnmodifiedSince.Count > 0)
        {
            return RestProblem.Unsupported("expected If-Match with a version, got If-Unmodified-Since");
        }

        if (http.Headers.IfMatch.Count == 0)
        {
            return request;
        }

        if (request.Method is not ("PUT" or "PATCH" or "DELETE"))
        {
            return RestProblem.Unsupported(
                $"expected If-Match only on PUT, PATCH and DELETE, got it on {request.Method}");
        }

        return http.Headers.IfMatch is [{ } tag] && HttpForms.Version(tag) is { } version
            ? request with { IfMatch = version }
            : RestProblem.PreconditionFailed("expected a version as W/\"1\" in If-Match, got another text");
    }

    private static async Task<Attempt<RestRequest>> WithBodyAsync(
        HttpRequest http, RestRequest request, RestServer server, CancellationToken ct)
    {
        if (request.Method is not ("POST" or "PUT" or "PATCH") || http.ContentLength is 0
            || (http.ContentLength is null && http.Headers.TransferEncoding.Count == 0))
        {
            // A search by POST may have all of its parameters in the URL.
            return request.Path is [.., "_search"] ? request with { Form = "" } : request;
        }

        var isForm = HttpForms.IsForm(http.ContentType) && request.Path is [.., "_search"];
        var isJsonPatch = request.Method == "PATCH" && HttpForms.IsJsonPatch(http.ContentType);
        if (!isForm && !isJsonPatch && !HttpForms.IsJson(http.ContentType))
        {
            var patch = request.Method == "PATCH" ? $" or {ResourcePatch.JsonPatchType}" : "";
            return new RestProblem(
                415, "not-supported", $"expected the content type application/fhir+json{patch}, got another or none");
        }

        if (await BytesAsync(http, server.BodyBytesMax, ct) is not { } bytes)
        {
            return new RestProblem(413, "too-long", $"expected at most {server.BodyBytesMax} bytes, got more");
        }

        if (isForm)
        {
            return request with { Form = System.Text.Encoding.UTF8.GetString(bytes.Span) };
        }

        return isJsonPatch ? WithJsonPatch(request, bytes.Span) : WithResource(request, bytes.Span);
    }

    private static Attempt<RestRequest> WithResource(RestRequest request, ReadOnlySpan<byte> bytes)
    {
        var (resource, broken) = Resource.Read(bytes);
        if (resource is null)
        {
            return Broken(broken);
        }

        if (request.Method != "PATCH")
        {
            return request with { Body = resource };
        }

        return ResourcePatch.Read(resource).Succeeded(out var patch, out var problem)
            ? request with { Patch = patch }
            : problem;
    }

    private static Attempt<RestRequest> WithJsonPatch(RestRequest request, ReadOnlySpan<byte> bytes)
    {
        var (document, broken) = JsonText.Read(bytes);
        return document is null ? Broken(broken)
            : ResourcePatch.Read(document).Succeeded(out var patch, out var problem) ? request with { Patch = patch }
            : problem;
    }

    private static RestProblem Broken(JsonProblem? broken) => new(
        400,
        "structure",
        string.Create(
            CultureInfo.InvariantCulture, $"{broken?.Message ?? "expected JSON"} at byte {broken?.Offset ?? 0}"));

    /// <summary>The body, null where it is longer than allowed.</summary>
    private static async Task<ReadOnlyMemory<byte>?> BytesAsync(HttpRequest http, int bytesMax, CancellationToken ct)
    {
        if (http.ContentLength > bytesMax)
        {
            return null;
        }

        using var whole = new MemoryStream((int)(http.ContentLength ?? 4096));
        var buffer = new byte[64 * 1024];
        int read;
        while ((read = await http.Body.ReadAsync(buffer, ct)) > 0)
        {
            if (whole.Length + read > bytesMax)
            {
                return null;
            }

            whole.Write(buffer, 0, read);
        }

        return whole.GetBuffer().AsMemory(0, (int)whole.Length);
    }

    private static async Task WriteAsync(HttpContext context, RestAnswer answer, CancellationToken ct)
    {
        var response = context.Response;
        response.StatusCode = answer.Status;
        var headers = response.Headers;
        headers.CacheControl = "private, no-cache";
        if (answer.ETag is { } tag)
        {
            headers.ETag = tag;
        }

        if (answer.LastModified is { } at)
        {
            headers.LastModified = at.ToString("R", CultureInfo.InvariantCulture);
        }

        if (answer.Location is { } location)
        {
            headers.Location = location;
        }

        if (answer.Allow is { } allow)
        {
            headers.Allow = allow;
        }

        if (!answer.Body.IsEmpty)
        {
            response.ContentType = HttpForms.FhirJson;
            response.ContentLength = answer.Body.Length;
            if (!HttpMethods.IsHead(context.Request.Method))
            {
                await response.Body.WriteAsync(answer.Body, ct);
            }
        }
    }
}
