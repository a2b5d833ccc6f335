using System.Text.Json;

namespace FhirOrchestrator.Fhir.Definitions;

/// <summary>A type of the digest with the contents of all its backbone elements, by path.</summary>
internal sealed class TypeTree
{
    private readonly FhirDefinitions _definitions;
    private readonly Dictionary<string, TypeDefinition> _contents = new(StringComparer.Ordinal);

    public TypeTree(FhirDefinitions definitions, string name, JsonElement type)
    {
        _definitions = definitions;
        var children = new Dictionary<string, List<JsonElement>>(StringComparer.Ordinal);
        var rootPath = "";
        foreach (var element in type.GetProperty("e").EnumerateArray())
        {
            var path = DigestReader.Text(element, "p") ?? "";
            var dot = path.LastIndexOf('.');
            if (dot < 0)
            {
                rootPath = path;
                children[path] = [element];
                continue;
            }

            var parent = path[..dot];
            if (!children.TryGetValue(parent, out var list))
            {
                children[parent] = list = [];
            }

            list.Add(element);
        }

        foreach (var (path, list) in children)
        {
            _contents[path] = path == rootPath ? BuildRoot(name, type, list) : BuildBackbone(path, list);
        }

        Root = _contents[rootPath];
    }

    public TypeDefinition Root { get; }

    /// <summary>The content of a backbone element by its path, null where it has none.</summary>
    public TypeDefinition? Content(string path) => _contents.GetValueOrDefault(path);

    private TypeDefinition BuildRoot(string name, JsonElement type, List<JsonElement> list)
    {
        var kind = DigestReader.Text(type, "kind") switch
        {
            "resource" => TypeKind.Resource,
            "primitive-type" => TypeKind.Primitive,
            _ => TypeKind.Complex,
        };
        var elements = list.Skip(1).Select(each => Element(each, kind)).ToImmutableArray();
        return new TypeDefinition(
            name, name, kind, DigestReader.Flag(type, "abstract"), _definitions.Lineage(name), elements,
            DigestReader.Invariants(list[0]));
    }

    // In R4 a backbone element of a resource is a BackboneElement and one of a data type an Element; the id tells.
    private TypeDefinition BuildBackbone(string path, List<JsonElement> list)
    {
        var elements = list.Select(each => Element(each, TypeKind.Backbone)).ToImmutableArray();
        var fhirName = elements.Any(each => each.Name == "modifierExtension") ? "BackboneElement" : "Element";
        return new TypeDefinition(
            path, fhirName, TypeKind.Backbone, isAbstract: false, _definitions.Lineage(fhirName), elements, []);
    }

    private ElementDefinition Element(JsonElement element, TypeKind owner)
    {
        var path = DigestReader.Text(element, "p") ?? "";
        var name = path[(path.LastIndexOf('.') + 1)..];
        var isChoice = name.EndsWith("[x]", StringComparison.Ordinal);
        var reference = DigestReader.Text(element, "cr");
        var contentPath = reference ?? path;
        var max = DigestReader.Text(element, "max");
        var flags = DigestReader.Text(element, "f") ?? "";
        return new ElementDefinition(() => Content(contentPath))
        {
            Name = isChoice ? name[..^3] : name,
            Path = path,
            Min = element.GetProperty("min").GetInt32(),
            Max = max is null or "*" ? null : int.Parse(max, System.Globalization.CultureInfo.InvariantCulture),
            IsChoice = isChoice,
            Types = DigestReader.Types(_definitions, element, isResourceId: owner == TypeKind.Resource && name == "id"),
            ContentReference = reference,
            Binding = DigestReader.Binding(element),
            MinValue = DigestReader.Rule(element, "minValue"),
            MaxValue = DigestReader.Rule(element, "maxValue"),
            MaxLength = element.TryGetProperty("maxLength", out var length) ? length.GetInt32() : null,
            Fixed = DigestReader.Rule(element, "fixed"),
            Pattern = DigestReader.Rule(element, "pattern"),
            IsModifier = flags.Contains('m', StringComparison.Ordinal),
            IsSummary = flags.Contains('s', StringComparison.Ordinal),
            Invariants = DigestReader.Invariants(element),
        };
    }
}
