using System.Diagnostics;
using FhirOrchestrator.Fhir.Json;
using FhirOrchestrator.Fhir.Search;
using FhirOrchestrator.Storage.Resources;

namespace FhirOrchestrator.Rest;

/// <summary>create, update and delete of one resource, with their conditions (R4, http).</summary>
internal static class Writes
{
    /// <summary>
    /// <c>POST [type]</c>, with <c>If-None-Exist</c> a conditional create. The body's id is not used.
    /// </summary>
    public static async Task<RestAnswer> Create(RestRequest request, RestServer server, CancellationToken ct)
    {
        if (!CheckedBody(request, server).Succeeded(out var body, out var broken))
        {
            return broken.ToAnswer();
        }

        SearchQuery? condition = null;
        if (request.IfNoneExist is { } text
            && !(await ConditionOf(request.Type, text, request, server, ct))
                .Succeeded(out condition, out var unreadable))
        {
            return unreadable.ToAnswer();
        }

        var intercepted = await InterceptAsync(PendingWriteKind.Create, WithNewId(body), server, ct);
        if (!intercepted.Succeeded(out var passed, out var refusal))
        {
            return refusal.ToAnswer();
        }

        var outcomes = await server.Store.WriteAsync([new ResourceWrite.Create(passed, condition)], ct);
        return Answer(request, outcomes[0]);
    }

    /// <summary><c>PUT [type]/[id]</c>: replaces the resource, or creates it under this id.</summary>
    public static async Task<RestAnswer> Update(RestRequest request, RestServer server, CancellationToken ct)
    {
        if (!CheckedBody(request, server).Succeeded(out var body, out var broken))
        {
            return broken.ToAnswer();
        }

        if (body.Id != request.Id)
        {
            return RestProblem.Invalid(
                "expected the id of the URL in the body, got another or none", $"{body.Type}.id").ToAnswer();
        }

        var intercepted = await InterceptAsync(PendingWriteKind.Update, body, server, ct);
        if (!intercepted.Succeeded(out var passed, out var refusal))
        {
            return refusal.ToAnswer();
        }

        var outcomes = await server.Store.WriteAsync([new ResourceWrite.Update(passed, request.IfMatch)], ct);
        return Answer(request, outcomes[0]);
    }

    /// <summary>
    /// <c>PUT [type]?…</c>: one match is replaced, no match is created, several are refused. The condition is held, so
    /// two at once make one resource.
    /// </summary>
    public static async Task<RestAnswer> ConditionalUpdate(RestRequest request, RestServer server, CancellationToken ct)
    {
        if (!CheckedBody(request, server).Succeeded(out var body, out var broken))
        {
            return broken.ToAnswer();
        }

        return await UnderConditionAsync(
            request,
            server,
            async (condition, transaction, token) =>
            {
                var matches = await transaction.MatchAsync(condition, token);
                var target = Target(body, matches);
                if (!target.Succeeded(out var resource, out var wrong))
                {
                    return (wrong.ToAnswer(), false);
                }

                var kind = matches.IsEmpty && body.Id is null ? PendingWriteKind.Create : PendingWriteKind.Update;
                if (!(await InterceptAsync(kind, resource, server, token)).Succeeded(out var passed, out var refusal))
                {
                    return (refusal.ToAnswer(), false);
                }

                var outcomes = await transaction.WriteAsync([new ResourceWrite.Update(passed, request.IfMatch)], token);
                return (Answer(request, outcomes[0]), !outcomes[0].IsRefused);
            },
            ct);
    }

    /// <summary><c>DELETE [type]/[id]</c>: done also where there is nothing.</summary>
    public static async Task<RestAnswer> Delete(RestRequest request, RestServer server, CancellationToken ct)
    {
        var pending = new PendingWrite(PendingWriteKind.Delete, request.Type, request.Id, null);
        if (await RefusalAsync(pending, server, ct) is { } refusal)
        {
            return refusal.ToAnswer();
        }

        var outcomes = await server.Store.WriteAsync(
            [new ResourceWrite.Delete(request.Type, request.Id, request.IfMatch)], ct);
        return Answer(request, outcomes[0]);
    }

    /// <summary>
    /// <c>DELETE [type]?…</c>: one match is deleted, none is as good as deleted, several are refused (R4 leaves that to
    /// the server: a condition that turns out wider than meant must not empty a chart).
    /// </summary>
    public static Task<RestAnswer> ConditionalDelete(RestRequest request, RestServer server, CancellationToken ct) =>
        UnderConditionAsync(
            request,
            server,
            async (condition, transaction, token) =>
            {
                var matches = await transaction.MatchAsync(condition, token);
                if (matches.Length != 1)
                {
                    return (matches.IsEmpty ? new RestAnswer(204) : Several(request.Type).ToAnswer(), false);
                }

                var id = matches[0].Id;
                var pending = new PendingWrite(PendingWriteKind.Delete, request.Type, id, null);
                if (await RefusalAsync(pending, server, token) is { } refusal)
                {
                    return (refusal.ToAnswer(), false);
                }

                var outcomes = await transaction.WriteAsync(
                    [new ResourceWrite.Delete(request.Type, id, request.IfMatch)], token);
                return (Answer(request, outcomes[0]), !outcomes[0].IsRefused);
            },
            ct);

