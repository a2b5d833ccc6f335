using System.Buffers;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using FhirOrchestrator.Fhir.Json;
using FhirOrchestrator.Storage.Resources;

namespace FhirOrchestrator.Rest;

/// <summary>Writes bundles of answers; stored bodies go in as the bytes that they are.</summary>
internal sealed class BundleWriter : IDisposable
{
    private readonly ArrayBufferWriter<byte> _buffer = new(4096);
    private readonly Utf8JsonWriter _json;
    private bool _hasLinks;
    private bool _hasEntries;

    public BundleWriter(string type, long? total = null)
    {
        _json = new Utf8JsonWriter(
            _buffer,
            new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true });
        _json.WriteStartObject();
        _json.WriteString("resourceType", "Bundle");
        _json.WriteString("type", type);
        if (total is { } count)
        {
            _json.WriteNumber("total", count);
        }
    }

    /// <summary>Adds a link; all links come before the entries.</summary>
    public void Link(string relation, string url)
    {
        if (!_hasLinks)
        {
            _json.WriteStartArray("link");
            _hasLinks = true;
        }

        _json.WriteStartObject();
        _json.WriteString("relation", relation);
        _json.WriteString("url", url);
        _json.WriteEndObject();
    }

    /// <summary>Adds what a search gives.</summary>
    /// <param name="fullUrl">Null of what is not stored.</param>
    /// <param name="mode"><c>match</c>, <c>include</c> or <c>outcome</c>.</param>
    public void SearchEntry(string? fullUrl, ReadOnlyMemory<byte> body, string mode)
    {
        StartEntry();
        if (fullUrl is not null)
        {
            _json.WriteString("fullUrl", fullUrl);
        }

        WriteResource(body);
        _json.WriteStartObject("search");
        _json.WriteString("mode", mode);
        _json.WriteEndObject();
        _json.WriteEndObject();
    }

    /// <summary>Adds a version of a resource, with the request that made it.</summary>
    public void HistoryEntry(string fullUrl, StoredResource stored)
    {
        StartEntry();
        _json.WriteString("fullUrl", fullUrl);
        WriteResource(stored.Body);
        _json.WriteStartObject("request");
        _json.WriteString("method", stored.Method);
        _json.WriteString("url", stored.Method == "POST" ? stored.Type : stored.Path);
        _json.WriteEndObject();
        WriteResponse(RestAnswer.Of(
            stored.IsDeleted ? 204 : stored is { Version: 1 } or { Method: "POST" } ? 201 : 200, stored,
            withBody: false));
        _json.WriteEndObject();
    }

    /// <summary>Adds what an entry of a batch or transaction got.</summary>
    public void ResponseEntry(string? fullUrl, RestAnswer answer)
    {
        StartEntry();
        if (fullUrl is not null)
        {
            _json.WriteString("fullUrl", fullUrl);
        }

        var isError = answer.Status >= 400;
        if (!isError)
        {
            WriteResource(answer.Body);
        }

        WriteResponse(answer, isError ? answer.Body : default);
        _json.WriteEndObject();
    }

    /// <summary>Closes the bundle.</summary>
    public byte[] ToUtf8()
    {
        if (_hasLinks || _hasEntries)
        {
            _json.WriteEndArray();
        }

        _json.WriteEndObject();
        _json.Flush();
        return _buffer.WrittenSpan.ToArray();
    }

    public void Dispose() => _json.Dispose();

    private void StartEntry()
    {
        if (!_hasEntries)
        {
            if (_hasLinks)
            {
                _json.WriteEndArray();
            }

            _json.WriteStartArray("entry");
            _hasEntries = true;
        }

        _json.WriteStartObject();
    }

    private void WriteResource(ReadOnlyMemory<byte> body)
    {
        if (!body.IsEmpty)
        {
            _json.WritePropertyName("resource");
            _json.WriteRawValue(body.Span, skipInputValidation: true);
        }
    }

    private void WriteResponse(RestAnswer answer, ReadOnlyMemory<byte> outcome = default)
    {
        _json.WriteStartObject("response");
        _json.WriteString(
            "status", string.Create(CultureInfo.InvariantCulture, $"{answer.Status} {Reason(answer.Status)}"));
        if (answer.Location is { } location)
        {
            _json.WriteString("location", location);
        }

        if (answer.ETag is { } tag)
        {
            _json.WriteString("etag", tag);
        }

        if (answer.LastModified is { } at)
        {
            _json.WriteString("lastModified", Resource.InstantText(at));
        }

        if (!outcome.IsEmpty)
        {
            _json.WritePropertyName("outcome");
            _json.WriteRawValue(outcome.Span, skipInputValidation: true);
        }

        _json.WriteEndObject();
    }

    private static string Reason(int status) => Microsoft.AspNetCore.WebUtilities.ReasonPhrases.GetReasonPhrase(status);
}
