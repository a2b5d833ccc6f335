using FhirOrchestrator.Fhir.Definitions;
using FhirOrchestrator.Fhir.Path;

namespace FhirOrchestrator.Fhir.Profiles;

/// <summary>
/// Finds the slices of a profile by name, and tells which items are of them (R4, FHIRPath, <c>slice</c>).
/// </summary>
internal static class SliceSearch
{
    /// <summary>
    /// The ways to all slices of a name, or to the one of an element id (<c>Observation.component:systolic</c>): each
    /// from the sliced element through the slices of slices. Empty where there is none.
    /// </summary>
    public static ImmutableArray<ImmutableArray<RuleNode>> Find(Profile profile, string name)
    {
        var found = ImmutableArray.CreateBuilder<ImmutableArray<RuleNode>>();
        AddBelow(profile.Root, profile.Root.Path, name, found);
        return found.ToImmutable();
    }

    /// <summary>Whether an item is of one of the slices: of their element, and told apart as theirs.</summary>
    public static bool IsOfAny(
        ValidationRun run, Profile profile, ImmutableArray<ImmutableArray<RuleNode>> ways, ElementItem item)
    {
        foreach (var way in ways)
        {
            if (IsOfElement(way[0], item) && IsOfType(way[^1], item)
                && ProfileWalk.IsOfSlice(run, profile, way, Place.Of(item)))
            {
                return true;
            }
        }

        return false;
    }

    private static void AddBelow(
        RuleNode node, string id, string name, ImmutableArray<ImmutableArray<RuleNode>>.Builder found)
    {
        foreach (var child in node.Children)
        {
            var step = child.Path[(child.Path.LastIndexOf('.') + 1)..];
            Add(child, $"{id}.{step}", [child], name, found);
        }
    }

    private static void Add(
        RuleNode node, string elementId, ImmutableArray<RuleNode> way, string name,
        ImmutableArray<ImmutableArray<RuleNode>>.Builder found)
    {
        var id = node.SliceName is null ? elementId : $"{elementId}:{node.SliceName}";
        if (node.SliceName is { } slice && (slice == name || id == name))
        {
            found.Add(way);
        }

        AddBelow(node, id, name, found);
        foreach (var below in node.Slices)
        {
            Add(below, elementId, way.Add(below), name, found);
        }
    }

    // R4 does not name a path that goes on behind a choice: there the element's name has to do.
    private static bool IsOfElement(RuleNode rule, ElementItem item) =>
        item.Element is { } element
        && (FhirDefinitions.R4.Element(rule.Path) is { } meant ? ReferenceEquals(element, meant)
            : element.Name == rule.Name);

    private static bool IsOfType(RuleNode slice, ElementItem item) =>
        slice.Types.IsEmpty || slice.Types.Any(type => item.IsFhir(type.Code));
}