    /// <summary>
    /// Makes a change that depends on what the request's query finds, in one transaction that holds the condition: of
    /// two at once the second sees what the first made.
    /// </summary>
    public static async Task<RestAnswer> UnderConditionAsync(
        RestRequest request, RestServer server,
        Func<SearchQuery, ResourceTransaction, CancellationToken, Task<(RestAnswer Answer, bool Commit)>> change,
        CancellationToken ct)
    {
        var parsed = await ConditionOf(request.Type, request.Query, request, server, ct);
        if (!parsed.Succeeded(out var condition, out var unreadable))
        {
            return unreadable.ToAnswer();
        }

        return await server.Store.RunAsync(
            async (transaction, token) =>
            {
                await transaction.LockAsync([condition], token);
                return await change(condition, transaction, token);
            },
            ct);
    }

    /// <summary>A condition that has to name one resource names several.</summary>
    public static RestProblem Several(string type) =>
        RestProblem.MultipleMatches($"expected at most one {type} that matches the condition, got several");

    /// <summary>The body, checked against the type in the path and R4's elements.</summary>
    public static Attempt<Resource> CheckedBody(RestRequest request, RestServer server)
    {
        if (request.Body is not { } body)
        {
            return RestProblem.Invalid("expected a resource in the body, got none");
        }

        if (body.Type != request.Type)
        {
            return RestProblem.Invalid($"expected a resource of type {request.Type}, got {body.Type}", body.Type);
        }

        return ShapeCheck.Find(body, server.IsLenient) is { } wrong ? wrong : body;
    }

    /// <summary>
    /// The query of a condition; it has to name at least one criterion, because none would match everything.
    /// </summary>
    public static async Task<Attempt<SearchQuery>> ConditionOf(
        string type, string query, RestRequest request, RestServer server, CancellationToken ct)
    {
        // The header may hold a whole URL as well as its query (R4, http, conditional create).
        var mark = query.IndexOf('?', StringComparison.Ordinal);
        var reading = await Searches.ReadingAsync(request with { IsLenient = false }, server, ct);
        var parsed = SearchQuery.Parse(type, query[(mark + 1)..], reading with { IsCondition = true });
        if (!parsed.Succeeded(out var condition, out var problem))
        {
            return RestProblem.Of(problem);
        }

        return condition.Criteria.IsEmpty
            ? RestProblem.Invalid("expected at least one search parameter in the condition, got none")
            : condition;
    }

    /// <summary>The resource after all interceptors, or the refusal of one of them.</summary>
    public static async Task<Attempt<Resource>> InterceptAsync(
        PendingWriteKind kind, Resource resource, RestServer server, CancellationToken ct)
    {
        var pending = new PendingWrite(kind, resource.Type, resource.Id, resource);
        if (await RefusalAsync(pending, server, ct) is { } refusal)
        {
            return refusal;
        }

        var passed = pending.Resource ?? throw new InvalidOperationException(
            "expected a resource from the interceptors, got none");
        return passed.Type == resource.Type && (resource.Id is null || passed.Id == resource.Id)
            ? passed
            : throw new InvalidOperationException($"expected {resource.Path} from the interceptors, got {passed.Path}");
    }

    /// <summary>The first interceptor's refusal, null where all let the write pass.</summary>
    public static async Task<RestProblem?> RefusalAsync(PendingWrite pending, RestServer server, CancellationToken ct)
    {
        foreach (var interceptor in server.Interceptors)
        {
            if (await interceptor(pending, ct) is { } refusal)
            {
                return new RestProblem(refusal.Status, refusal.Code, refusal.Words, refusal.Expression);
            }
        }

        return null;
    }

    /// <summary>The answer to a write that has been tried.</summary>
    public static RestAnswer Answer(RestRequest request, WriteOutcome outcome) => outcome switch
    {
        WriteOutcome.Created created => Answer(request, 201, created.Stored),
        WriteOutcome.Updated updated => Answer(request, 200, updated.Stored),
        WriteOutcome.Existing existing => Answer(request, 200, existing.Stored),
        WriteOutcome.Deleted deleted => new RestAnswer(204) { Version = deleted.Stored.Version },
        WriteOutcome.NotFound => new RestAnswer(204),
        WriteOutcome.PreconditionFailed failed => RestProblem.PreconditionFailed(failed.Words).ToAnswer(),
        WriteOutcome.MultipleMatches several => RestProblem.MultipleMatches(several.Words).ToAnswer(),
        _ => throw new UnreachableException(),
    };

    /// <summary>A resource under a new id, whatever id it came with (R4, http, create).</summary>
    public static Resource WithNewId(Resource resource) => resource.WithId(Guid.NewGuid().ToString());

    /// <summary>The resource that a conditional update writes: under the match's id, its own, or a new one.</summary>
    public static Attempt<Resource> Target(Resource body, ImmutableArray<StoredResource> matches) => matches switch
    {
        [] => body.Id is null ? WithNewId(body) : body,
        [var one] when body.Id is null || body.Id == one.Id => body.WithId(one.Id),
        [_] => RestProblem.Invalid("expected the id of the resource that matches, got another", $"{body.Type}.id"),
        _ => Several(body.Type),
    };

    private static RestAnswer Answer(RestRequest request, int status, StoredResource stored)
    {
        var answer = RestAnswer.Of(
            status, stored, (request.Prefer ?? ReturnPreference.Representation) == ReturnPreference.Representation) with
        {
            Location = string.Create(
                System.Globalization.CultureInfo.InvariantCulture,
                $"{request.UrlOf(stored)}/_history/{stored.Version}"),
        };
        return request.Prefer == ReturnPreference.OperationOutcome ? answer with { Body = Stored(status) } : answer;
    }

    private static byte[] Stored(int status) => Resource.Create(
        "OperationOutcome",
        ("issue", Node.Array(Node.Object(
            ("severity", "information"),
            ("code", "informational"),
            ("diagnostics", status == 201 ? "created" : "stored"))))).ToUtf8();
}
