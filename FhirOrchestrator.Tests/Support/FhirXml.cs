using System.Xml.Linq;
using FhirOrchestrator.Fhir.Definitions;
using FhirOrchestrator.Fhir.Json;

namespace FhirOrchestrator.Tests.Support;

/// <summary>Reads a resource in FHIR's XML form as the JSON that means the same (R4, json).</summary>
internal static class FhirXml
{
    private static readonly XNamespace Xhtml = "http://www.w3.org/1999/xhtml";

    /// <summary>The resource whose root element is given.</summary>
    public static Resource Read(XElement root) =>
        Resource.From(ReadResource(root)) ?? throw new FormatException("expected a resource");

    /// <summary>XHTML in one form: white space and the order of declarations do not count.</summary>
    public static string Normalized(string div)
    {
        var root = XElement.Parse(div);
        foreach (var text in root.DescendantNodes().OfType<XText>().ToList())
        {
            var words = text.Value.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
            text.ReplaceWith(words.Length == 0 ? null : new XText(string.Join(' ', words)));
        }

        return root.ToString(SaveOptions.DisableFormatting);
    }

    private static ObjectNode ReadResource(XElement root)
    {
        var name = root.Name.LocalName;
        var type = FhirDefinitions.R4.Type(name) ?? throw new FormatException($"expected a resource, got {name}");
        var content = ReadElements(root, type);
        return new ObjectNode([new Member("resourceType", new TextNode(name)), .. content.Members]);
    }

    private static ObjectNode ReadElements(XElement parent, TypeDefinition type)
    {
        var result = ReadAttributes(parent);
        foreach (var group in parent.Elements().GroupBy(each => each.Name.LocalName))
        {
            var (element, of) = type.JsonElement(group.Key)
                ?? throw new FormatException($"expected an element of {type.Name}, got {group.Key}");
            var content = element.ContentOf(of) ?? throw new FormatException($"expected a type for {group.Key}");
            var read = group.Select(each => ReadElement(each, content)).ToList();
            result = result
                .With(group.Key, Side(read.Select(each => each.Value), element.IsList))
                .With("_" + group.Key, Side(read.Select(each => (Node?)each.Twin), element.IsList));
        }

        return result;
    }

    private static ObjectNode ReadAttributes(XElement element) => Node.Object(
        [.. element.Attributes()
            .Where(each => !each.IsNamespaceDeclaration && each.Name.LocalName is "id" or "url")
            .Select(each => (each.Name.LocalName, (Node?)each.Value))]);

    private static Node? Side(IEnumerable<Node?> side, bool isList)
    {
        Node?[] items = [.. side];
        return items.All(each => each is null) ? null
            : isList ? new ArrayNode([.. items.Select(each => each ?? NullNode.Instance)])
            : items[0];
    }

    private static (Node? Value, ObjectNode? Twin) ReadElement(XElement element, TypeDefinition type)
    {
        if (type.Kind == TypeKind.Resource)
        {
            return (ReadResource(element.Elements().Single()), null);
        }

        if (element.Name.Namespace == Xhtml)
        {
            return (new TextNode(element.ToString(SaveOptions.DisableFormatting)), null);
        }

        if (!type.IsPrimitive)
        {
            return (ReadElements(element, type), null);
        }

        var twin = ReadElements(element, type);
        return (Primitive(element.Attribute("value")?.Value, type.Name), twin.Members.IsEmpty ? null : twin);
    }

    private static Node? Primitive(string? text, string type) => (text, type) switch
    {
        (null, _) => null,
        (_, "boolean") => text == "true",
        (_, "integer" or "positiveInt" or "unsignedInt" or "decimal") => new NumberNode(text),
        _ => new TextNode(text),
    };


    /// <summary>A value with its narrative in one form.</summary>
    public static Node WithPlainNarrative(Node value) => value switch
    {
        ObjectNode node => new ObjectNode([.. node.Members.Select(member => new Member(
            member.Name,
            member is { Name: "div", Value: TextNode div }
                ? new TextNode(Normalized(div.Value))
                : WithPlainNarrative(member.Value)))]),
        ArrayNode node => new ArrayNode([.. node.Items.Select(WithPlainNarrative)]),
        _ => value,
    };

    /// <summary>Members sorted by name, so that texts can be compared.</summary>
    public static Node Sorted(Node value) => value switch
    {
        ObjectNode node => new ObjectNode([.. node.Members
            .OrderBy(member => member.Name, StringComparer.Ordinal)
            .Select(member => new Member(member.Name, Sorted(member.Value)))]),
        ArrayNode node => new ArrayNode([.. node.Items.Select(Sorted)]),
        _ => value,
    };

}
