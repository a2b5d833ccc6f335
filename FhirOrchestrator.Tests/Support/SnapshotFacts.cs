using System.Text.RegularExpressions;
using FhirOrchestrator.Fhir.Json;

namespace FhirOrchestrator.Tests.Support;

/// <summary>The facts of a snapshot that bind, as text to compare: what prose says is left out.</summary>
internal static partial class SnapshotFacts
{
    /// <summary>What two snapshots differ in, a line each: the element, expected, got.</summary>
    public static List<string> Differences(ObjectNode expected, ObjectNode got)
    {
        var (left, right) = (ById(expected), ById(got));
        var lines = new List<string>();
        lines.AddRange(left.Keys.Where(id => !right.ContainsKey(id)).Select(id => $"{id}: expected it, got none"));
        lines.AddRange(right.Keys.Where(id => !left.ContainsKey(id)).Select(id => $"{id}: expected none, got it"));
        foreach (var (id, element) in left.Where(each => right.ContainsKey(each.Key)))
        {
            var (wanted, had) = (Of(element), Of(right[id]));
            lines.AddRange(wanted.Keys.Union(had.Keys)
                .Where(key => wanted.GetValueOrDefault(key) != had.GetValueOrDefault(key))
                .Select(key => $"{id} {key}: expected {wanted.GetValueOrDefault(key) ?? "none"}, "
                    + $"got {had.GetValueOrDefault(key) ?? "none"}"));
        }

        return lines;
    }

    /// <summary>
    /// True for a difference of R4B: the Backport guide published its snapshots over 4.3.0, and what that changed in
    /// the base is not the profile's.
    /// </summary>
    public static bool IsOnlyR4B(string line)
    {
        var parts = line.Split([": expected ", ", got "], StringSplitOptions.None);
        return parts.Length >= 3 && OfR4(parts[1]) == OfR4(string.Join(", got ", parts[2..]));
    }

    private static string OfR4(string fact) => R4B().Replace(fact, "").Trim();

    [GeneratedRegex(
        """\|4\.[03]\.[01]|dom-r4b|none|CodeableReference, |RatioRange, |\{"url":[^}]*(fhir-type|/regex)[^}]*\}+""",
        RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex R4B();

    private static Dictionary<string, ObjectNode> ById(ObjectNode definition)
    {
        var all = new Dictionary<string, ObjectNode>(StringComparer.Ordinal);
        foreach (var element in definition.Child("snapshot")?.Children("element") ?? [])
        {
            var id = element.Text("id") ?? element.Text("path") ?? "";
            while (!all.TryAdd(id, element))
            {
                id += " again";
            }
        }

        return all;
    }

    private static Dictionary<string, string> Of(ObjectNode element)
    {
        var facts = new Dictionary<string, string?>(StringComparer.Ordinal)
        {
            ["path"] = element.Text("path"),
            ["min"] = element["min"]?.ToString(),
            ["max"] = element.Text("max"),
            ["base"] = element["base"]?.ToString(),
            ["sliceName"] = element.Text("sliceName"),
            ["slicing"] = Slicing(element.Child("slicing")),
            ["type"] = string.Join(", ", element.Children("type").Select(Type)),
            ["contentReference"] = element.Text("contentReference"),
            ["binding"] = Binding(element.Child("binding")),
            ["constraint"] = Constraints(element),
            ["mustSupport"] = Flag(element, "mustSupport"),
            ["isModifier"] = Flag(element, "isModifier"),
        };
        foreach (var (name, value) in element.Members.Where(member => IsValueRule(member.Name)))
        {
            facts[name] = value.ToString();
        }

        return facts.Where(each => !string.IsNullOrEmpty(each.Value))
            .ToDictionary(each => each.Key, each => each.Value!, StringComparer.Ordinal);
    }

    private static bool IsValueRule(string name) => name == "maxLength"
        || name.StartsWith("fixed", StringComparison.Ordinal) || name.StartsWith("pattern", StringComparison.Ordinal)
        || name.StartsWith("minValue", StringComparison.Ordinal)
        || name.StartsWith("maxValue", StringComparison.Ordinal);

    private static string? Flag(ObjectNode element, string name) =>
        element[name] is BooleanNode { Value: true } ? "true" : null;

    private static string Type(ObjectNode type) => string.Join(
        ' ',
        type.Text("code"), List(type, "profile"), List(type, "targetProfile"), List(type, "aggregation"),
        string.Join(' ', type.Children("extension").Select(each => each.ToString())
            .Where(each => each.Contains("fhir-type", StringComparison.Ordinal)
                || each.Contains("regex", StringComparison.Ordinal)))).TrimEnd();

    private static string List(ObjectNode type, string name) => type[name] is null
        ? ""
        : $"{name}({string.Join(' ', type.Items(name).Select(each => each.AsText).Order(StringComparer.Ordinal))})";

    private static string? Slicing(ObjectNode? slicing) => slicing is null
        ? null
        : $"{slicing.Text("rules")}{(slicing["ordered"] is BooleanNode { Value: true } ? " ordered" : "")} "
            + string.Join(", ", slicing.Children("discriminator")
                .Select(each => $"{each.Text("type")} {each.Text("path")}"));

    // Some published bindings name no value set at all: they bind nothing.
    private static string? Binding(ObjectNode? binding) => binding?.Text("valueSet") is null
        ? null
        : $"{binding.Text("strength")} {binding.Text("valueSet")} " + string.Join(' ', binding.Children("extension")
            .Where(each => each.Text("url")?.EndsWith("maxValueSet", StringComparison.Ordinal) == true)
            .Select(each => each.Text("valueCanonical") ?? each.Text("valueUri")));

    private static string Constraints(ObjectNode element) => string.Join(
        ", ", element.Children("constraint").Select(each => each.Text("key")).Distinct().Order(StringComparer.Ordinal));
}
