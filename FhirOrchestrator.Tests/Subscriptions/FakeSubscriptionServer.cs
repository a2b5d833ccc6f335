using FhirOrchestrator.Fhir.Json;
using FhirOrchestrator.Tests.Support;

namespace FhirOrchestrator.Tests.Subscriptions;

/// <summary>An EHR that keeps Subscriptions, as obliging or stubborn as a test wants it.</summary>
internal sealed class FakeSubscriptionServer
{
    private int _next;

    public FakeSubscriptionServer() => Ehr = new ScriptedEhr(Answer);

    public ScriptedEhr Ehr { get; }

    public SortedDictionary<string, Resource> Kept { get; } = new(StringComparer.Ordinal);

    /// <summary>The status that a submitted one gets; null: the one submitted.</summary>
    public string? Gives { get; set; }

    public bool IsDown { get; set; }

    /// <summary>Creates are done, but their replies lost.</summary>
    public bool LosesReplies { get; set; }

    /// <summary>Refuses everything but create and read, like the public test kit.</summary>
    public bool IsMinimal { get; set; }

    public DateTimeOffset Now { get; set; } = new(2026, 3, 1, 9, 30, 0, TimeSpan.Zero);

    public int Count(string method) => Ehr.Seen.Count(sent => sent.Method == method);

    public void Set(string status)
    {
        foreach (var id in Kept.Keys.ToArray())
        {
            Kept[id] = Kept[id].With("status", status);
        }
    }

    private HttpResponseMessage Answer(SentRequest sent)
    {
        if (IsDown)
        {
            throw new HttpRequestException(HttpRequestError.ConnectionError);
        }

        var reply = sent.Method switch
        {
            "POST" => Create(sent),
            "GET" when sent.PathAndQuery.Contains("?url=", StringComparison.Ordinal) => Search(sent),
            "GET" => Kept.TryGetValue(IdOf(sent), out var found)
                ? Whole(200, found) : ScriptedEhr.Outcome(404, "not-found"),
            _ when IsMinimal => ScriptedEhr.Outcome(405, "not-supported"),
            "PUT" => Update(sent),
            "DELETE" => Kept.Remove(IdOf(sent)) ? ScriptedEhr.Json(204, "") : ScriptedEhr.Outcome(404, "not-found"),
            _ => ScriptedEhr.Outcome(405, "not-supported"),
        };
        reply.Headers.Date = Now;
        return reply;
    }

    private HttpResponseMessage Create(SentRequest sent)
    {
        var id = $"s{++_next}";
        var status = Gives ?? Parse(sent).Root.Text("status");
        Kept[id] = Parse(sent).WithId(id).With("status", status).WithVersion("1", null);
        return LosesReplies
            ? throw new HttpRequestException(HttpRequestError.ResponseEnded)
            : Whole(201, Kept[id], ("Location", $"https://ehr.example/fhir/Subscription/{id}"));
    }

    private HttpResponseMessage Update(SentRequest sent)
    {
        var id = IdOf(sent);
        if (!Kept.TryGetValue(id, out var old))
        {
            return ScriptedEhr.Outcome(404, "not-found");
        }

        if (sent.Headers.TryGetValue("If-Match", out var guard) && guard != $"W/\"{old.VersionId}\"")
        {
            return ScriptedEhr.Outcome(412, "conflict");
        }

        var status = Gives ?? Parse(sent).Root.Text("status");
        Kept[id] = Parse(sent).With("status", status).WithVersion(old.VersionId + "1", null);
        return Whole(200, Kept[id]);
    }

    private HttpResponseMessage Search(SentRequest sent)
    {
        if (IsMinimal)
        {
            return ScriptedEhr.Outcome(404, "not-supported");
        }

        var url = Uri.UnescapeDataString(sent.PathAndQuery.Split("?url=")[1]);
        var entries = Kept.Values.Where(each => each.Root.Child("channel")?.Text("endpoint") == url)
            .Select(each => Node.Object(("resource", each.Root)));
        return Whole(200, Resource.Create("Bundle", ("type", "searchset"), ("entry", Node.Array(entries))));
    }

    private static HttpResponseMessage Whole(
        int status, Resource resource, params ReadOnlySpan<(string, string)> headers) =>
        ScriptedEhr.Json(status, resource.Root.ToString(), headers);

    private static string IdOf(SentRequest sent) => sent.Address.Segments[^1];

    private static Resource Parse(SentRequest sent) =>
        Resource.Read(System.Text.Encoding.UTF8.GetBytes(sent.Body)).Value ?? throw new AssertionException(
            "no resource");
}
