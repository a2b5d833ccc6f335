using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using FhirOrchestrator.Facts;
using FhirOrchestrator.Fhir.Json;
using FhirOrchestrator.Remote;
using FhirOrchestrator.Settings;
using FhirOrchestrator.Tests.Support;

namespace FhirOrchestrator.Tests.Steps;

/// <summary>What goes wrong with one request.</summary>
internal enum Fault
{
    None,

    /// <summary>It is done; the answer gets lost.</summary>
    ReplyLost,

    /// <summary>It is done later, after the client has given up.</summary>
    LandsLate,

    /// <summary>It is not done; the client cannot know.</summary>
    RequestLost,

    /// <summary>No connection: it is not done, and the client knows.</summary>
    NoConnection,

    /// <summary>429.</summary>
    Throttled,
}

/// <summary>
/// An EHR in memory: versions, <c>If-Match</c>, <c>If-None-Exist</c>, search by identifier, and a fault for each
/// request that the test wants to go wrong. It stores members in another order than they were sent, and adds its own
/// meta.
/// </summary>
internal sealed class FakeEhr(TimeProvider time)
{
    private readonly Dictionary<string, List<Resource?>> _versions = new(StringComparer.Ordinal);
    private readonly List<Action> _late = [];
    private int _ids;

    /// <summary>What is to go wrong with a request; asked once a request.</summary>
    public Func<SentRequest, Fault> Faults { get; set; } = _ => Fault.None;

    /// <summary>Runs between the reading and the writing of a PUT: another hand's edit in between.</summary>
    public Action<string>? BeforeUpdate { get; set; }

    /// <summary>False: <c>If-None-Exist</c> is ignored, as servers do under a race.</summary>
    public bool IsConditional { get; set; } = true;

    public List<SentRequest> Seen { get; } = [];

    public IEnumerable<SentRequest> Writes => Seen.Where(request => request.Method != "GET");

    public Resource this[string path] => Find(path) ?? throw new AssertionException($"expected {path}, got nothing");

    /// <summary>What answers for it.</summary>
    public HttpMessageHandler Handler() => new ScriptedEhr(request => Answer(request));

    public EhrClient Client(WriteScope writes = WriteScope.All) => new(
        new EhrSettings
        {
            Name = new EhrId("north"), BaseUrl = Outcomes.Sample.BaseUrl, Kind = "sandbox", Writes = writes,
        },
        Handler(), time,
        new RemoteLimits { SafeRetriesMax = 0, BreakerFailuresMin = 10_000 });

    public Resource? Find(string path) => _versions.TryGetValue(path, out var versions) ? versions[^1] : null;

    public ImmutableArray<Resource> All(string type) =>
        [.. _versions.Values.Select(versions => versions[^1]).OfType<Resource>().Where(each => each.Type == type)];

    /// <summary>Another hand puts a resource there, or changes it.</summary>
    public Resource Put(Resource resource)
    {
        var path = resource.Path;
        var versions = _versions.TryGetValue(path, out var known) ? known : _versions[path] = [];
        var stored = Reordered(resource)
            .WithVersion((versions.Count + 1).ToString(CultureInfo.InvariantCulture), time.GetUtcNow());
        versions.Add(stored);
        return stored;
    }

    /// <summary>Another hand changes a resource.</summary>
    public Resource Edit(string path, string element, Node? value) => Put(this[path].With(element, value));

    public void Delete(string path) => _versions[path].Add(null);

    /// <summary>What was under way when its client gave up arrives now.</summary>
    public void LandLate()
    {
        var late = _late.ToArray();
        _late.Clear();
        foreach (var each in late)
        {
            each();
        }
    }

    private HttpResponseMessage Answer(SentRequest request)
    {
        Seen.Add(request);
        switch (Faults(request))
        {
            case Fault.NoConnection:
                throw new HttpRequestException(HttpRequestError.ConnectionError, "no connection");
            case Fault.RequestLost:
                throw new HttpRequestException(HttpRequestError.ResponseEnded, "lost");
            case Fault.Throttled:
                return ScriptedEhr.Json(429, "{}", ("Retry-After", "1"));
            case Fault.ReplyLost:
                Do(request).Dispose();
                throw new HttpRequestException(HttpRequestError.ResponseEnded, "lost");
            case Fault.LandsLate:
                _late.Add(() => Do(request).Dispose());
                throw new HttpRequestException(HttpRequestError.ResponseEnded, "slow");
            default:
                return Do(request);
        }
    }

    private HttpResponseMessage Do(SentRequest request)
    {
        var path = Uri.UnescapeDataString(request.PathAndQuery["/fhir/".Length..]);
        return request.Method switch
        {
            "GET" when path.Contains('?', StringComparison.Ordinal) => Search(path),
            "GET" => Read(path),
            "POST" => Create(request, path),
            "PUT" => Update(request, path),
            _ => ScriptedEhr.Outcome(405, "not-supported"),
        };
    }

    private HttpResponseMessage Read(string path) => !_versions.TryGetValue(path, out var versions)
        ? ScriptedEhr.Outcome(404, "not-found")
        : versions[^1] is { } resource ? Reply(200, resource) : ScriptedEhr.Outcome(410, "deleted");

    private HttpResponseMessage Search(string path)
    {
        var type = path[..path.IndexOf('?', StringComparison.Ordinal)];
        var entries = Matching(type, path[(type.Length + 1)..])
            .Select(resource => (Node)Node.Object(("resource", resource.Root)));
        return ScriptedEhr.Json(200, Resource.Create("Bundle", ("type", "searchset"), ("entry", Node.Array(entries)))
            .Root.ToString());
    }

    private HttpResponseMessage Create(SentRequest request, string type)
    {
        if (IsConditional && request.Headers.TryGetValue("If-None-Exist", out var query))
        {
            var found = Matching(type, Uri.UnescapeDataString(query)).ToList();
            if (found.Count > 0)
            {
                return found.Count == 1 ? Reply(200, found[0]) : ScriptedEhr.Outcome(412, "multiple-matches");
            }
        }

        return Reply(201, Put(Outcomes.Sample.Json(request.Body).WithId($"{type[..1].ToLowerInvariant()}{++_ids}")));
    }

    private HttpResponseMessage Update(SentRequest request, string path)
    {
        BeforeUpdate?.Invoke(path);
        if (Find(path) is not { } current)
        {
            return ScriptedEhr.Outcome(410, "deleted");
        }

        return request.Headers.TryGetValue("If-Match", out var match) && match != $"W/\"{current.VersionId}\""
            ? ScriptedEhr.Outcome(412, "conflict")
            : Reply(200, Put(Outcomes.Sample.Json(request.Body)));
    }

    private IEnumerable<Resource> Matching(string type, string query)
    {
        var token = query["identifier=".Length..].Split('|');
        return All(type).Where(resource => resource.Root.Children("identifier").Any(identifier =>
            identifier.Text("system") == token[0] && identifier.Text("value") == token[1]));
    }

    private static HttpResponseMessage Reply(int status, Resource resource)
    {
        var reply = ScriptedEhr.Json(status, resource.Root.ToString());
        reply.StatusCode = (HttpStatusCode)status;
        reply.Headers.TryAddWithoutValidation("ETag", $"W/\"{resource.VersionId}\"");
        return reply;
    }

    private static Resource Reordered(Resource resource) => Resource.From(new ObjectNode(
        [.. resource.Root.Members.OrderBy(member => member.Name != "resourceType").ThenByDescending(
            member => member.Name, StringComparer.Ordinal)])) ?? throw new InvalidOperationException("a resource");
}
