using FhirOrchestrator.Fhir.Json;
using FhirOrchestrator.Fhir.Search;
using FhirOrchestrator.Storage.Resources;

namespace FhirOrchestrator.Rest;

/// <summary>
/// One transaction (R4, http, 3.1.0.11.2): conditions are resolved, ids given, references rewritten, and then
/// everything is written at once or not at all. Deletes, creates, updates and reads count in this order; because no
/// resource may occur twice among the writes, they are one step.
/// </summary>
internal sealed class TransactionBundle
{
    private readonly RestServer _server;
    private readonly ResourceTransaction _transaction;
    private readonly ImmutableArray<BundleEntry> _entries;

    // By the entry's index: where the entry's resource is or will be, and the stored one that a condition found.
    private readonly Dictionary<int, Place> _places = [];

    private TransactionBundle(
        RestServer server, ResourceTransaction transaction, ImmutableArray<BundleEntry> entries) =>
        (_server, _transaction, _entries) = (server, transaction, entries);

    /// <summary>Where an entry's resource is or will be.</summary>
    /// <param name="Found">The resource that satisfied a conditional create: nothing is written.</param>
    /// <param name="SameAs">The earlier entry whose conditional create makes this entry's resource.</param>
    private sealed record Place(
        string Type, string Id, PendingWriteKind Kind, StoredResource? Found = null, int? SameAs = null)
    {
        public string Path => $"{Type}/{Id}";

        /// <summary>What a patch made of the stored resource; null for any other write.</summary>
        public Resource? Patched { get; init; }

        /// <summary>True of a conditional delete that nothing matches.</summary>
        public bool IsNothing => Id.Length == 0;

        public bool IsWritten => Found is null && SameAs is null && !IsNothing;
    }

    public static async Task<RestAnswer> RunAsync(
        ImmutableArray<BundleEntry> entries, RestRequest request, RestServer server, CancellationToken ct)
    {
        foreach (var entry in entries)
        {
            if (TransactionEntry.Check(entry, server) is { } problem)
            {
                return problem.At(entry.Path).ToAnswer();
            }
        }

        return await server.Store.RunAsync(
            async (transaction, token) =>
            {
                var (answers, problem) = await new TransactionBundle(server, transaction, entries)
                    .WriteAndReadAsync(token);
                return answers is null
                    ? (problem?.ToAnswer()
                        ?? throw new InvalidOperationException("expected a problem, got none"), false)
                    : (Response(request, answers), true);
            },
            ct);
    }

    private static RestAnswer Response(RestRequest request, RestAnswer[] answers)
    {
        using var response = new BundleWriter("transaction-response");
        foreach (var answer in answers)
        {
            // Locations in a response are relative to the base (R4, bundle, examples).
            var location = answer.Location?[(request.BaseUrl.Length + 1)..];
            response.ResponseEntry(null, answer with { Location = location });
        }

        return new RestAnswer(200) { Body = response.ToUtf8() };
    }

    private async Task<(RestAnswer[]? Answers, RestProblem? Problem)> WriteAndReadAsync(CancellationToken ct)
    {
        var problem = await PlaceAsync(ct) ?? CheckIdentities();
        if (problem is not null)
        {
            return (null, problem);
        }

        var rewriter = new ReferenceRewriter(FullUrls());
        problem = await ResolveConditionalReferencesAsync(rewriter, ct);
        if (problem is not null)
        {
            return (null, problem);
        }

        var (writes, refusal) = await RewrittenAsync(rewriter, ct);
        if (refusal is not null)
        {
            return (null, refusal);
        }

        var outcomes = await _transaction.WriteAsync([.. writes.Select(each => each.Write)], ct);
        for (var at = 0; at < outcomes.Length; at++)
        {
            if (outcomes[at] is { IsRefused: true } and not WriteOutcome.Withheld)
            {
                var refused = outcomes[at] is WriteOutcome.PreconditionFailed failed
                    ? failed.Words
                    : "expected one match, got several";
                return (null, RestProblem.PreconditionFailed(refused).At(writes[at].Entry.Path));
            }
        }

        return await AnswersAsync(writes.Select((each, at) => (each.Entry.Index, outcomes[at])).ToDictionary(), ct);
    }

