using FhirOrchestrator.Fhir.Json;
using FhirOrchestrator.Fhir.Search;
using FhirOrchestrator.Storage.Resources;

namespace FhirOrchestrator.Rest;

/// <summary>
/// patch of one resource (R4, http, patch): applied to what is stored, then checked and written as an update.
/// </summary>
internal static class Patches
{
    /// <summary><c>PATCH [type]/[id]</c></summary>
    public static Task<RestAnswer> Patch(RestRequest request, RestServer server, CancellationToken ct) =>
        server.Store.RunAsync(
            async (transaction, token) =>
            {
                await transaction.HoldAsync([(request.Type, request.Id)], token);
                var stored = await transaction.Reads.ReadAsync(request.Type, request.Id, token);
                return Patchable(request, stored).Succeeded(out var current, out var problem)
                    ? await WriteAsync(request, current, server, transaction, token)
                    : (problem.ToAnswer(), false);
            },
            ct);

    /// <summary><c>PATCH [type]?…</c>: one match is patched; none is 404, several are 412.</summary>
    public static Task<RestAnswer> ConditionalPatch(RestRequest request, RestServer server, CancellationToken ct) =>
        Writes.UnderConditionAsync(
            request,
            server,
            async (condition, transaction, token) =>
            {
                var found = await HeldMatchAsync(condition, transaction, token);
                return found.Succeeded(out var match, out var problem)
                    && Patchable(request, match).Succeeded(out var current, out problem)
                        ? await WriteAsync(request, current, server, transaction, token)
                        : (problem.ToAnswer(), false);
            },
            ct);

    /// <summary>The one match of a condition, held, and still a match once it was.</summary>
    public static async Task<Attempt<StoredResource>> HeldMatchAsync(
        SearchQuery condition, ResourceTransaction transaction, CancellationToken ct)
    {
        var found = Match(condition.Type, await transaction.MatchAsync(condition, ct));
        if (!found.Succeeded(out var first, out var problem))
        {
            return problem;
        }

        await transaction.HoldAsync([(first.Type, first.Id)], ct);
        var again = Match(condition.Type, await transaction.MatchAsync(condition, ct));
        return again.Value is { } second && second.Id != first.Id
            ? RestProblem.PreconditionFailed($"expected one {condition.Type} that matches, got another meanwhile")
            : again;
    }

    private static Attempt<StoredResource> Match(string type, ImmutableArray<StoredResource> matches) => matches switch
    {
        [] => RestProblem.NotFound($"expected one {type} that matches the condition, got none"),
        [var one] => one,
        _ => RestProblem.MultipleMatches($"expected one {type} that matches the condition, got several"),
    };

    /// <summary>The stored resource, where there is one of the version that the request names.</summary>
    public static Attempt<StoredResource> Patchable(RestRequest request, StoredResource? stored) => stored switch
    {
        null => RestProblem.NotFound($"expected a resource to patch at {request.Type}/{request.Id}, got none"),
        { IsDeleted: true } => RestProblem.Deleted(stored.Path),
        _ when request.IfMatch is { } version && version != stored.Version => RestProblem.PreconditionFailed(
            $"expected version {version} of {stored.Path}, got {stored.Version}"),
        _ => stored,
    };

    /// <summary>The stored resource with the request's patch applied, checked as an update is.</summary>
    public static Attempt<Resource> Apply(RestRequest request, StoredResource stored, RestServer server)
    {
        if (request.Patch is not { } patch)
        {
            return RestProblem.Invalid("expected a patch in the body, got none");
        }

        return patch.Apply(stored.Read()).Succeeded(out var patched, out var problem)
            ? Writes.CheckedBody(request with { Type = stored.Type, Body = patched }, server)
            : problem;
    }

    private static async Task<(RestAnswer Answer, bool Commit)> WriteAsync(
        RestRequest request, StoredResource stored, RestServer server, ResourceTransaction transaction,
        CancellationToken ct)
    {
        if (!Apply(request, stored, server).Succeeded(out var patched, out var problem))
        {
            return (problem.ToAnswer(), false);
        }

        var intercepted = await Writes.InterceptAsync(PendingWriteKind.Update, patched, server, ct);
        if (!intercepted.Succeeded(out var passed, out problem))
        {
            return (problem.ToAnswer(), false);
        }

        var outcomes = await transaction.WriteAsync([new ResourceWrite.Update(passed, stored.Version)], ct);
        return (Writes.Answer(request, outcomes[0]), !outcomes[0].IsRefused);
    }
}
