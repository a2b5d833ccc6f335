using FhirOrchestrator.Chains;
using FhirOrchestrator.Fhir.Json;
using FhirOrchestrator.Fhir.Path;
using FhirOrchestrator.Plans;

namespace FhirOrchestrator.Outcomes;

/// <summary>A resource to make, or why it cannot be made.</summary>
internal readonly record struct Draft(Resource? Resource, Code? Problem)
{
    /// <summary>True, and the resource, where it could be rendered.</summary>
    public bool Succeeded([System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out Resource? resource)
    {
        resource = Resource;
        return resource is not null;
    }

    public static Draft Of(Resource resource) => new(resource, null);

    public static Draft Refused(Code problem) => new(null, problem);
}

/// <summary>
/// Lays a template over the elements that are ours: constants first, then values by expressions, in order.
/// </summary>
internal static class Template
{
    // Whom it is about, whose it is, and where it stands: never the author's to set.
    private static readonly ImmutableHashSet<string> Ours = ImmutableHashSet.Create(
        StringComparer.Ordinal,
        "resourceType", "id", "status", "statusReason", "identifier", "groupIdentifier", "for", "subject", "requester",
        "authoredOn", "lastModified", "sent", "received", "implicitRules", "modifierExtension");

    /// <summary>The resource with the template's elements; those that are ours are refused, not overridden.</summary>
    public static Draft Apply(Resource resource, StepTemplate template, ChainView chain, StepName step, int round)
    {
        var root = resource.Root;
        foreach (var member in template.Fixed.Members)
        {
            if (IsOurs(member.Name))
            {
                return Refuse(member.Name);
            }

            root = root.With(member.Name, member.Value);
        }

        var context = ChainVariables.Of(chain, step, round);
        var focus = ChainVariables.Focus(chain);
        foreach (var value in template.Values)
        {
            if (IsOurs(ElementPath.TopOf(value.Path)))
            {
                return Refuse(value.Path);
            }

            string? problem;
            try
            {
                root = ElementPath.Set(
                    root, resource.Type, value.Path, value.Expression.Evaluate(focus, context), out problem);
            }
            catch (FhirPathException broken)
            {
                // The message may quote a value; where it broke is enough to find it.
                problem = $"the expression for '{value.Path}' failed at position {broken.Position}";
            }

            if (problem is not null)
            {
                return Draft.Refused(EffectReasons.Unrenderable(problem));
            }
        }

        return Resource.From(root) is { } made
            ? Draft.Of(made)
            : Draft.Refused(EffectReasons.Unrenderable($"expected a {resource.Type}, got something else"));
    }

    private static bool IsOurs(string name) => Ours.Contains(name.TrimStart('_'));

    private static Draft Refuse(string path) => Draft.Refused(
        EffectReasons.Unrenderable($"expected an element that a template may set, got '{path}'"));
}
