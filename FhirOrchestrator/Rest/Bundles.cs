using System.Globalization;
using FhirOrchestrator.Fhir.Json;
using FhirOrchestrator.Telemetry;

namespace FhirOrchestrator.Rest;

/// <summary>An entry of a batch or transaction as a request of its own.</summary>
internal sealed record BundleEntry(int Index, string? FullUrl, RestRequest Request)
{
    /// <summary>Where the entry stands, as FHIRPath.</summary>
    public string Path => string.Create(CultureInfo.InvariantCulture, $"Bundle.entry[{Index}]");
}

/// <summary><c>POST [base]</c>: batches and transactions (R4, http, 3.1.0.11).</summary>
internal static class Bundles
{
    public static async Task<RestAnswer> Post(RestRequest request, RestServer server, CancellationToken ct)
    {
        var bundle = request.Body;
        var type = bundle?.Root.Text("type");
        if (bundle is not { Type: "Bundle" } || type is not ("batch" or "transaction"))
        {
            return RestProblem.Invalid("expected a Bundle of type batch or transaction, got another body").ToAnswer();
        }

        var entries = bundle.Root.Items("entry");
        if (entries.Length > server.EntriesMax)
        {
            return new RestProblem(
                413, "too-costly", $"expected at most {server.EntriesMax} entries, got {entries.Length}").ToAnswer();
        }

        var read = entries.Select((entry, at) => Read(entry as ObjectNode, at, request)).ToImmutableArray();
        return type == "batch" ? await Batch(read, server, ct) : await Transaction(read, request, server, ct);
    }

    private static async Task<RestAnswer> Transaction(
        ImmutableArray<Attempt<BundleEntry>> read, RestRequest request, RestServer server, CancellationToken ct)
    {
        var entries = ImmutableArray.CreateBuilder<BundleEntry>(read.Length);
        foreach (var attempt in read)
        {
            if (!attempt.Succeeded(out var entry, out var problem))
            {
                return problem.ToAnswer();
            }

            entries.Add(entry);
        }

        return await TransactionBundle.RunAsync(entries.DrainToImmutable(), request, server, ct);
    }

    // Each entry stands alone: one that fails leaves the others as they are.
    private static async Task<RestAnswer> Batch(
        ImmutableArray<Attempt<BundleEntry>> read, RestServer server, CancellationToken ct)
    {
        using var response = new BundleWriter("batch-response");
        foreach (var attempt in read)
        {
            var answer = attempt.Succeeded(out var entry, out var problem)
                ? await RunAlone(entry.Request, server, ct)
                : problem.ToAnswer();
            response.ResponseEntry(null, answer);
        }

        return new RestAnswer(200) { Body = response.ToUtf8() };
    }

    private static async Task<RestAnswer> RunAlone(RestRequest request, RestServer server, CancellationToken ct)
    {
        if (request.Path.IsEmpty && request.Method != "GET")
        {
            return RestProblem.Invalid(
                "expected a resource type in request.url, got none: bundles do not nest").ToAnswer();
        }

        try
        {
            return await RouteTable.RunAsync(request, server, ct);
        }
        catch (Storage.Resources.SearchFaultException fault)
        {
            return RestProblem.Of(fault).ToAnswer();
        }
        catch (Exception broken) when (!ct.IsCancellationRequested)
        {
            RestLog.RequestFailed(server.Log, broken, request.Method);
            return new RestProblem(
                500, "exception", "expected to carry the entry out, got a failure of this server").ToAnswer();
        }
    }

    /// <summary>Reads an entry; only what belongs to the request, not whether it can be carried out.</summary>
    private static Attempt<BundleEntry> Read(ObjectNode? entry, int index, RestRequest request)
    {
        var path = string.Create(CultureInfo.InvariantCulture, $"Bundle.entry[{index}]");
        if (entry?.Child("request") is not { } asked
            || asked.Text("method") is not { } method
            || asked.Text("url") is not { } url)
        {
            return RestProblem.Invalid($"expected request.method and request.url, got none at {path}", path);
        }

        if (method is not ("GET" or "POST" or "PUT" or "PATCH" or "DELETE" or "HEAD"))
        {
            return new RestProblem(
                405, "not-supported", $"expected GET, POST, PUT, PATCH or DELETE, got '{method}' at {path}", path);
        }

        if (!ReadBody(entry["resource"], method).Succeeded(out var content, out var unread))
        {
            return unread.At($"{path}.resource");
        }

        long? ifMatch = null;
        if (asked.Text("ifMatch") is { } tag && (ifMatch = HttpForms.Version(tag)) is null)
        {
            return RestProblem.PreconditionFailed(
                $"expected a version as W/\"1\", got another at {path}.request.ifMatch");
        }

        // A query there is what ifNoneExist is for; published guides (Da Vinci CDex) write it so. It is a condition,
        // and no condition may be passed over.
        var isQuery = method == "POST" && asked["ifNoneExist"] is null && asked.Text("ifNoneMatch") is { } condition
            && condition.Contains('=', StringComparison.Ordinal) && !condition.Contains('"', StringComparison.Ordinal);
        if (method is not ("GET" or "HEAD")
            && ((isQuery ? null : asked["ifNoneMatch"]) ?? asked["ifModifiedSince"]) is not null)
        {
            return RestProblem.Unsupported(
                $"expected ifNoneMatch and ifModifiedSince only with GET, got {method} at {path}.request");
        }

        var relative = Relative(url, request.BaseUrl);
        var mark = relative.IndexOf('?', StringComparison.Ordinal);
        var target = mark < 0 ? relative : relative[..mark];
        return new BundleEntry(index, entry.Text("fullUrl"), new RestRequest
        {
            Method = method == "HEAD" ? "GET" : method,
            BaseUrl = request.BaseUrl,
            Path = [.. target.Split('/', StringSplitOptions.RemoveEmptyEntries).Select(Uri.UnescapeDataString)],
            Query = mark < 0 ? "" : relative[(mark + 1)..],
            Body = content.Body,
            Patch = content.Patch,
            IfMatch = ifMatch,
            IfNoneMatch = asked.Text("ifNoneMatch") is { } none ? HttpForms.Version(none) : null,
            IfModifiedSince = Resource.Instant(asked.Text("ifModifiedSince")),
            IfNoneExist = asked.Text(isQuery ? "ifNoneMatch" : "ifNoneExist"),
            IsLenient = request.IsLenient,
            Prefer = request.Prefer ?? ReturnPreference.Minimal,
        });
    }

    private sealed record Content(Resource? Body, ResourcePatch? Patch);

    private static Attempt<Content> ReadBody(Node? node, string method)
    {
        var body = node is null ? null : Resource.From(node);
        if (method is "POST" or "PUT" or "PATCH" && node is not null && body is null)
        {
            return RestProblem.Invalid("expected a resource with a resourceType, got none");
        }

        if (method != "PATCH" || body is null)
        {
            return new Content(body, null);
        }

        return ResourcePatch.Read(body).Succeeded(out var patch, out var problem)
            ? new Content(body, patch)
            : problem;
    }

    private static string Relative(string url, string baseUrl) =>
        url.StartsWith(baseUrl + "/", StringComparison.OrdinalIgnoreCase) ? url[(baseUrl.Length + 1)..] : url;
}
