using FhirOrchestrator.Fhir.Definitions;
using FhirOrchestrator.Fhir.Json;

namespace FhirOrchestrator.Fhir.Profiles;

/// <summary>How a list is told apart into slices (R4, profiling, "Slicing").</summary>
/// <param name="Discriminators">What tells the slices apart; none means whatever conforms to one.</param>
/// <param name="Rules"><c>open</c>, <c>closed</c> or <c>openAtEnd</c>.</param>
/// <param name="IsOrdered">True where the slices come in the order in which they are defined.</param>
internal sealed record SlicingRule(ImmutableArray<Discriminator> Discriminators, string Rules, bool IsOrdered);

/// <summary>A type that a profile allows an element to have.</summary>
/// <param name="Code">The type's name.</param>
/// <param name="Profiles">The profiles of which the value must conform to one; empty for any.</param>
/// <param name="Targets">What a reference may point at: URLs of types and profiles; empty for anything.</param>
/// <param name="Aggregations"><c>contained</c>, <c>referenced</c>, <c>bundled</c>; empty for any.</param>
internal sealed record RuleType(
    string Code, ImmutableArray<string> Profiles, ImmutableArray<string> Targets, ImmutableArray<string> Aggregations);

/// <summary>What a profile says of one element, or of a slice of it (R4, ElementDefinition in a snapshot).</summary>
internal sealed class RuleNode
{
    /// <summary>The name in FHIRPath; a choice is without its <c>[x]</c>.</summary>
    public required string Name { get; init; }

    /// <summary>The path in the snapshot.</summary>
    public required string Path { get; init; }

    /// <summary>The slice's name; null of an element itself.</summary>
    public string? SliceName { get; init; }

    public int Min { get; init; }

    /// <summary>The highest number, null for <c>*</c>.</summary>
    public int? Max { get; init; }

    public ImmutableArray<RuleType> Types { get; init; } = [];

    public Node? Fixed { get; init; }

    public Node? Pattern { get; init; }

    public Node? MinValue { get; init; }

    public Node? MaxValue { get; init; }

    public int? MaxLength { get; init; }

    public ElementBinding? Binding { get; init; }

    /// <summary>The rules that the profile adds to those of the types.</summary>
    public ImmutableArray<Invariant> Invariants { get; init; } = [];

    public SlicingRule? Slicing { get; init; }

    public bool IsModifier { get; init; }

    /// <summary>What the profile says of the children, in its order.</summary>
    public List<RuleNode> Children { get; } = [];

    /// <summary>The slices, in their order.</summary>
    public List<RuleNode> Slices { get; } = [];

    /// <summary>The rule of a child by name, null where the profile says nothing of it.</summary>
    public RuleNode? Child(string name) => Children.Find(each => each.Name == name);

    public override string ToString() => SliceName is null ? Path : $"{Path}:{SliceName}";
}

/// <summary>A profile, compiled from its snapshot.</summary>
/// <param name="Url">The canonical URL.</param>
/// <param name="Type">The type that it constrains; empty where it is a part of a profile.</param>
/// <param name="Root">What it says.</param>
/// <param name="Definition">The StructureDefinition.</param>
internal sealed record Profile(string Url, string Type, RuleNode Root, ObjectNode Definition)
{
    /// <summary>
    /// The part of the profile about an element or slice, by its id (<c>Composition.section:history</c>); null where
    /// there is none.
    /// </summary>
    public Profile? Part(string id)
    {
        var at = Root;
        foreach (var step in id.Split('.').Skip(1))
        {
            var names = step.Replace("[x]", "", StringComparison.Ordinal).Split(':');
            var child = at.Child(names[0]);
            child = names.Length == 1 ? child : child?.Slices.Find(slice => slice.SliceName == names[1]);
            if (child is null)
            {
                return null;
            }

            at = child;
        }

        return this with { Url = $"{Url}#{id}", Type = "", Root = at };
    }

    /// <summary>The name for messages.</summary>
    public string Name => Definition.Text("name") ?? Url[(Url.LastIndexOf('/') + 1)..];
}
