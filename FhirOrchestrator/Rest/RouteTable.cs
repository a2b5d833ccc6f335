using FhirOrchestrator.Fhir;
using FhirOrchestrator.Fhir.Definitions;

namespace FhirOrchestrator.Rest;

/// <summary>One interaction (R4, http): method and path below the base.</summary>
/// <param name="Interaction">Its code in a CapabilityStatement; null where it has none.</param>
internal sealed record Route(string Method, string Pattern, string? Interaction, RestHandler Run)
{
    /// <summary>The pattern's segments.</summary>
    public string[] Segments { get; } = Pattern.Length == 0 ? [] : Pattern.Split('/');
}

/// <summary>
/// Every interaction of this server; what is not here is not supported, and the CapabilityStatement is made of it.
/// </summary>
internal static class RouteTable
{
    public static readonly ImmutableArray<Route> Routes =
    [
        new("GET", "metadata", null, Capabilities.Read),
        new("POST", "", null, Bundles.Post),
        new("GET", "", null, Searches.GetSystem),
        new("POST", "_search", null, Searches.PostSystem),
        new("GET", "_history", null, Histories.Read),
        new("GET", "{type}", "search-type", Searches.Get),
        new("POST", "{type}/_search", null, Searches.Post),
        new("GET", "{type}/_history", "history-type", Histories.Read),
        new("POST", "{type}", "create", Writes.Create),
        new("PUT", "{type}", null, Writes.ConditionalUpdate),
        new("DELETE", "{type}", null, Writes.ConditionalDelete),
        new("GET", "{type}/{id}", "read", Lookups.Read),
        new("PUT", "{type}/{id}", "update", Writes.Update),
        new("PATCH", "{type}", null, Patches.ConditionalPatch),
        new("PATCH", "{type}/{id}", "patch", Patches.Patch),
        new("DELETE", "{type}/{id}", "delete", Writes.Delete),
        new("GET", "{type}/{id}/_history", "history-instance", Histories.Read),
        new("GET", "{type}/{id}/_history/{version}", "vread", Lookups.VersionRead),
        new("GET", "{type}/{id}/{member}", null, Searches.GetCompartment),
        new("POST", "{type}/{id}/{member}/_search", null, Searches.PostCompartment),
    ];

    /// <summary>Carries out a request: finds its route, or says what stands in its place.</summary>
    public static async Task<RestAnswer> RunAsync(RestRequest request, RestServer server, CancellationToken ct)
    {
        if (!Find(request, server).Succeeded(out var found, out var problem))
        {
            return problem.ToAnswer();
        }

        return await found.Run(found.Request, server, ct);
    }

    private sealed record Found(RestHandler Run, RestRequest Request);

    private static Attempt<Found> Find(RestRequest request, RestServer server)
    {
        if (request.Path is [.., ['$', ..]])
        {
            return FindOperation(request, server);
        }

        var allowed = new List<string>();
        foreach (var route in Routes)
        {
            if (Fill(route.Segments, request) is not { } filled)
            {
                continue;
            }

            if (route.Method == request.Method)
            {
                return Check(filled) is { } wrong ? wrong : new Found(route.Run, filled);
            }

            allowed.Add(route.Method);
        }

        return allowed.Count == 0 ? NoRoute(request) : NotAllowed(request.Method, allowed);
    }

    private static RestProblem NotAllowed(string method, IEnumerable<string> allowed)
    {
        var list = string.Join(", ", allowed.Distinct(StringComparer.Ordinal));
        return new RestProblem(405, "not-supported", $"expected the method {list} here, got {method}") { Allow = list };
    }

    private static RestProblem NoRoute(RestRequest request) => request.Path is [var type, ..]
        && CheckType(type) is { } unknown
            ? unknown
            : RestProblem.NotFound("expected a FHIR path below the base ([type], [type]/[id], …), got another");

    // A path that begins like a type must be one; the words say which.
    private static RestProblem? CheckType(string type)
    {
        if (FhirDefinitions.R4.IsResource(type))
        {
            return null;
        }

        var near = Nearest.Of(type, FhirDefinitions.R4.ResourceTypes);
        return RestProblem.NotFound(
            $"expected a resource type of R4, got '{type}'{(near is null ? "" : $"; did you mean '{near}'?")}");
    }

    private static RestProblem? Check(RestRequest request)
    {
        if (request.Type.Length > 0 && CheckType(request.Type) is { } unknown)
        {
            return unknown;
        }

        if (request.Member.Length > 1 && CheckType(request.Member) is { } unknownMember)
        {
            return unknownMember;
        }

        return request.Id.Length == 0 || ResourceReference.IsId(request.Id)
            ? null
            : RestProblem.Invalid("expected an id of 1 to 64 letters, digits, '-' and '.', got another text");
    }

    private static RestRequest? Fill(string[] segments, RestRequest request)
    {
        if (segments.Length != request.Path.Length)
        {
            return null;
        }

        var filled = request;
        for (var at = 0; at < segments.Length; at++)
        {
            var value = request.Path[at];
            switch (segments[at])
            {
                case "{type}" when value.Length > 0 && char.IsAsciiLetterUpper(value[0]):
                    filled = filled with { Type = value };
                    break;
                case "{id}" when value.Length > 0 && value[0] is not ('_' or '$'):
                    filled = filled with { Id = value };
                    break;
                case "{member}" when value.Length > 0 && (char.IsAsciiLetterUpper(value[0]) || value == "*"):
                    filled = filled with { Member = value };
                    break;
                case "{version}":
                    filled = filled with { VersionId = value };
                    break;
                default:
                    if (segments[at] != value)
                    {
                        return null;
                    }

                    break;
            }
        }

        return filled;
    }

    private static Attempt<Found> FindOperation(RestRequest request, RestServer server)
    {
        var name = request.Path[^1];
        var filled = request.Path switch
        {
            [_] => request,
            [var type, _] => request with { Type = type },
            [var type, var id, _] => request with { Type = type, Id = id },
            _ => null,
        };
        if (filled is null)
        {
            return NoRoute(request);
        }

        if (Check(filled) is { } wrong)
        {
            return wrong;
        }

        var level = filled.Id.Length > 0 ? OperationLevel.Instance
            : filled.Type.Length > 0 ? OperationLevel.Type
            : OperationLevel.System;
        var operation = server.Operations.FirstOrDefault(each =>
            each.Name == name && each.Level == level && (each.Type is null || each.Type == filled.Type));
        if (operation is null)
        {
            var near = Nearest.Of(name, server.Operations.Select(each => each.Name));
            return RestProblem.NotFound(
                "expected an operation of this server, got "
                + $"'{name}'{(near is null ? "" : $"; did you mean '{near}'?")}");
        }

        return filled.Method == "POST" || (filled.Method == "GET" && operation.AllowsGet)
            ? new Found(operation.Run, filled)
            : NotAllowed(filled.Method, operation.AllowsGet ? ["GET", "POST"] : ["POST"]);
    }
}
