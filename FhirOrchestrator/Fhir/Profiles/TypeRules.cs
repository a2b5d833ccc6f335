using FhirOrchestrator.Fhir.Definitions;
using FhirOrchestrator.Fhir.Json;

namespace FhirOrchestrator.Fhir.Profiles;

/// <summary>What a profile may make of the types of an element.</summary>
internal static class TypeRules
{
    private const string SystemBase = "http://hl7.org/fhirpath/System.";

    private static readonly ImmutableArray<string> Inherited =
        ["extension", "profile", "targetProfile", "aggregation", "versioning"];

    /// <summary>True where a type may stand for another: the same, or derived from it.</summary>
    public static bool MayBecome(string had, string wanted) =>
        had == wanted
        || had.StartsWith(SystemBase, StringComparison.Ordinal)
        || FhirDefinitions.R4.Type(wanted)?.Is(had) == true;

    /// <summary>
    /// A type as a differential names it. Targets and profiles of the base that it does not repeat go on to hold.
    /// </summary>
    public static Node Narrowed(ImmutableArray<ObjectNode> had, ObjectNode wanted)
    {
        var same = had.FirstOrDefault(each => each.Text("code") == wanted.Text("code"));
        foreach (var name in Inherited)
        {
            wanted = wanted[name] is null && same?[name] is { } value ? wanted.With(name, value) : wanted;
        }

        return wanted;
    }

    /// <summary>The type whose name a member carries behind the name of a choice: <c>valueQuantity</c>.</summary>
    public static string? OfShorthand(SnapshotNode choice, Node? types, string name)
    {
        if (!choice.IsChoice)
        {
            return null;
        }

        var stem = choice.Name[..^3];
        return name.Length > stem.Length && name.StartsWith(stem, StringComparison.Ordinal)
            ? (types?.AsItems ?? []).OfType<ObjectNode>().Select(type => type.Text("code") ?? "")
                .FirstOrDefault(code => Capital(code) == name[stem.Length..])
            : null;
    }

    private static string Capital(string code) =>
        code.Length == 0 ? "" : string.Concat(char.ToUpperInvariant(code[0]).ToString(), code.AsSpan(1));
}
