using FhirOrchestrator.Fhir;
using FhirOrchestrator.Fhir.Definitions;

namespace FhirOrchestrator.Rest;

/// <summary>What can be said of an entry of a transaction without the database.</summary>
internal static class TransactionEntry
{
    /// <summary>What is wrong with an entry, null where nothing is.</summary>
    public static RestProblem? Check(BundleEntry entry, RestServer server)
    {
        var request = entry.Request;
        if (request.Method == "GET")
        {
            return null;
        }

        var path = request.Path;
        var isKnown = (request.Method, path.Length) switch
        {
            ("POST", 1) => request.Query.Length == 0,
            ("PUT" or "PATCH" or "DELETE", 1) => request.Query.Length > 0,
            ("PUT" or "PATCH" or "DELETE", 2) => request.Query.Length == 0 && ResourceReference.IsId(path[1]),
            _ => false,
        };
        if (!isKnown || !FhirDefinitions.R4.IsResource(path[0]))
        {
            return RestProblem.Unsupported(
                "expected POST [type], PUT, PATCH or DELETE of [type]/[id] or [type]?[search], or GET at "
                + $"{entry.Path}.request, got {request.Method} of another URL");
        }

        if (request.Method == "DELETE")
        {
            return null;
        }

        if (request.Method == "PATCH")
        {
            return request.Patch is null ? RestProblem.Invalid("expected a patch, got none", "resource") : null;
        }

        if (!Writes.CheckedBody(request with { Type = path[0] }, server).Succeeded(out var body, out var problem))
        {
            return problem.At("resource");
        }

        return request.Method == "PUT" && path.Length == 2 && body.Id != path[1]
            ? RestProblem.Invalid("expected the id of request.url in the resource, got another or none", "resource.id")
            : null;
    }
}
