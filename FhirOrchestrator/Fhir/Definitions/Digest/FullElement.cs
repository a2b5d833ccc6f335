using FhirOrchestrator.Fhir.Json;

namespace FhirOrchestrator.Fhir.Definitions.Digest;

/// <summary>An element of the digest in the form of ElementDefinition: <see cref="CompactElement"/> undone.</summary>
internal static class FullElement
{
    private const string SystemBase = "http://hl7.org/fhirpath/System.";

    /// <summary>The element as a snapshot has it.</summary>
    /// <param name="compact">The short form.</param>
    /// <param name="from">The element's place in its base, as <c>base</c>.</param>
    /// <param name="constraints">All constraints on the element.</param>
    public static ObjectNode Of(ObjectNode compact, ObjectNode from, ArrayNode? constraints)
    {
        var path = compact.Text("p") ?? "";
        var flags = compact.Text("f") ?? "";
        var members = new List<(string, Node?)>
        {
            ("id", compact.Text("id") ?? path),
            ("path", path),
            ("sliceName", compact.Text("sn")),
            ("slicing", compact["slicing"]),
            ("min", compact["min"]),
            ("max", compact["max"]),
            ("base", from),
            ("contentReference", compact.Text("cr") is { } reference ? $"#{reference}" : null),
            ("type", Node.Array(compact.Items("t").Select(Type))),
        };
        members.AddRange(compact.Members.Where(member => member.Name.Length > 3 && member.Name != "slicing")
            .Select(member => (member.Name, (Node?)member.Value)));
        members.Add(("constraint", constraints));
        members.Add(("mustSupport", flags.Contains('S', StringComparison.Ordinal) ? BooleanNode.True : null));
        members.Add(("isModifier", flags.Contains('m', StringComparison.Ordinal)));
        members.Add(("isSummary", flags.Contains('s', StringComparison.Ordinal)));
        members.Add(("binding", Binding(compact.Items("b"))));
        return Node.Object([.. members]);
    }

    /// <summary>A constraint of the short form, with where it comes from.</summary>
    public static ObjectNode Constraint(ObjectNode invariant, string source) => Node.Object(
        ("extension", invariant["bp"] is null ? null : Node.Array(Extension("elementdefinition-bestpractice", true))),
        ("key", invariant.Text("k")),
        ("severity", invariant.Text("s") == "w" ? "warning" : "error"),
        ("human", invariant.Text("h")),
        ("expression", invariant.Text("x")),
        ("source", CompactElement.Long(source)));

    private static Node Type(Node type)
    {
        var compact = type as ObjectNode ?? Node.Object(("c", type));
        var code = compact.Text("c") ?? "";
        return Node.Object(
            ("extension", Node.Array(
                compact.Text("ft") is { } name ? Extension("structuredefinition-fhir-type", name, "valueUrl") : null,
                compact.Text("rx") is { } regex ? Extension("regex", regex) : null)),
            ("code", code.StartsWith('$') ? SystemBase + code[1..] : code),
            ("profile", Urls(compact, "pr")),
            ("targetProfile", Urls(compact, "tp")),
            ("aggregation", compact["ag"]),
            ("versioning", compact["v"]));
    }

    private static ArrayNode? Urls(ObjectNode type, string name) => Node.Array(
        type.Items(name).Select(each => (Node)new TextNode(CompactElement.Long(each.AsText ?? ""))));

    private static ObjectNode? Binding(ImmutableArray<Node> parts) => parts.Length < 2
        ? null
        : Node.Object(
            ("extension", parts.Length > 2
                ? Node.Array(Extension("elementdefinition-maxValueSet", parts[2], "valueCanonical"))
                : null),
            ("strength", parts[0]),
            ("valueSet", parts[1]));

    private static ObjectNode Extension(string name, Node? value, string member = "valueString") => Node.Object(
        ("url", CompactElement.Long(name)), (value is BooleanNode ? "valueBoolean" : member, value));
}
