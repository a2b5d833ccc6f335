using System.Net.Http.Headers;
using System.Runtime.CompilerServices;
using System.Text;
using FhirOrchestrator.Facts;
using FhirOrchestrator.Fhir;
using FhirOrchestrator.Fhir.Json;
using FhirOrchestrator.Settings;

namespace FhirOrchestrator.Remote;

/// <summary>
/// The way to one EHR. Every expected failure is a <see cref="FhirReply"/>; only the caller's own cancellation throws.
/// Credentials go to the EHR's exact origin and nowhere else; redirects are not followed; writes are never repeated.
/// </summary>
internal sealed class EhrClient : IDisposable
{
    private const string FhirJson = "application/fhir+json";
    private readonly HttpMessageInvoker _http;
    private readonly RemoteLimits _limits;
    private readonly TimeProvider _time;

    public EhrClient(EhrSettings settings, HttpMessageHandler inner, TimeProvider time, RemoteLimits limits)
    {
        Settings = settings;
        Address = new EhrAddress(settings.BaseUrl);
        _limits = limits;
        _time = time;
        _http = new HttpMessageInvoker(new ResilientExchange(inner, time, limits), disposeHandler: true);
    }

    public EhrSettings Settings { get; }

    /// <summary>The base URL; tells own references from foreign ones.</summary>
    public EhrAddress Address { get; }

    /// <summary>Reads the current version; a reply with another type or id than asked for is not Ok.</summary>
    public Task<FhirReply> ReadAsync(string type, string id, CancellationToken ct) =>
        GetAsync($"{type}/{id}", type, id, ct);

    /// <summary>Reads one version (R4, http, vread).</summary>
    public Task<FhirReply> ReadVersionAsync(string type, string id, string version, CancellationToken ct) =>
        GetAsync($"{type}/{id}/_history/{version}", type, id, ct);

    /// <summary>The versions of one resource (R4, http, instance history): a Bundle, its first page.</summary>
    public Task<FhirReply> HistoryAsync(string type, string id, CancellationToken ct) =>
        GetAsync($"{type}/{id}/_history", "Bundle", null, ct);

    /// <summary>The first page of a search, <c>Type?query</c>: a Bundle.</summary>
    public Task<FhirReply> SearchAsync(string query, CancellationToken ct) => GetAsync(query, "Bundle", null, ct);

    /// <summary>
    /// A search's pages, one reply each, by its <c>next</c> links as long as they stay at this EHR. A reply that is not
    /// Ok is the last one and says that the result is incomplete.
    /// </summary>
    public async IAsyncEnumerable<FhirReply> SearchPagesAsync(
        string query, [EnumeratorCancellation] CancellationToken ct)
    {
        var visited = new HashSet<string>(StringComparer.Ordinal);
        var name = NameOf(HttpMethod.Get, query);
        var reply = await SearchAsync(query, ct);
        while (true)
        {
            yield return reply;
            if (!reply.IsOk || NextLink(reply.Body) is not { } link)
            {
                yield break;
            }

            if (visited.Count >= _limits.PagesMax - 1)
            {
                yield return ReplyReader.NotSent(name, $"expected at most {_limits.PagesMax} pages, got more");
                yield break;
            }

            if (Address.Follow(link) is not { } address || !visited.Add(address.AbsoluteUri))
            {
                yield return ReplyReader.NotSent(
                    name, "expected the next page at the same EHR, got a link elsewhere or back to a page seen");
                yield break;
            }

            reply = await SendAsync(HttpMethod.Get, address, new Asked(name, true, "Bundle", null), null, default, ct);
        }
    }

    /// <summary>
    /// Creates a resource; with <paramref name="ifNoneExist"/> (a search without type) only where nothing matches it:
    /// then 201, 200 where one does, 412 where several do.
    /// </summary>
    public Task<FhirReply> CreateAsync(Resource resource, string? ifNoneExist, CancellationToken ct) =>
        WriteAsync(
            HttpMethod.Post, resource.Type, resource, new(resource.Type, null), new("If-None-Exist", ifNoneExist), ct);

    /// <summary>Updates a resource by its id; with a version only where that is still the current one.</summary>
    public Task<FhirReply> UpdateAsync(Resource resource, string? ifMatchVersion, CancellationToken ct) =>
        resource.Id is not { } id
            ? Task.FromResult(ReplyReader.NotSent($"PUT {resource.Type}", "expected a resource with an id, got none"))
            : WriteAsync(
                HttpMethod.Put, $"{resource.Type}/{id}", resource, new(resource.Type, id), IfMatch(ifMatchVersion), ct);

    /// <summary>Deletes a resource; with a version only where that is still the current one.</summary>
    public Task<FhirReply> DeleteAsync(string type, string id, string? ifMatchVersion, CancellationToken ct) =>
        WriteAsync(HttpMethod.Delete, $"{type}/{id}", null, new(null, null), IfMatch(ifMatchVersion), ct);