    // Locks every condition at once, then finds what each names.
    private async Task<RestProblem?> PlaceAsync(CancellationToken ct)
    {
        var conditions = new Dictionary<int, SearchQuery>();
        foreach (var entry in _entries)
        {
            var text = entry.Request.Method == "POST" ? entry.Request.IfNoneExist
                : entry.Request is { Method: "PUT" or "PATCH" or "DELETE", Path.Length: 1 } ? entry.Request.Query
                : null;
            if (text is null)
            {
                continue;
            }

            var parsed = await Writes.ConditionOf(entry.Request.Path[0], text, entry.Request, _server, ct);
            if (!parsed.Succeeded(out var condition, out var problem))
            {
                return problem.At(entry.Path);
            }

            conditions.Add(entry.Index, condition);
        }

        await _transaction.LockAsync(conditions.Values, ct);
        await _transaction.HoldAsync(
            [.. _entries.Select(each => each.Request)
                .Where(each => each is { Method: "PATCH", Path.Length: 2 })
                .Select(each => (each.Path[0], each.Path[1]))],
            ct);
        var firsts = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var entry in _entries.Where(each => each.Request.Method != "GET"))
        {
            var condition = conditions.GetValueOrDefault(entry.Index);
            var placed = entry.Request.Method == "PATCH"
                ? PlacePatchAsync(entry, condition, ct)
                : PlaceAsync(entry, condition, firsts, ct);
            if (await placed is { } problem)
            {
                return problem.At(entry.Path);
            }
        }

