using FhirOrchestrator.Fhir.Definitions;
using FhirOrchestrator.Fhir.Json;

namespace FhirOrchestrator.Fhir.Profiles;

/// <summary>References: contained targets exist, and what is pointed at has an allowed type (R4, references).</summary>
internal static class ReferenceCheck
{
    public static void Run(ValidationRun run, ResourceFrame frame, ObjectNode reference, ElementType? type)
    {
        var text = reference.Text("reference");
        var named = reference.Text("type");
        var target = text is null ? null : TypeOfTarget(run, frame, text);
        if (named is not null && target is not null && FhirDefinitions.R4.IsResource(named) && named != target)
        {
            run.Error("value", $"expected type and reference of one resource type, got {named} and {target}");
        }

        target ??= named is not null && FhirDefinitions.R4.IsResource(named) ? named : null;
        if (target is null || type is null || type.Targets.IsEmpty || IsAllowed(type.Targets, target))
        {
            return;
        }

        run.Error(
            "structure", $"expected a reference to {string.Join(" or ", type.Targets)}, got one to {target}");
    }

    /// <summary>The type that a literal reference points at, null where it does not tell.</summary>
    private static string? TypeOfTarget(ValidationRun run, ResourceFrame frame, string text)
    {
        if (text is ['#', ..])
        {
            return TypeOfContained(run, frame, text[1..]);
        }

        var parsed = ResourceReference.Parse(text);
        if (parsed.Type is { } type)
        {
            return FhirDefinitions.R4.IsResource(type) ? type : null;
        }

        return frame.Bundle is { } bundle
            ? BundleCheck.EntryOf(bundle, text)?.Child("resource")?.Text("resourceType")
            : null;
    }

    // ref-1; the lone # of a contained resource is its container.
    private static string? TypeOfContained(ValidationRun run, ResourceFrame frame, string id)
    {
        if (id.Length == 0 || frame.ContainedIds.Contains(id))
        {
            return frame.FindContained(id)?.Text("resourceType");
        }

        run.Error("invariant", "expected ref-1: a contained resource of the id after #, got none");
        return null;
    }

    private static bool IsAllowed(ImmutableArray<string> targets, string type)
    {
        foreach (var target in targets)
        {
            var name = target.AsSpan(target.LastIndexOf('/') + 1);
            if (name.SequenceEqual(type) || name is "Resource" || name is "Any"
                || (name is "DomainResource" && FhirDefinitions.R4.Type(type)?.Is("DomainResource") == true))
            {
                return true;
            }
        }

        return false;
    }
}