    /// <summary>
    /// An operation such as <c>Subscription/1/$status</c>: GET without input, POST (counts as a write) with it.
    /// </summary>
    public Task<FhirReply> OperationAsync(string path, Resource? input, CancellationToken ct) => input is null
        ? GetAsync(path, null, null, ct)
        : WriteAsync(HttpMethod.Post, path, input, new(null, null), default, ct);

    /// <summary>The CapabilityStatement.</summary>
    public Task<FhirReply> CapabilitiesAsync(CancellationToken ct) =>
        GetAsync("metadata", "CapabilityStatement", null, ct);

    public void Dispose() => _http.Dispose();

    /// <summary>The <c>next</c> link of a Bundle, null on the last page.</summary>
    private static string? NextLink(Resource? bundle) => bundle?.Root.Children("link")
        .FirstOrDefault(link => link.Text("relation") == "next")?.Text("url");

    private Task<FhirReply> GetAsync(string path, string? type, string? id, CancellationToken ct)
    {
        var name = NameOf(HttpMethod.Get, path);
        var isPlain = id is null || ResourceReference.IsId(id);
        return isPlain && Address.Resolve(path) is { } address
            ? SendAsync(HttpMethod.Get, address, new Asked(name, true, type, id), null, default, ct)
            : Task.FromResult(
                ReplyReader.NotSent(name, "expected a relative address below the EHR's base, got another"));
    }

    private Task<FhirReply> WriteAsync(
        HttpMethod method, string path, Resource? body, Target expects, Guard guard, CancellationToken ct)
    {
        var name = NameOf(method, path);
        if (Address.Resolve(path) is not { } address || (expects.Id is { } id && !ResourceReference.IsId(id)))
        {
            return Task.FromResult(
                ReplyReader.NotSent(name, "expected a relative address below the EHR's base, got another"));
        }

        // A guard that could not be sent must not turn into a write without it.
        return guard.Value is { } value && value.AsSpan().ContainsAnyExceptInRange(' ', '~')
            ? Task.FromResult(
                ReplyReader.NotSent(name, $"expected printable ASCII in {guard.Header}, got something else"))
            : SendAsync(method, address, new Asked(name, false, expects.Type, expects.Id), body, guard, ct);
    }

    private static Guard IfMatch(string? version) => new("If-Match", version is null ? null : $"W/\"{version}\"");

    private async Task<FhirReply> SendAsync(
        HttpMethod method, Uri address, Asked asked, Resource? body, Guard guard, CancellationToken ct)
    {
        using var request = new HttpRequestMessage(method, address);
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue(FhirJson));
        request.Headers.UserAgent.Add(new ProductInfoHeaderValue("FhirOrchestrator", null));
        request.Headers.TryAddWithoutValidation("Prefer", asked.IsSafe ? "handling=strict" : "return=representation");
        if (guard.Value is not null)
        {
            request.Headers.TryAddWithoutValidation(guard.Header, guard.Value);
        }

        Authorize(request);
        if (body is not null)
        {
            request.Content = new ByteArrayContent(body.ToUtf8());
            request.Content.Headers.ContentType = new MediaTypeHeaderValue(FhirJson);
        }

        try
        {
            using var reply = await _http.SendAsync(request, ct);
            return ReplyReader.Read(asked, reply, await reply.Content.ReadAsByteArrayAsync(ct), _time.GetUtcNow());
        }
        catch (Exception failure) when (!ct.IsCancellationRequested && IsExpected(failure))
        {
            return ReplyReader.Failed(
                asked, failure, request.Options.TryGetValue(ResilientExchange.Sent, out var wasSent) && wasSent);
        }
    }

    private static bool IsExpected(Exception failure) => failure
        is HttpRequestException or IOException or OperationCanceledException or ReplyTooLargeException
        or NoPlaceException or InvalidDataException or Polly.ExecutionRejectedException;

    // The address was built from the base; checked again here, because this is where the secret leaves.
    private void Authorize(HttpRequestMessage request)
    {
        if (request.RequestUri is not { } address || !Address.IsSameOrigin(address))
        {
            throw new InvalidOperationException("a request of an EHR's client left the EHR's origin");
        }

        request.Headers.Authorization = Settings.Auth switch
        {
            EhrAuth.None => null,
            EhrAuth.Bearer bearer => new AuthenticationHeaderValue("Bearer", bearer.Token),
            EhrAuth.Basic basic => new AuthenticationHeaderValue(
                "Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{basic.User}:{basic.Password}"))),
            _ => throw new System.Diagnostics.UnreachableException(),
        };
    }

    // Only method and type: ids and search values may identify a patient.
    private static string NameOf(HttpMethod method, string path) => $"{method} {path.Split('/', '?')[0]}";

    /// <summary>What the reply must carry.</summary>
    private readonly record struct Target(string? Type, string? Id);

    /// <summary>A header that makes a write conditional; none where the value is null.</summary>
    private readonly record struct Guard(string Header, string? Value);
}
