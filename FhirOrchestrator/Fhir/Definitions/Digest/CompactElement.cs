using FhirOrchestrator.Fhir.Json;

namespace FhirOrchestrator.Fhir.Definitions.Digest;

/// <summary>
/// An ElementDefinition in the digest's short form: the facts that bind, without the prose. The names of members are
/// those of <c>../shared/data/README.md</c>, "Digest".
/// </summary>
internal static class CompactElement
{
    private const string CoreBase = "http://hl7.org/fhir/StructureDefinition/";
    private const string SystemBase = "http://hl7.org/fhirpath/System.";

    /// <summary>The short form of an element.</summary>
    /// <param name="element">The element of a snapshot.</param>
    /// <param name="invariants">What stands for its constraints; null for none.</param>
    public static ObjectNode Of(ObjectNode element, Node? invariants)
    {
        var path = element.Text("path") ?? "";
        var id = element.Text("id");
        var members = new List<(string, Node?)>
        {
            ("p", path),
            ("id", id == path ? null : id),
            ("min", element["min"]),
            ("max", element["max"]),
            ("sn", element.Text("sliceName")),
            ("t", Node.Array(element.Children("type").Select(Type))),
            ("cr", element.Text("contentReference")?.TrimStart('#')),
            ("b", Binding(element.Child("binding"))),
        };
        members.AddRange(element.Members.Where(member => IsValueRule(member.Name))
            .Select(member => (member.Name, (Node?)member.Value)));
        members.Add(("slicing", Slicing(element.Child("slicing"))));
        members.Add(("f", Flags(element)));
        members.Add(("inv", invariants));
        return Node.Object([.. members]);
    }

    /// <summary>A canonical URL of the standard without its beginning; any other as it is.</summary>
    public static string Short(string url) =>
        url.StartsWith(CoreBase, StringComparison.Ordinal) ? url[CoreBase.Length..] : url;

    /// <summary>What <see cref="Short"/> was made from.</summary>
    public static string Long(string name) => name.Contains(':', StringComparison.Ordinal) ? name : CoreBase + name;

    /// <summary>A constraint in the short form: key, severity, expression, words, best practice.</summary>
    public static ObjectNode Invariant(ObjectNode constraint) => Node.Object(
        ("k", constraint.Text("key")),
        ("s", constraint.Text("severity") == "warning" ? "w" : "e"),
        ("x", constraint.Text("expression")),
        ("h", constraint.Text("human")),
        ("bp", IsBestPractice(constraint) ? BooleanNode.True : null));

    private static bool IsValueRule(string name) =>
        name.StartsWith("fixed", StringComparison.Ordinal) || name.StartsWith("pattern", StringComparison.Ordinal)
        || name.StartsWith("minValue", StringComparison.Ordinal)
        || name.StartsWith("maxValue", StringComparison.Ordinal)
        || name == "maxLength";

    private static bool IsBestPractice(ObjectNode constraint) => constraint.Children("extension").Any(extension =>
        extension.Text("url") == CoreBase + "elementdefinition-bestpractice"
        && extension["valueBoolean"] is BooleanNode { Value: true });

    private static Node Type(ObjectNode type)
    {
        var code = type.Text("code") ?? "";
        var isSystem = code.StartsWith(SystemBase, StringComparison.Ordinal);
        var compact = Node.Object(
            ("c", isSystem ? "$" + code[SystemBase.Length..] : code),
            ("pr", Urls(type, "profile")),
            ("tp", Urls(type, "targetProfile")),
            ("ag", type["aggregation"]),
            ("v", type["versioning"]),
            ("ft", Extension(type, "structuredefinition-fhir-type")),
            ("rx", Extension(type, "regex")));
        return compact.Members.Length == 1 ? compact.Members[0].Value : compact;
    }

    private static ArrayNode? Urls(ObjectNode type, string name) => Node.Array(
        type.Items(name).Select(each => (Node)new TextNode(Short(each.AsText ?? ""))));

    private static string? Extension(ObjectNode element, string name)
    {
        var found = element.Children("extension").FirstOrDefault(each => each.Text("url") == CoreBase + name);
        return found?.Text("valueUrl") ?? found?.Text("valueString") ?? found?.Text("valueUri")
            ?? found?.Text("valueCanonical");
    }

    private static ArrayNode? Binding(ObjectNode? binding) => binding?.Text("valueSet") is { } valueSet
        ? Node.Array(binding.Text("strength"), valueSet, Extension(binding, "elementdefinition-maxValueSet"))
        : null;

    private static ObjectNode? Slicing(ObjectNode? slicing) => slicing?.With("description", null);

    private static string? Flags(ObjectNode element)
    {
        var flags = (Is(element, "isModifier") ? "m" : "") + (Is(element, "isSummary") ? "s" : "")
            + (Is(element, "mustSupport") ? "S" : "");
        return flags.Length == 0 ? null : flags;
    }

    private static bool Is(ObjectNode element, string name) => element[name] is BooleanNode { Value: true };
}
