using FhirOrchestrator.Fhir.Json;
using FhirOrchestrator.Fhir.Patch;
using FhirOrchestrator.Fhir.Path;

namespace FhirOrchestrator.Rest;

/// <summary>The body of a PATCH (R4, http, patch): a JSON Patch, or a FHIRPath Patch in Parameters.</summary>
internal sealed class ResourcePatch
{
    /// <summary>The media type of a JSON Patch (RFC 6902).</summary>
    public const string JsonPatchType = "application/json-patch+json";

    private readonly JsonPatch? _json;
    private readonly PathPatch? _path;

    private ResourcePatch(JsonPatch? json, PathPatch? path) => (_json, _path) = (json, path);

    /// <summary>Reads a JSON Patch.</summary>
    public static Attempt<ResourcePatch> Read(Node document) =>
        JsonPatch.Read(document).Succeeded(out var patch, out var problem)
            ? new ResourcePatch(patch, null)
            : Problem(problem);

    /// <summary>
    /// Reads the Parameters of a FHIRPath Patch, or the Binary in which an entry of a bundle brings a JSON Patch.
    /// </summary>
    public static Attempt<ResourcePatch> Read(Resource resource)
    {
        if (resource.Type == "Binary")
        {
            return ReadBinary(resource);
        }

        return PathPatch.Read(resource).Succeeded(out var patch, out var problem)
            ? new ResourcePatch(null, patch)
            : Problem(problem);
    }

    /// <summary>
    /// The resource with the patch applied. Type and id stay; so does the narrative only where it can be true still.
    /// </summary>
    public Attempt<Resource> Apply(Resource current)
    {
        Resource? patched;
        if (_path is not null)
        {
            var run = PathPatchRun.Apply(current, _path, PathContext.At(TimeProvider.System));
            if (!run.Succeeded(out patched, out var problem))
            {
                return Problem(problem);
            }
        }
        else
        {
            var applied = _json?.Apply(current.Root) ?? PatchProblem.Malformed("expected a patch, got none");
            if (!applied.Succeeded(out var node, out var problem))
            {
                return Problem(problem);
            }

            patched = Resource.From(node);
        }

        if (patched is null || patched.Type != current.Type)
        {
            return new RestProblem(
                422, "business-rule", $"expected the patch to leave resourceType '{current.Type}', got another or none",
                $"{current.Type}");
        }

        return patched.Id == current.Id
            ? WithTrueNarrative(current, patched)
            : new RestProblem(
                422, "business-rule", "expected the patch to leave the id, got another or none", $"{current.Type}.id");
    }

    private static Attempt<ResourcePatch> ReadBinary(Resource binary)
    {
        var type = binary.Root.Text("contentType");
        if (!HttpForms.IsJsonPatch(type))
        {
            return RestProblem.Unsupported($"expected a Binary of {JsonPatchType}, got '{type}'");
        }

        byte[] bytes;
        try
        {
            bytes = Convert.FromBase64String(binary.Root.Text("data") ?? "");
        }
        catch (FormatException)
        {
            return RestProblem.Invalid("expected base64 in Binary.data, got another text", "Binary.data");
        }

        var (document, broken) = JsonText.Read(bytes);
        return document is null
            ? RestProblem.Invalid($"{broken?.Message ?? "expected JSON"} in Binary.data", "Binary.data")
            : Read(document);
    }

    // R4, http, patch: the narrative must not be clinically unsafe. One that was made of the content goes with the
    // content's change; one that says more cannot be kept or dropped without its author.
    private static Attempt<Resource> WithTrueNarrative(Resource current, Resource patched)
    {
        var isTouched = !Same(current.Root["text"], patched.Root["text"]);
        if (isTouched || current.Root.Child("text") is not { } text
            || Same(current.With("meta", null).Root, patched.With("meta", null).Root))
        {
            return patched;
        }

        return text.Text("status") switch
        {
            "generated" or "extensions" => patched.With("text", null),
            "empty" => patched,
            _ => new RestProblem(
                422, "business-rule",
                "expected the patch to bring text up to date, which says more than the content, got none of it",
                $"{current.Type}.text"),
        };
    }

    private static bool Same(Node? left, Node? right) =>
        left is null || right is null ? ReferenceEquals(left, right) : JsonEquality.AreEqual(left, right);

    private static RestProblem Problem(PatchProblem problem) => problem.Fault switch
    {
        PatchFault.Malformed => RestProblem.Invalid(problem.Words),
        PatchFault.NotApplicable => new RestProblem(422, "processing", problem.Words),
        PatchFault.TestFailed => new RestProblem(422, "conflict", problem.Words),
    };
}