        return null;
    }

    private async Task<RestProblem?> PlaceAsync(
        BundleEntry entry, SearchQuery? condition, Dictionary<string, int> firsts, CancellationToken ct)
    {
        var request = entry.Request;
        var type = request.Path[0];
        if (request.Path.Length == 2)
        {
            var kind = request.Method == "DELETE" ? PendingWriteKind.Delete : PendingWriteKind.Update;
            _places.Add(entry.Index, new Place(type, request.Path[1], kind));
            return null;
        }

        if (condition is null)
        {
            _places.Add(entry.Index, new Place(type, Guid.NewGuid().ToString(), PendingWriteKind.Create));
            return null;
        }

        var matches = await _transaction.MatchAsync(condition, ct);
        if (request.Method == "DELETE")
        {
            if (matches.Length > 1)
            {
                return Writes.Several(type);
            }

            _places.Add(entry.Index, new Place(type, matches is [var one] ? one.Id : "", PendingWriteKind.Delete));
            return null;
        }

        if (request.Method == "PUT")
        {
            var target = Writes.Target(request.Body ?? throw new InvalidOperationException("expected a body"), matches);
            if (!target.Succeeded(out var resource, out var problem))
            {
                return problem;
            }

            _places.Add(entry.Index, new Place(type, resource.Id ?? "", PendingWriteKind.Update));
            return null;
        }

        if (matches.Length > 1)
        {
            return RestProblem.MultipleMatches($"expected at most one {type} that matches ifNoneExist, got several");
        }

        // Equal conditions in one bundle name one resource, which the first of them makes.
        var canonical = condition.ToCanonicalText();
        var earlier = firsts.TryGetValue(canonical, out var first) ? _places[first] : null;
        firsts.TryAdd(canonical, entry.Index);
        _places.Add(entry.Index, matches is [var found] ? new Place(type, found.Id, PendingWriteKind.Create, found)
            : earlier is not null ? earlier with { SameAs = first }
            : new Place(type, Guid.NewGuid().ToString(), PendingWriteKind.Create));
        return null;
    }

    private async Task<RestProblem?> PlacePatchAsync(BundleEntry entry, SearchQuery? condition, CancellationToken ct)
    {
        var request = entry.Request;
        var target = condition is not null
            ? await Patches.HeldMatchAsync(condition, _transaction, ct)
            : Patches.Patchable(
                request with { Type = request.Path[0], Id = request.Path[1] },
                await _transaction.Reads.ReadAsync(request.Path[0], request.Path[1], ct));
        if (!target.Succeeded(out var stored, out var problem)
            || !Patches.Patchable(request, stored).Succeeded(out stored, out problem)
            || !Patches.Apply(request, stored, _server).Succeeded(out var patched, out problem))
        {
            return problem;
        }

        _places.Add(entry.Index, new Place(stored.Type, stored.Id, PendingWriteKind.Update) { Patched = patched });
        return null;
    }

    private RestProblem? CheckIdentities()
    {
        var written = new HashSet<string>(StringComparer.Ordinal);
        foreach (var entry in _entries)
        {
            if (_places.TryGetValue(entry.Index, out var place) && place.IsWritten && !written.Add(place.Path))
            {
                return RestProblem.Invalid(
                    "expected each resource once among the writes of a transaction, got one twice", entry.Path);
            }
        }

        var urls = new HashSet<string>(StringComparer.Ordinal);
        return _entries.FirstOrDefault(each => each.FullUrl is { } url && !urls.Add(url)) is { } twice
            ? RestProblem.Invalid("expected each fullUrl once, got one twice", twice.Path)
            : null;
    }

    private Dictionary<string, string> FullUrls() => _entries
        .Where(each => each.FullUrl is not null && _places.TryGetValue(each.Index, out var place) && !place.IsNothing)
        .ToDictionary(each => each.FullUrl ?? "", each => _places[each.Index].Path, StringComparer.Ordinal);

    // A conditional reference names one resource: of the store, or of this bundle.
    private async Task<RestProblem?> ResolveConditionalReferencesAsync(ReferenceRewriter rewriter, CancellationToken ct)
    {
        foreach (var entry in _entries.Where(each => each.Request.Body is not null))
        {
            foreach (var text in ReferenceRewriter.Conditional(entry.Request.Body!.Root))
            {
                if (rewriter.Knows(text))
                {
                    continue;
                }

                var mark = text.IndexOf('?', StringComparison.Ordinal);
                var parsed = await Writes.ConditionOf(text[..mark], text, entry.Request, _server, ct);
                if (!parsed.Succeeded(out var condition, out var problem))
                {
                    return problem.At(entry.Path);
                }

                if (condition.WhyNoCriteria() is { } why)
                {
                    return RestProblem.Unsupported($"{why}, in a conditional reference").At(entry.Path);
                }

                var paths = (await _transaction.MatchAsync(condition, ct)).Select(each => each.Path)
                    .Concat(_entries
                        .Where(each => IsWrittenMatch(each, condition)).Select(each => _places[each.Index].Path))
                    .Distinct(StringComparer.Ordinal).ToList();
                if (paths.Count != 1)
                {
                    return RestProblem.PreconditionFailed(
                        $"expected one {condition.Type} that matches a conditional reference, got "
                        + $"{(paths.Count == 0 ? "none" : "several")}")
                        .At($"{entry.Path}.resource");
                }

                rewriter.Add(text, paths[0]);
            }
        }

        return null;
    }

    private bool IsWrittenMatch(BundleEntry entry, SearchQuery condition) =>
        _places.TryGetValue(entry.Index, out var place) && place.IsWritten
        && (place.Patched ?? entry.Request.Body) is { } body && SearchMatcher.Matches(condition, body);

    private async Task<(List<(BundleEntry Entry, ResourceWrite Write)> Writes, RestProblem? Problem)> RewrittenAsync(
        ReferenceRewriter rewriter, CancellationToken ct)
    {
        var writes = new List<(BundleEntry Entry, ResourceWrite Write)>(_entries.Length);
        foreach (var entry in _entries)
        {
            if (!_places.TryGetValue(entry.Index, out var place) || !place.IsWritten)
            {
                continue;
            }

            if (place.Kind == PendingWriteKind.Delete)
            {
                var pending = new PendingWrite(place.Kind, place.Type, place.Id, null);
                if (await Writes.RefusalAsync(pending, _server, ct) is { } refusal)
                {
                    return (writes, refusal.At(entry.Path));
                }

                writes.Add((entry, new ResourceWrite.Delete(place.Type, place.Id, entry.Request.IfMatch)));
                continue;
            }

            var body = place.Patched ?? entry.Request.Body ?? throw new InvalidOperationException("expected a body");
            if (!rewriter.Rewrite(body, entry.FullUrl).Succeeded(out var rewritten, out var unresolved))
            {
                return (writes, unresolved.At($"{entry.Path}.resource"));
            }

            var intercepted = await Writes.InterceptAsync(place.Kind, rewritten.WithId(place.Id), _server, ct);
            if (!intercepted.Succeeded(out var passed, out var refused))
            {
                return (writes, refused.At($"{entry.Path}.resource"));
            }

            writes.Add((entry, place.Kind == PendingWriteKind.Create
                ? new ResourceWrite.Create(passed)
                : new ResourceWrite.Update(passed, entry.Request.IfMatch)));
        }

        return (writes, null);
    }

    private async Task<(RestAnswer[]? Answers, RestProblem? Problem)> AnswersAsync(
        Dictionary<int, WriteOutcome> outcomes, CancellationToken ct)
    {
        var inside = _server with { Reads = _transaction.Reads };
        var answers = new RestAnswer[_entries.Length];
        for (var at = 0; at < answers.Length; at++)
        {
            var entry = _entries[at];
            if (entry.Request.Method == "GET")
            {
                answers[at] = await RouteTable.RunAsync(entry.Request, inside, ct);
                if (answers[at].Status >= 400)
                {
                    return (null, new RestProblem(
                        answers[at].Status, "processing",
                        $"expected to read what the entry asks for, got {answers[at].Status}", entry.Path));
                }

                continue;
            }

            var place = _places[entry.Index];
            var outcome = place.IsNothing ? new WriteOutcome.NotFound()
                : place.Found is { } found ? new WriteOutcome.Existing(found)
                : place.SameAs is { } first && outcomes[first].Resource is { } made ? new WriteOutcome.Existing(made)
                : outcomes[entry.Index];
            answers[at] = Writes.Answer(entry.Request, outcome);
        }

        return (answers, null);
    }
}
