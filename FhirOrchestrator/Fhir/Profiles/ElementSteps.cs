using FhirOrchestrator.Fhir.Json;

namespace FhirOrchestrator.Fhir.Profiles;

/// <summary>A step on the way to an element: a name, and of a slice the slice's.</summary>
internal readonly record struct ElementStep(string Name, string? SliceName)
{
    public override string ToString() => SliceName is null ? Name : $"{Name}:{SliceName}";
}

/// <summary>
/// The way to an element, from the root on. An element's id tells it (R4, ElementDefinition.id); where a differential
/// has no such ids, path and sliceName do, read on from the element before.
/// </summary>
internal sealed record ElementSteps(ImmutableArray<ElementStep> Items)
{
    /// <summary>The way to an element of a snapshot or differential.</summary>
    public static ElementSteps Of(ObjectNode element, ElementSteps? before)
    {
        var path = element.Text("path") ?? "";
        var names = path.Split('.');
        return ById(element.Text("id"), names) ?? ByPath(names, element.Text("sliceName"), before);
    }

    public override string ToString() => string.Join('.', Items);

    // An id that does not belong to the path is somebody's own numbering.
    private static ElementSteps? ById(string? id, string[] names)
    {
        if (id is null)
        {
            return null;
        }

        var parts = id.Split('.');
        if (parts.Length != names.Length)
        {
            return null;
        }

        var steps = ImmutableArray.CreateBuilder<ElementStep>(parts.Length);
        for (var at = 0; at < parts.Length; at++)
        {
            var colon = parts[at].IndexOf(':', StringComparison.Ordinal);
            var name = colon < 0 ? parts[at] : parts[at][..colon];
            if (at > 0 && !Names(name, names[at]))
            {
                return null;
            }

            steps.Add(new ElementStep(at == 0 ? names[0] : name, colon < 0 ? null : parts[at][(colon + 1)..]));
        }

        return new ElementSteps(steps.MoveToImmutable());
    }

    // An id may say value[x] where the path says valueQuantity, and the other way about.
    private static bool Names(string inId, string inPath) => inId == inPath
        || IsOfChoice(inId, inPath) || IsOfChoice(inPath, inId);

    private static bool IsOfChoice(string choice, string name) =>
        choice.EndsWith("[x]", StringComparison.Ordinal) && name.StartsWith(choice[..^3], StringComparison.Ordinal);

    private static ElementSteps ByPath(string[] names, string? sliceName, ElementSteps? before)
    {
        var steps = ImmutableArray.CreateBuilder<ElementStep>(names.Length);
        var isSame = before is not null;
        for (var at = 0; at < names.Length; at++)
        {
            var isLast = at == names.Length - 1;
            isSame = isSame && at < before!.Items.Length && before.Items[at].Name == names[at];
            steps.Add(new ElementStep(
                names[at], isLast ? sliceName : isSame ? before!.Items[at].SliceName : null));
        }

        return new ElementSteps(steps.MoveToImmutable());
    }
}
