using FhirOrchestrator.Fhir.Definitions;
using FhirOrchestrator.Fhir.Json;

namespace FhirOrchestrator.Fhir.Patch;

/// <summary>
/// The value of an operation: <c>value[x]</c>, a resource, or the parts of an element that has no data type of its own
/// (R4, fhirpatch, "values of anonymous types").
/// </summary>
internal sealed class PatchValue
{
    private readonly string? _type;
    private readonly ElementContent _content;
    private readonly ImmutableArray<ObjectNode> _parts;

    private PatchValue(string? type, ElementContent content, ImmutableArray<ObjectNode> parts) =>
        (_type, _content, _parts) = (type, content, parts);

    /// <summary>The type of <c>value[x]</c>, null of a resource and of parts.</summary>
    public string? Type => _type;

    /// <summary>Reads the value of a part, whose name says nothing here.</summary>
    public static Patched<PatchValue> Read(ObjectNode part)
    {
        var parameter = FhirDefinitions.R4.Type("Parameters.parameter")
            ?? throw new InvalidOperationException("expected R4 to define Parameters.parameter");
        PatchValue? found = null;
        foreach (var member in part.Members)
        {
            var name = member.Name is ['_', ..] ? member.Name[1..] : member.Name;
            PatchValue? value = name switch
            {
                "name" or "id" or "extension" => null,
                "part" => new(null, default, [.. part.Children("part")]),
                "resource" when member.Value is ObjectNode => new(null, new(member.Value, null), []),
                _ when parameter.JsonElement(name) is { Element.Name: "value", Type: { } type } =>
                    new(type.Code, new(part[name], part.Child("_" + name)), []),
                _ => null,
            };
            if (value is not null && found is not null && (value.Type is null || value.Type != found.Type))
            {
                return PatchProblem.Malformed("expected one value, got several");
            }

            found = value ?? found;
        }

        return found is null || (found._parts.IsEmpty && found._content == default)
            ? PatchProblem.Malformed("expected value[x], a resource or parts, got none")
            : found;
    }

    /// <summary>The value as content of an element, checked against its type.</summary>
    /// <param name="element">The element.</param>
    /// <param name="name">What the patch calls it: of a choice with or without the type.</param>
    public Patched<JsonContent> For(ElementDefinition element, string name)
    {
        if (element.IsChoice)
        {
            return ForChoice(element, name);
        }

        var declared = element.Types.Length == 1 ? element.Types[0] : null;
        var definition = element.ContentOf(declared);
        var expected = element.Content is not null ? "parts" : declared?.Code ?? "another type";
        if (_type is null && _parts.IsEmpty)
        {
            return definition is { Kind: TypeKind.Resource }
                ? new JsonContent(element.Name, _content)
                : PatchProblem.NotApplicable($"expected {expected} for {element.Path}, got a resource");
        }

        if (_type is null)
        {
            return definition is null or { IsPrimitive: true } or { Kind: TypeKind.Resource }
                ? PatchProblem.NotApplicable($"expected {expected} for {element.Path}, got parts")
                : Build(definition, element.Name);
        }

        return Fits(_type, element, definition)
            ? new JsonContent(element.Name, _content)
            : PatchProblem.NotApplicable($"expected {expected} for {element.Path}, got {_type}");
    }

    private Patched<JsonContent> ForChoice(ElementDefinition element, string name)
    {
        var allowed = string.Join(", ", element.Types.Select(each => each.Code));
        if (_type is null)
        {
            return PatchProblem.NotApplicable($"expected one of {allowed} for {element.Path}, got no value[x]");
        }

        var type = element.Types.FirstOrDefault(each => each.Code == _type);
        return type is null
            ? PatchProblem.NotApplicable($"expected one of {allowed} for {element.Path}, got {_type}")
            : name != element.Name && name != $"{element.Name}[x]" && name != element.JsonName(type)
                ? PatchProblem.NotApplicable($"expected a value of the type in '{name}', got {_type}")
            : new JsonContent(element.JsonName(type), _content);
    }

    // Primitives pass for one another where JSON has them alike: a patch's author may not know id from code.
    private static bool Fits(string type, ElementDefinition element, TypeDefinition? definition)
    {
        if (element.Content is not null)
        {
            return false;
        }

        var given = FhirDefinitions.R4.Type(type);
        return definition is null or { IsPrimitive: true }
            ? given is { IsPrimitive: true }
            : given is not null && (given.Is(definition.FhirName) || definition.Is(type));
    }

    // Each part is an element; the name says which.
    private Patched<JsonContent> Build(TypeDefinition definition, string jsonName)
    {
        var node = ObjectNode.Empty;
        foreach (var part in _parts)
        {
            var name = part.Text("name") ?? "";
            if (ElementOf(definition, name) is not { } element)
            {
                return PatchProblem.NotApplicable($"expected an element of {definition.Name}, got '{name}'");
            }

            if (!Read(part).Succeeded(out var value, out var problem)
                || !value.For(element, name).Succeeded(out var content, out problem)
                || !Append(node, element, content).Succeeded(out var changed, out problem))
            {
                return problem;
            }

            node = changed;
        }

        return new JsonContent(jsonName, new ElementContent(node, null));
    }

    /// <summary>An element by its name in FHIRPath or in JSON.</summary>
    public static ElementDefinition? ElementOf(TypeDefinition definition, string name) =>
        definition.Element(name.EndsWith("[x]", StringComparison.Ordinal) ? name[..^3] : name)
        ?? definition.JsonElement(name)?.Element;

    /// <summary>The object with one value more of an element; one that does not repeat must not be there yet.</summary>
    public static Patched<ObjectNode> Append(ObjectNode holder, ElementDefinition element, JsonContent content)
    {
        var names = element.IsChoice ? element.Types.Select(element.JsonName) : [content.Name];
        if (!element.IsList && names.Any(each => (holder[each] ?? holder["_" + each]) is not null))
        {
            return PatchProblem.NotApplicable($"expected no {element.Path} yet, got one: it does not repeat");
        }

        var contents = ElementValues.Read(holder, content.Name).Add(content.Content);
        return ElementValues.Write(holder, content.Name, content.Name, contents, element.IsList)
            ?? throw new InvalidOperationException("expected an object with the value in it");
    }
}

/// <summary>A value and the name that its element has in JSON with it.</summary>
internal sealed record JsonContent(string Name, ElementContent Content);
