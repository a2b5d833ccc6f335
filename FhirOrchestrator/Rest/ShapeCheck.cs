using System.Globalization;
using FhirOrchestrator.Fhir;
using FhirOrchestrator.Fhir.Definitions;
using FhirOrchestrator.Fhir.Json;
using FhirOrchestrator.Fhir.Profiles;
using FhirOrchestrator.Fhir.Search;

namespace FhirOrchestrator.Rest;

/// <summary>
/// Checks the shape of a resource against R4's definitions, to the last level: names known, one or many, and the JSON
/// kind of each value. Cardinalities, bindings and invariants are not looked at.
/// </summary>
internal static class ShapeCheck
{
    /// <summary>The first thing wrong, null where there is none.</summary>
    /// <param name="isLenient">True lets unknown names pass.</param>
    public static RestProblem? Find(Resource resource, bool isLenient) =>
        InResource(resource.Root, resource.Type, isLenient);

    private static RestProblem? InResource(ObjectNode node, string path, bool isLenient)
    {
        var name = node.Text("resourceType");
        return name is not null && FhirDefinitions.R4.IsResource(name) && FhirDefinitions.R4.Type(name) is { } type
            ? InObject(node, type, path, isLenient)
            : Wrong(path, "a resourceType that R4 knows", name is null ? "none" : $"'{name}'");
    }

    private static RestProblem Wrong(string path, string expected, string got) =>
        new(422, "structure", $"expected {expected}, got {got} at {path}", path);

    private static RestProblem? InObject(ObjectNode node, TypeDefinition type, string path, bool isLenient)
    {
        foreach (var (name, value) in node.Members)
        {
            var isSibling = name.StartsWith('_');
            var member = type.JsonElement(isSibling ? name[1..] : name);
            if (member is null)
            {
                if (isLenient || (name == "resourceType" && type.Kind == TypeKind.Resource))
                {
                    continue;
                }

                return Unknown(name, type, path);
            }

            var content = member.Element.ContentOf(member.Type);
            var below = $"{path}.{name}";
            if (isSibling && content is not { IsPrimitive: true })
            {
                return Wrong(below, "a name without underscore, for the element is no primitive", "one with it");
            }

            var definition = isSibling ? FhirDefinitions.R4.Type("Element") : content;
            if (definition is not null
                && InMember(member.Element, definition, value, below, isSibling, isLenient) is { } wrong)
            {
                return wrong;
            }
        }

        return null;
    }

    private static RestProblem Unknown(string name, TypeDefinition type, string path)
    {
        var near = Nearest.Of(name, type.Elements.Select(each => each.Name));
        return Wrong(
            path, $"an element of {type.Name}", $"'{name}'{(near is null ? "" : $" (did you mean '{near}'?)")}");
    }

    private static RestProblem? InMember(
        ElementDefinition element, TypeDefinition type, Node value, string path, bool isSibling, bool isLenient)
    {
        if (value is not ArrayNode array)
        {
            return element.IsList ? Wrong(path, "an array", JsonKind.Of(value)) : InValue(type, value, path, isLenient);
        }

        if (!element.IsList || array.Items.IsEmpty)
        {
            return Wrong(
                path,
                element.IsList ? "an array that is not empty" : "one value",
                element.IsList ? "none" : "an array");
        }

        for (var at = 0; at < array.Items.Length; at++)
        {
            // A null keeps the place of a primitive that has only extensions, or of extensions that are not there.
            var mayBeNull = type.IsPrimitive || isSibling;
            if (!(array.Items[at] is NullNode && mayBeNull)
                && InValue(type, array.Items[at], Item(path, at), isLenient) is { } wrong)
            {
                return wrong;
            }
        }

        return null;
    }

    private static string Item(string path, int at) => string.Create(CultureInfo.InvariantCulture, $"{path}[{at}]");

    private static RestProblem? InValue(TypeDefinition type, Node value, string path, bool isLenient)
    {
        if (type.IsPrimitive)
        {
            return Primitive(type.Name, value, path);
        }

        if (value is not ObjectNode node)
        {
            return Wrong(path, "an object", JsonKind.Of(value));
        }

        return node.Members.IsEmpty ? Wrong(path, "an object that is not empty", "{}")
            : type.Kind == TypeKind.Resource ? InResource(node, path, isLenient)
            : InObject(node, type, path, isLenient);
    }

    private static RestProblem? Primitive(string type, Node value, string path)
    {
        var (isRight, expected) = type switch
        {
            "boolean" => (value is BooleanNode, "true or false"),
            "integer" or "positiveInt" or "unsignedInt" =>
                (value is NumberNode { Text: var text } && int.TryParse(text, CultureInfo.InvariantCulture, out _),
                    "a whole number"),
            "decimal" => (value is NumberNode, "a number"),
            "date" or "dateTime" or "instant" =>
                (value is TextNode { Value: var text } && DateSpan.Parse(text) is not null, $"a {type}"),
            _ => (value is TextNode { Value.Length: > 0 }, "text that is not empty"),
        };
        return isRight ? null : Wrong(path, expected, JsonKind.Of(value));
    }
}
