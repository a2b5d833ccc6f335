using System.Globalization;
using FhirOrchestrator.Fhir.Json;
using FhirOrchestrator.Fhir.Path;

namespace FhirOrchestrator.Outcomes;

/// <summary>
/// Sets an element of a Task or Communication by a simple path (<c>payload.contentString</c>,
/// <c>input[1].valueString</c>). Into a repeating element goes one item each; into a single one exactly one. A
/// reference or concept may be given as its element, as a resource, or as text.
/// </summary>
internal static class ElementPath
{
    private const int IndexMax = 49;

    private static readonly ImmutableHashSet<string> TaskRepeats = Names(
        "identifier basedOn partOf performerType insurance note relevantHistory input output");

    private static readonly ImmutableHashSet<string> CommunicationRepeats = Names(
        "identifier instantiatesCanonical instantiatesUri basedOn partOf inResponseTo category medium about recipient "
        + "reasonCode reasonReference payload note");

    private static readonly ImmutableHashSet<string> NestedRepeats =
        Names("coding extension modifierExtension contained recipient");

    private static readonly ImmutableHashSet<string> References = Names(
        "basedOn focus for encounter requester owner location reasonReference insurance relevantHistory partOf "
        + "recipient subject about sender inResponseTo contentReference valueReference authorReference");

    private static readonly ImmutableHashSet<string> Concepts = Names(
        "code performerType statusReason businessStatus reasonCode category medium topic type valueCodeableConcept");

    /// <summary>The resource's content with the element set; unchanged where there is no item.</summary>
    /// <param name="problem">What does not fit, without patient data; null where all does.</param>
    public static ObjectNode Set(
        ObjectNode root, string resourceType, string path, IReadOnlyList<PathItem> items, out string? problem)
    {
        problem = null;
        if (items.Count == 0)
        {
            return root;
        }

        var segments = path.Split('.');
        var values = new List<Node>(items.Count);
        foreach (var item in items)
        {
            if (ToNode(item, Name(segments[^1])) is not { } value)
            {
                problem = $"expected a value for '{path}', got a {item.TypeName}";
                return root;
            }

            values.Add(value);
        }

        return SetIn(root, segments, 0, resourceType, values, ref problem);
    }

    /// <summary>The top-level element that a path begins with.</summary>
    public static string TopOf(string path) => Name(path.Split('.')[0]);

    private static ObjectNode SetIn(
        ObjectNode content, string[] segments, int at, string resourceType, List<Node> values, ref string? problem)
    {
        var name = Name(segments[at]);
        var isLast = at == segments.Length - 1;
        if (!Repeats(name, at, resourceType))
        {
            if (isLast)
            {
                return values.Count == 1
                    ? content.With(name, values[0])
                    : Refuse(
                        content, $"expected one value at '{string.Join('.', segments)}', got {values.Count}",
                        out problem);
            }

            var child = content.Child(name) ?? ObjectNode.Empty;
            return content.With(name, SetIn(child, segments, at + 1, resourceType, values, ref problem));
        }

        if (Index(segments[at]) is { } index)
        {
            return SetAt(content, segments, at, index, resourceType, values, ref problem);
        }

        if (isLast)
        {
            return content.With(name, Node.Array(values));
        }

        var existing = content.Items(name);
        var made = ImmutableArray.CreateBuilder<Node>(values.Count);
        for (var each = 0; each < values.Count; each++)
        {
            var child = each < existing.Length ? existing[each] as ObjectNode : null;
            made.Add(SetIn(child ?? ObjectNode.Empty, segments, at + 1, resourceType, [values[each]], ref problem));
        }

        return content.With(name, Node.Array(made));
    }

    private static ObjectNode SetAt(
        ObjectNode content, string[] segments, int at, int index, string resourceType, List<Node> values,
        ref string? problem)
    {
        var name = Name(segments[at]);
        var items = content.Items(name);
        if (index > items.Length || index > IndexMax)
        {
            return Refuse(content, $"expected an index up to {items.Length} at '{segments[at]}'", out problem);
        }

        if (at == segments.Length - 1 && values.Count != 1)
        {
            return Refuse(content, $"expected one value at '{segments[at]}', got {values.Count}", out problem);
        }

        var child = index < items.Length ? items[index] as ObjectNode : null;
        var value = at == segments.Length - 1
            ? values[0]
            : SetIn(child ?? ObjectNode.Empty, segments, at + 1, resourceType, values, ref problem);
        return content.With(name, Node.Array(index < items.Length ? items.SetItem(index, value) : items.Add(value)));
    }

    private static ObjectNode Refuse(ObjectNode content, string words, out string problem)
    {
        problem = words;
        return content;
    }

    private static Node? ToNode(PathItem item, string element)
    {
        var node = item.ToNode();
        if (References.Contains(element))
        {
            return node switch
            {
                TextNode { Value.Length: > 0 } text => Elements.Reference(text.Value),
                ObjectNode content when Resource.From(content) is { } resource =>
                    resource.Id is null ? null : Elements.Reference(resource.Path),
                ObjectNode content => content,
                _ => null,
            };
        }

        if (Concepts.Contains(element))
        {
            return node switch
            {
                TextNode { Value.Length: > 0 } text => Node.Object(("text", text)),
                ObjectNode content when content["code"] is not null => Node.Object(("coding", Node.Array(content))),
                ObjectNode content => content,
                _ => null,
            };
        }

        return node is NullNode ? null : node;
    }

    private static bool Repeats(string name, int at, string resourceType) => at > 0
        ? NestedRepeats.Contains(name)
        : NestedRepeats.Contains(name) && name != "recipient"
            || (resourceType == "Communication" ? CommunicationRepeats : TaskRepeats).Contains(name);

    private static string Name(string segment)
    {
        var bracket = segment.IndexOf('[', StringComparison.Ordinal);
        return bracket < 0 ? segment : segment[..bracket];
    }

    private static int? Index(string segment)
    {
        var bracket = segment.IndexOf('[', StringComparison.Ordinal);
        return bracket >= 0
            && int.TryParse(
                segment.AsSpan(bracket + 1).TrimEnd(']'), NumberStyles.None, CultureInfo.InvariantCulture, out var at)
            ? at
            : null;
    }

    private static ImmutableHashSet<string> Names(string text) =>
        text.Split(' ').ToImmutableHashSet(StringComparer.Ordinal);
}
