using FhirOrchestrator.Fhir.Definitions;
using FhirOrchestrator.Fhir.Json;

namespace FhirOrchestrator.Fhir.Profiles;

/// <summary>References: contained targets exist, and what is pointed at has an allowed type (R4, references).</summary>
internal static class ReferenceCheck
{
    public static void Run(ValidationRun run, ResourceFrame frame, ObjectNode reference, ElementType? type)
    {
        if (reference.Text("reference") is ['#', _, ..] local && !frame.ContainedIds.Contains(local[1..]))
        {
            run.Error("invariant", "expected ref-1: a contained resource of the id after #, got none");
            return;
        }

        if (reference.Text("reference") is { } urn && urn.StartsWith("urn:uuid:", StringComparison.Ordinal)
            && frame.Bundle is not null && frame.InBundle(urn) is null)
        {
            run.Warning("not-found", "expected an entry of the same bundle under this UUID, got none");
        }

        if (!run.Options.AreReferencesTrusted && reference.Text("reference") is { } literal && !IsLiteral(literal))
        {
            run.Error("invalid", "expected Type/id, an absolute URL or #id, got another reference");
        }

        var named = reference.Text("type") is { } name && FhirDefinitions.R4.IsResource(name) ? name : null;
        var target = TypeOfLiteral(frame, reference.Text("reference"));
        if (named is not null && target is not null && named != target)
        {
            run.Error("value", $"expected type and reference of one resource type, got {named} and {target}");
        }

        if ((target ?? named) is { } found && type is { Targets: { IsEmpty: false } targets }
            && !IsAllowed(targets, found))
        {
            run.Error("structure", $"expected a reference to {string.Join(" or ", targets)}, got one to {found}");
        }
    }

    // R4, references: relative as Type/id or as a search of one type, absolute, or a fragment.
    private static bool IsLiteral(string text)
    {
        if (text.AsSpan().ContainsAny(" \t\r\n"))
        {
            return false;
        }

        if (text is ['#', ..] || AbsoluteUrl.Is(text))
        {
            return true;
        }

        var query = text.IndexOf('?', StringComparison.Ordinal);
        return query > 0
            ? FhirDefinitions.R4.IsResource(text[..query])
            : ResourceReference.Parse(text) is { Base: null, Type: { } type } && FhirDefinitions.R4.IsResource(type);
    }

    /// <summary>The type that a reference points at, null where it does not tell.</summary>
    public static string? TypeOfTarget(ResourceFrame frame, ObjectNode reference) =>
        TypeOfLiteral(frame, reference.Text("reference"))
        ?? (reference.Text("type") is { } name && FhirDefinitions.R4.IsResource(name) ? name : null);

    private static string? TypeOfLiteral(ResourceFrame frame, string? text)
    {
        if (text is null)
        {
            return null;
        }

        return ResourceReference.Parse(text).Type is { } type
            ? FhirDefinitions.R4.IsResource(type) ? type : null
            : frame.Resolve(text)?.Type;
    }

    private static bool IsAllowed(ImmutableArray<string> targets, string type)
    {
        foreach (var target in targets)
        {
            var name = target.AsSpan(target.LastIndexOf('/') + 1);
            if (name.SequenceEqual(type) || name is "Resource" or "Any"
                || (name is "DomainResource" && FhirDefinitions.R4.Type(type)?.Is("DomainResource") == true))
            {
                return true;
            }
        }

        return false;
    }
}
