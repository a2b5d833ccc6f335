using System.Collections.Immutable;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;

namespace FhirOrchestrator.Tests.EndToEnd;

/// <summary>What a FHIR server answered.</summary>
/// <param name="Status">The HTTP status.</param>
/// <param name="Body">The resource, null where there is none.</param>
/// <param name="ETag">The version, without <c>W/</c> and quotes.</param>
internal sealed record FhirAnswer(int Status, JsonObject? Body, string? ETag)
{
    public bool IsSuccess => Status is >= 200 and < 300;

    /// <summary>The resource; fails the test where the server refused.</summary>
    public JsonObject Expect() => IsSuccess && Body is not null
        ? Body
        : throw new AssertionException($"expected a resource, got status {Status}: {Body?.ToJsonString()}");
}

/// <summary>
/// A FHIR R4 REST client for tests: plain JSON nodes, nothing of the product's, so that a mistake cannot cancel
/// itself out.
/// </summary>
internal sealed class FhirClient(HttpClient http, Uri baseUrl)
{
    private const string MediaType = "application/fhir+json";

    /// <summary>The FHIR base, with a slash at the end.</summary>
    private readonly Uri baseUrl = baseUrl.AbsoluteUri.EndsWith('/') ? baseUrl : new Uri($"{baseUrl.AbsoluteUri}/");

    public Task<FhirAnswer> ReadAsync(string path, CancellationToken ct) => SendAsync(HttpMethod.Get, path, null, ct);

    /// <summary>Creates; with a search in <paramref name="ifNoneExist"/> only where nothing matches it.</summary>
    public Task<FhirAnswer> CreateAsync(
        JsonObject resource, CancellationToken ct, string? ifNoneExist = null) => SendAsync(
        HttpMethod.Post,
        TypeOf(resource),
        resource,
        ct,
        ifNoneExist is null ? null : ("If-None-Exist", ifNoneExist));

    /// <summary>Updates, or creates with the id that the resource has.</summary>
    public Task<FhirAnswer> UpdateAsync(JsonObject resource, CancellationToken ct, string? ifMatch = null) => SendAsync(
        HttpMethod.Put,
        $"{TypeOf(resource)}/{resource["id"]}",
        resource,
        ct,
        ifMatch is null ? null : ("If-Match", $"W/\"{ifMatch}\""));

    public Task<FhirAnswer> DeleteAsync(string path, CancellationToken ct) =>
        SendAsync(HttpMethod.Delete, path, null, ct);

    /// <summary>A batch or transaction.</summary>
    public Task<FhirAnswer> PostBundleAsync(JsonObject bundle, CancellationToken ct) =>
        SendAsync(HttpMethod.Post, "", bundle, ct);

    /// <summary>
    /// Reads, changes and writes with <c>If-Match</c>, again where somebody was faster, at most ten times.
    /// </summary>
    public async Task<JsonObject> ChangeAsync(string path, Action<JsonObject> change, CancellationToken ct)
    {
        for (var attempt = 1; ; attempt++)
        {
            var read = await ReadAsync(path, ct);
            var resource = read.Expect();
            change(resource);
            var written = await UpdateAsync(resource, ct, read.ETag);
            if (written.Status is not (409 or 412) || attempt == 10)
            {
                return written.Expect();
            }
        }
    }

    /// <summary>All resources that a search finds, page after page.</summary>
    public async Task<ImmutableArray<JsonObject>> SearchAsync(string search, CancellationToken ct)
    {
        var found = ImmutableArray.CreateBuilder<JsonObject>();
        var next = search;
        while (next is not null)
        {
            var bundle = (await ReadAsync(next, ct)).Expect();
            foreach (var entry in bundle["entry"]?.AsArray() ?? [])
            {
                if (entry?["search"]?["mode"]?.GetValue<string>() != "outcome" && entry?["resource"] is JsonObject one)
                {
                    found.Add(one);
                }
            }

            next = bundle["link"]?.AsArray()
                .FirstOrDefault(link => link?["relation"]?.GetValue<string>() == "next")?["url"]?.GetValue<string>();
        }

        return found.ToImmutable();
    }

    /// <summary>How many resources a search finds, by <c>_summary=count</c>.</summary>
    public async Task<int> CountAsync(string search, CancellationToken ct)
    {
        var separator = search.Contains('?') ? '&' : '?';
        var bundle = (await ReadAsync($"{search}{separator}_summary=count", ct)).Expect();
        return bundle["total"]?.GetValue<int>() ?? throw new AssertionException("expected Bundle.total, got none");
    }

    private async Task<FhirAnswer> SendAsync(
        HttpMethod method, string path, JsonObject? body, CancellationToken ct,
        (string Name, string Value)? header = null)
    {
        using var request = new HttpRequestMessage(method, new Uri(baseUrl, path));
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue(MediaType));
        if (header is { } one)
        {
            request.Headers.TryAddWithoutValidation(one.Name, one.Value);
        }

        if (body is not null)
        {
            request.Content = new StringContent(body.ToJsonString(), Encoding.UTF8, MediaType);
        }

        using var response = await http.SendAsync(request, ct);
        var text = await response.Content.ReadAsStringAsync(ct);
        return new FhirAnswer(
            (int)response.StatusCode,
            text.Length == 0 ? null : HttpJson.Parse(text),
            response.Headers.ETag?.Tag.Trim('"'));
    }

    private static string TypeOf(JsonObject resource) => resource["resourceType"]?.GetValue<string>()
        ?? throw new AssertionException("expected resourceType, got none");
}
