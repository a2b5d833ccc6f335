using FhirOrchestrator.Fhir.Json;

namespace FhirOrchestrator.Fhir.Profiles;

/// <summary>
/// An element of a snapshot in the making: its facts, its children, and the slices that stand behind it. Lives only
/// while one snapshot is made.
/// </summary>
internal sealed class SnapshotNode(string name, string? sliceName, ObjectNode facts)
{
    /// <summary>The last part of the path: <c>value[x]</c>.</summary>
    public string Name { get; } = name;

    /// <summary>The slice's name, null for an element that is none.</summary>
    public string? SliceName { get; set; } = sliceName;

    /// <summary>The ElementDefinition without id, path and sliceName.</summary>
    public ObjectNode Facts { get; set; } = facts;

    /// <summary>The children; empty as long as nothing walked into them and the base does not list them.</summary>
    public List<SnapshotNode> Children { get; init; } = [];

    /// <summary>The slices, in order.</summary>
    public List<SnapshotNode> Slices { get; init; } = [];

    /// <summary>True for <c>value[x]</c>.</summary>
    public bool IsChoice => Name.EndsWith("[x]", StringComparison.Ordinal);

    /// <summary>The codes of the types allowed.</summary>
    public IEnumerable<string> TypeCodes => Facts.Children("type").Select(type => type.Text("code") ?? "");

    /// <summary>A copy with everything below, under another slice name.</summary>
    public SnapshotNode Copy(string? sliceName) => new(Name, sliceName, Facts)
    {
        Children = CopyChildren(),
        Slices = [.. Slices.Select(slice => slice.Copy(slice.SliceName))],
    };

    /// <summary>Copies of the children, with everything below them.</summary>
    public List<SnapshotNode> CopyChildren() => [.. Children.Select(child => child.Copy(child.SliceName))];

    /// <summary>The child of a name that is no slice, null where there is none.</summary>
    public SnapshotNode? Child(string child) => Children.Find(each => each.Name == child);

    /// <summary>The slice of a name; this element itself where it bears that name.</summary>
    public SnapshotNode? Slice(string slice) =>
        SliceName == slice ? this : Slices.Find(each => each.SliceName == slice);

    /// <summary>The tree of a snapshot; null where its elements do not make one.</summary>
    public static SnapshotNode? Read(ObjectNode definition)
    {
        SnapshotNode? root = null;
        foreach (var element in definition.Child("snapshot")?.Children("element") ?? [])
        {
            var steps = ElementSteps.Of(element, null);
            var node = new SnapshotNode(
                steps.Items[^1].Name, steps.Items[^1].SliceName,
                element.With("id", null).With("path", null).With("sliceName", null));
            if (root is null)
            {
                root = node;
            }
            else if (!root.Place(steps.Items.AsSpan()[1..], node))
            {
                return null;
            }
        }

        return root;
    }

    /// <summary>The elements in the order of a snapshot, with their ids and paths.</summary>
    public IEnumerable<ObjectNode> Flatten(string idBefore, string pathBefore)
    {
        var path = pathBefore + Name;
        var id = idBefore + Name + (SliceName is null ? "" : $":{SliceName}");
        yield return new ObjectNode(
        [
            new Member("id", new TextNode(id)), new Member("path", new TextNode(path)),
            .. SliceName is null ? [] : (IEnumerable<Member>)[new Member("sliceName", new TextNode(SliceName))],
            .. Facts.Members,
        ]);
        foreach (var below in Children.SelectMany(child => child.Flatten($"{id}.", $"{path}."))
            .Concat(Slices.SelectMany(slice => slice.Flatten(idBefore, pathBefore))))
        {
            yield return below;
        }
    }

    private bool Place(ReadOnlySpan<ElementStep> steps, SnapshotNode node)
    {
        var step = steps[0];
        var child = Child(step.Name);
        if (steps.Length == 1 && child is null)
        {
            Children.Add(node);
            return true;
        }

        if (steps.Length == 1 && step.SliceName is not null && child!.Slice(step.SliceName) is null)
        {
            child.Slices.Add(node);
            return true;
        }

        var next = step.SliceName is null ? child : child?.Slice(step.SliceName);
        return steps.Length > 1 && next is not null && next.Place(steps[1..], node);
    }
}
