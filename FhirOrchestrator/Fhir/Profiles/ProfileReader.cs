using System.Globalization;
using FhirOrchestrator.Fhir.Definitions;
using FhirOrchestrator.Fhir.Json;

namespace FhirOrchestrator.Fhir.Profiles;

/// <summary>Compiles a StructureDefinition with a snapshot.</summary>
internal static class ProfileReader
{
    private const string StructureBase = "http://hl7.org/fhir/StructureDefinition/";
    private const string MaxValueSet = StructureBase + "elementdefinition-maxValueSet";
    private const string ProfileElement = StructureBase + "elementdefinition-profile-element";
    private const string BestPractice = StructureBase + "elementdefinition-bestpractice";

    /// <summary>The profile, or why it cannot be used.</summary>
    public static (Profile? Profile, string? Problem) Read(ObjectNode definition)
    {
        if (definition.Text("url") is not { } url || definition.Text("type") is not { } type)
        {
            return (null, "expected a StructureDefinition with url and type, got another");
        }

        var elements = definition.Child("snapshot")?.Children("element").ToList() ?? [];
        if (elements.Count == 0)
        {
            return (null, "expected a profile with a snapshot, got one without");
        }

        type = type[(type.LastIndexOf('/') + 1)..];
        var levels = new List<RuleNode>();
        foreach (var element in elements)
        {
            var path = element.Text("path") ?? "";
            var depth = path.AsSpan().Count('.');
            if (depth > levels.Count || (depth == 0 && levels.Count > 0))
            {
                return (null, "expected each element of the snapshot below its parent, got one that is not");
            }

            var node = Node(element, path);
            if (depth > 0)
            {
                Place(levels[depth - 1], node);
            }

            levels.RemoveRange(depth, levels.Count - depth);
            levels.Add(node);
        }

        return (new Profile(url, type, levels[0], definition), null);
    }

    // A slice stands behind its element; a slice of a slice has a name with a slash.
    private static void Place(RuleNode parent, RuleNode node)
    {
        var group = parent.Children.FindLast(each => each.Name == node.Name);
        if (node.SliceName is null || group is null)
        {
            parent.Children.Add(node);
            return;
        }

        for (var slash = node.SliceName.IndexOf('/', StringComparison.Ordinal); slash > 0;
            slash = node.SliceName.IndexOf('/', slash + 1))
        {
            group = group.Slices.Find(each => each.SliceName == node.SliceName[..slash]) ?? group;
        }

        group.Slices.Add(node);
    }

    private static RuleNode Node(ObjectNode element, string path)
    {
        var name = path[(path.LastIndexOf('.') + 1)..];
        var max = element.Text("max");
        return new RuleNode
        {
            Name = name.EndsWith("[x]", StringComparison.Ordinal) ? name[..^3] : name,
            Path = path,
            SliceName = element.Text("sliceName"),
            Min = (int)(Number(element["min"]) ?? 0),
            Max = int.TryParse(max, CultureInfo.InvariantCulture, out var most) ? most : null,
            Types = [.. element.Children("type").Where(type => !IsSystem(type)).Select(Type)],
            Fixed = Value(element, "fixed"),
            Pattern = Value(element, "pattern"),
            MinValue = Value(element, "minValue"),
            MaxValue = Value(element, "maxValue"),
            MaxLength = (int?)Number(element["maxLength"]),
            Binding = Binding(element.Child("binding")),
            Invariants = Invariant.Compile(element.Children("constraint").Where(IsOwn).Select(Rule)),
            Slicing = Slicing(element.Child("slicing")),
            IsModifier = element["isModifier"] is BooleanNode { Value: true },
        };
    }

    private static decimal? Number(Node? value) => value is NumberNode { Text: var text }
        && decimal.TryParse(text, CultureInfo.InvariantCulture, out var number) ? number : null;

    private static Node? Value(ObjectNode element, string prefix)
    {
        foreach (var (name, value) in element.Members)
        {
            if (name.Length > prefix.Length && name.StartsWith(prefix, StringComparison.Ordinal)
                && char.IsAsciiLetterUpper(name[prefix.Length]))
            {
                return value;
            }
        }

        return null;
    }

    // Ids and URLs have types of FHIRPath's own in the definitions: R4's walk has checked what they look like.
    private static bool IsSystem(ObjectNode type) =>
        type.Text("code")?.StartsWith("http://hl7.org/fhirpath/System.", StringComparison.Ordinal) == true;

    private static RuleType Type(ObjectNode type) => new(
        type.Text("code") ?? "", Profiles(type), Texts(type, "targetProfile"), Texts(type, "aggregation"));

    // A profile may mean only one element or slice of another.
    private static ImmutableArray<string> Profiles(ObjectNode type)
    {
        var parts = type.Items("_profile");
        return
        [
            .. Texts(type, "profile").Select((url, at) => at < parts.Length && parts[at] is ObjectNode twin
                && twin.Children("extension").FirstOrDefault(each => each.Text("url") == ProfileElement)
                    ?.Text("valueString") is { } part
                        ? $"{url}#{part}"
                        : url),
        ];
    }

    private static ImmutableArray<string> Texts(ObjectNode node, string name) =>
        [.. node.Items(name).Select(each => each.AsText).OfType<string>()];

    private static ElementBinding? Binding(ObjectNode? binding)
    {
        if (binding?.Text("strength") is not { } strength)
        {
            return null;
        }

        var most = binding.Children("extension").FirstOrDefault(each => each.Text("url") == MaxValueSet);
        return new ElementBinding(
            strength, binding.Text("valueSet") ?? "", most?.Text("valueCanonical") ?? most?.Text("valueUri"));
    }

    // What R4's own types say is checked with them.
    private static bool IsOwn(ObjectNode constraint)
    {
        var source = constraint.Text("source");
        return source is null || !source.StartsWith(StructureBase, StringComparison.Ordinal)
            || FhirDefinitions.R4.Type(source[StructureBase.Length..]) is null;
    }

    private static InvariantDefinition Rule(ObjectNode constraint) => new(
        constraint.Text("key") ?? "", constraint.Text("severity") != "warning", constraint.Text("expression") ?? "",
        constraint.Text("human") ?? "",
        constraint.Children("extension").Any(each =>
            each.Text("url") == BestPractice && each["valueBoolean"] is BooleanNode { Value: true }));

    private static SlicingRule? Slicing(ObjectNode? slicing) => slicing is null
        ? null
        : new SlicingRule(
            [
                .. slicing.Children("discriminator")
                    .Select(each => Discriminator.Read(each.Text("type") ?? "", each.Text("path") ?? ""))
                    .OfType<Discriminator>(),
            ],
            slicing.Text("rules") ?? "open",
            slicing["ordered"] is BooleanNode { Value: true });
}
