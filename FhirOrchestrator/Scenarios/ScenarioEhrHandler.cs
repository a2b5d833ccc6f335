using System.Net;
using System.Net.Http.Headers;
using FhirOrchestrator.Fhir.Json;
using FhirOrchestrator.Fhir.Search;

namespace FhirOrchestrator.Scenarios;

/// <summary>
/// The FHIR door of a scenario's EHR: read, search, conditional create and update with <c>If-Match</c> (R4, http).
/// Whatever else is asked is refused, so that a scenario never passes on half an answer.
/// </summary>
internal sealed class ScenarioEhrHandler(ScenarioEhr ehr, Uri baseUrl, TimeProvider clock) : HttpMessageHandler
{
    private const string FhirJson = "application/fhir+json";
    private readonly string _root = baseUrl.AbsolutePath.TrimEnd('/') + "/";

    protected override async Task<HttpResponseMessage> SendAsync(
        HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var body = request.Content is null ? [] : await request.Content.ReadAsByteArrayAsync(cancellationToken);
        var reply = Answer(request, body);
        reply.Headers.Date = clock.GetUtcNow();
        reply.RequestMessage = request;
        return reply;
    }

    private HttpResponseMessage Answer(HttpRequestMessage request, byte[] body)
    {
        if (request.RequestUri is not { } address
            || !address.AbsolutePath.StartsWith(_root, StringComparison.Ordinal))
        {
            return Outcome(HttpStatusCode.NotFound, "not-found");
        }

        var parts = address.AbsolutePath[_root.Length..].Split('/');
        return (request.Method.Method, parts) switch
        {
            ("GET", [var type]) => Search(type, address.Query),
            ("GET", [var type, var id]) => Read($"{type}/{id}"),
            ("POST", [var type]) => Create(request, type, body),
            ("PUT", [var type, var id]) => Update(request, $"{type}/{id}", body),
            _ => Outcome(HttpStatusCode.NotImplemented, "not-supported"),
        };
    }

    private HttpResponseMessage Read(string path) => ehr.Find(path) is { } resource
        ? Reply(HttpStatusCode.OK, resource)
        : Absent(path);

    private HttpResponseMessage Absent(string path)
    {
        if (!ehr.Knows(path))
        {
            return Outcome(HttpStatusCode.NotFound, "not-found");
        }

        var gone = Outcome(HttpStatusCode.Gone, "deleted");
        gone.Headers.ETag = new EntityTagHeaderValue($"\"{ehr.VersionOf(path)}\"", isWeak: true);
        return gone;
    }

    private HttpResponseMessage Search(string type, string text)
    {
        if (!SearchQuery.Parse(type, text, baseUrl.ToString()).Succeeded(out var query, out var problem))
        {
            return Outcome(HttpStatusCode.BadRequest, problem.Code);
        }

        if (!query.Includes.IsEmpty || !query.Shape.IsWhole)
        {
            return Outcome(HttpStatusCode.NotImplemented, "not-supported");
        }

        var entries = ehr.Search(query).Take(query.Count ?? int.MaxValue).Select(resource => (Node)Node.Object(
            ("fullUrl", $"{baseUrl}/{resource.Path}"),
            ("resource", resource.Root),
            ("search", Node.Object(("mode", "match")))));
        return Content(
            HttpStatusCode.OK,
            Resource.Create("Bundle", ("type", "searchset"), ("entry", Node.Array(entries))));
    }

    private HttpResponseMessage Create(HttpRequestMessage request, string type, byte[] body)
    {
        if (Resource.Read(body).Value is not { } resource || resource.Type != type)
        {
            return Outcome(HttpStatusCode.BadRequest, "invalid");
        }

        if (request.Headers.TryGetValues("If-None-Exist", out var conditions))
        {
            if (!SearchQuery.Parse(type, string.Join('&', conditions), baseUrl.ToString())
                .Succeeded(out var query, out var problem))
            {
                return Outcome(HttpStatusCode.BadRequest, problem.Code);
            }

            var found = ehr.Search(query).Take(2).ToList();
            if (found.Count > 0)
            {
                return found.Count == 1
                    ? Reply(HttpStatusCode.OK, found[0])
                    : Outcome(HttpStatusCode.PreconditionFailed, "multiple-matches");
            }
        }

        return Reply(HttpStatusCode.Created, ehr.Create(resource));
    }

    private HttpResponseMessage Update(HttpRequestMessage request, string path, byte[] body)
    {
        if (Resource.Read(body).Value is not { } resource || resource.Path != path)
        {
            return Outcome(HttpStatusCode.BadRequest, "invalid");
        }

        if (ehr.Find(path) is not { } current)
        {
            return Absent(path);
        }

        return request.Headers.IfMatch.FirstOrDefault()?.Tag is { } tag && tag.Trim('"') != current.VersionId
            ? Outcome(HttpStatusCode.PreconditionFailed, "conflict")
            : Reply(HttpStatusCode.OK, ehr.Put(resource));
    }

    private static HttpResponseMessage Reply(HttpStatusCode status, Resource resource)
    {
        var reply = Content(status, resource);
        reply.Headers.ETag = new EntityTagHeaderValue($"\"{resource.VersionId}\"", isWeak: true);
        return reply;
    }

    private static HttpResponseMessage Outcome(HttpStatusCode status, string code) => Content(
        status,
        Resource.Create("OperationOutcome", ("issue", Node.Array(
            Node.Object(("severity", "error"), ("code", code))))));

    private static HttpResponseMessage Content(HttpStatusCode status, Resource body)
    {
        var content = new ByteArrayContent(body.ToUtf8());
        content.Headers.ContentType = new MediaTypeHeaderValue(FhirJson);
        return new HttpResponseMessage(status) { Content = content };
    }
}
