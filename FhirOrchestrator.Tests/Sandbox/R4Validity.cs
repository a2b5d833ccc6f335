using System.Collections.Immutable;
using FhirOrchestrator.Fhir;
using FhirOrchestrator.Fhir.Definitions;
using FhirOrchestrator.Fhir.Json;
using FhirOrchestrator.Fhir.Path;
using FhirOrchestrator.Rest;

namespace FhirOrchestrator.Tests.Sandbox;

/// <summary>
/// Checks what the sandbox writes against R4's definitions: shape, cardinalities, required bindings, types of
/// references,
/// and every invariant that is an error.
/// </summary>
internal static class R4Validity
{
    /// <summary>Everything that is wrong with a resource.</summary>
    public static ImmutableArray<string> Problems(Resource resource)
    {
        if (ShapeCheck.Find(resource, isLenient: false) is { } shape)
        {
            return [shape.Words];
        }

        var problems = ImmutableArray.CreateBuilder<string>();
        var root = PathItem.Of(resource);
        var context = new PathContext { Now = TimeProvider.System.GetUtcNow() }.With("resource", root)
            .With("rootResource", root);
        InObject(resource.Root, FhirDefinitions.R4.Type(resource.Type)!, resource.Type, root, context, problems);
        return problems.DrainToImmutable();
    }

    private static void InObject(
        ObjectNode node, TypeDefinition type, string path, PathItem item, PathContext context,
        ImmutableArray<string>.Builder problems)
    {
        foreach (var invariant in Invariants(type).Where(each => each is { IsError: true, IsBestPractice: false }))
        {
            Check(invariant, item, path, context, problems);
        }

        var present = node.Members.Select(each => type.JsonElement(each.Name.TrimStart('_'))?.Element.Name)
            .OfType<string>().ToHashSet(StringComparer.Ordinal);
        foreach (var missing in type.Elements.Where(each => each.Min > 0 && !present.Contains(each.Name)))
        {
            problems.Add($"{path}.{missing.Name} is missing");
        }

        foreach (var (name, value) in node.Members)
        {
            if (!name.StartsWith('_') && type.JsonElement(name) is { } member)
            {
                foreach (var each in value.AsItems)
                {
                    InValue(member, each, $"{path}.{name}", context, problems);
                }
            }
        }
    }

    private static void InValue(
        JsonMember member, Node value, string path, PathContext context, ImmutableArray<string>.Builder problems)
    {
        if (member.Element.Binding is { Strength: "required" } binding)
        {
            foreach (var (system, code) in Codes(value))
            {
                if (FhirDefinitions.R4.Codes(binding.ValueSet, system, code) == false)
                {
                    problems.Add($"{path}: '{system}|{code}' is not in {binding.ValueSet}");
                }
            }
        }

        if (value is not ObjectNode node || member.Element.ContentOf(member.Type) is not { } content)
        {
            return;
        }

        if (content.Name == "Reference" && ResourceReference.Of(node)?.Type is { } target
            && member.Type?.Targets is { IsEmpty: false } targets && !targets.Contains(target)
                && !targets.Contains("Resource"))
        {
            problems.Add($"{path} refers to {target}");
        }

        var item = PathItem.Of(node, content.Name);
        foreach (var invariant in member.Element.Invariants.Where(each =>
            each is { IsError: true, IsBestPractice: false }))
        {
            Check(invariant, item, path, context, problems);
        }

        InObject(node, content, path, item, context, problems);
    }

    private static void Check(
        InvariantDefinition invariant, PathItem item, string path, PathContext context,
            ImmutableArray<string>.Builder problems)
    {
        if (!PathExpression.Compile(invariant.Expression).IsTrue(item, context))
        {
            problems.Add($"{path}: {invariant.Key} {invariant.Text}");
        }
    }

    private static IEnumerable<InvariantDefinition> Invariants(TypeDefinition type)
    {
        for (TypeDefinition? each = type; each is not null;
            each = each.Base is { } name ? FhirDefinitions.R4.Type(name) : null)
        {
            foreach (var invariant in each.Invariants)
            {
                yield return invariant;
            }
        }
    }

    private static IEnumerable<(string? System, string Code)> Codes(Node value) => value switch
    {
        TextNode text => [(null, text.Value)],
        ObjectNode concept when concept["coding"] is not null => concept.Children("coding")
            .Where(each => each.Text("code") is not null).Select(each => (each.Text("system"), each.Text("code")!)),
        ObjectNode coding when coding.Text("code") is { } code => [(coding.Text("system"), code)],
        _ => [],
    };
}
