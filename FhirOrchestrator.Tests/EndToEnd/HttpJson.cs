using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace FhirOrchestrator.Tests.EndToEnd;

/// <summary>JSON over HTTP, and pages as text.</summary>
internal static class HttpJson
{
    /// <summary>The object; fails the test with the text where it is none.</summary>
    public static JsonObject Parse(string text)
    {
        try
        {
            return JsonNode.Parse(text)?.AsObject() ?? throw new AssertionException("expected a JSON object, got null");
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException)
        {
            throw new AssertionException($"expected a JSON object, got: {text[..Math.Min(text.Length, 500)]}", fault);
        }
    }

    /// <summary>A page's text; fails the test where the status is not 200.</summary>
    public static async Task<string> PageAsync(this HttpClient http, string path, CancellationToken ct)
    {
        using var response = await http.GetAsync(new Uri(path, UriKind.Relative), ct);
        var text = await response.Content.ReadAsStringAsync(ct);
        Assert.That((int)response.StatusCode, Is.EqualTo(200), $"{path}: {text[..Math.Min(text.Length, 500)]}");
        return text;
    }

    /// <summary>Sends raw bytes, for what no JSON writer would make; gives the status.</summary>
    public static async Task<int> PostBytesAsync(
        this HttpClient http, string path, byte[] body, string mediaType, CancellationToken ct, string? secret = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(path, UriKind.RelativeOrAbsolute));
        request.Content = new ByteArrayContent(body);
        request.Content.Headers.TryAddWithoutValidation("Content-Type", mediaType);
        if (secret is not null)
        {
            request.Headers.TryAddWithoutValidation("X-FhirOrchestrator-Secret", secret);
        }

        using var response = await http.SendAsync(request, ct);
        return (int)response.StatusCode;
    }

    /// <summary>Posts a form, as a browser without script does; redirects are followed.</summary>
    public static async Task<HttpResponseMessage> PostFormAsync(
        this HttpClient http, string path, IReadOnlyDictionary<string, string> fields, CancellationToken ct)
    {
        using var form = new FormUrlEncodedContent(fields);
        return await http.PostAsync(new Uri(path, UriKind.Relative), form, ct);
    }

    /// <summary>A JSON object as content.</summary>
    public static StringContent Content(JsonObject json, string mediaType = "application/fhir+json") =>
        new(json.ToJsonString(), Encoding.UTF8, mediaType);
}
