using System.Text.RegularExpressions;
using FhirOrchestrator.Fhir;
using FhirOrchestrator.Fhir.Definitions;
using FhirOrchestrator.Fhir.Json;

namespace FhirOrchestrator.Rest;

/// <summary>
/// Puts the real places of a transaction's resources where the bundle names them by <c>fullUrl</c> or by a search (R4,
/// http, 3.1.0.11.2): in references, in elements of type uri, url, canonical, oid and uuid, and in the links and images
/// of narratives. Nothing else is touched: an identifier that looks like a fullUrl stays.
/// </summary>
internal sealed partial class ReferenceRewriter(Dictionary<string, string> places)
{
    private RestProblem? _problem;
    private string? _base;

    /// <summary>True where the text has a place already.</summary>
    public bool Knows(string text) => places.ContainsKey(text);

    /// <summary>Adds the place of a conditional reference.</summary>
    public void Add(string text, string path) => places.Add(text, path);

    /// <summary>The conditional references (<c>Patient?identifier=…</c>) in a value.</summary>
    public static IEnumerable<string> Conditional(Node node) => node switch
    {
        ObjectNode value => value.Members.SelectMany(member =>
            member.Name == "reference" && member.Value.AsText is { } text
                ? IsConditional(text) ? [text] : []
                : Conditional(member.Value)),
        ArrayNode value => value.Items.SelectMany(Conditional),
        _ => [],
    };

    /// <summary>
    /// The resource with its references rewritten; a problem where one names an entry that is not there.
    /// </summary>
    /// <param name="fullUrl">The entry's own fullUrl: relative references are relative to its base.</param>
    public Attempt<Resource> Rewrite(Resource resource, string? fullUrl)
    {
        _problem = null;
        _base = fullUrl is null ? null : ResourceReference.Parse(fullUrl).Base;
        var root = Object(resource.Root, FhirDefinitions.R4.Type(resource.Type), resource.Type);
        return _problem is { } problem ? problem
            : ReferenceEquals(root, resource.Root) ? resource
            : Resource.From(root) ?? throw new InvalidOperationException("expected a resource, got none");
    }

    private static bool IsConditional(string text)
    {
        var mark = text.IndexOf('?', StringComparison.Ordinal);
        return mark > 0 && FhirDefinitions.R4.IsResource(text[..mark]);
    }

    private ObjectNode Object(ObjectNode node, TypeDefinition? type, string path)
    {
        ImmutableArray<Member>.Builder? changed = null;
        for (var at = 0; at < node.Members.Length; at++)
        {
            var (name, value) = node.Members[at];
            var next = Value(value, name, type, path);
            if (!ReferenceEquals(next, value))
            {
                changed ??= node.Members.ToBuilder();
                changed[at] = new Member(name, next);
            }
        }

        return changed is null ? node : new ObjectNode(changed.DrainToImmutable());
    }

    private Node Value(Node value, string name, TypeDefinition? type, string path)
    {
        // A sibling such as _birthDate holds extensions.
        if (name.StartsWith('_'))
        {
            return Items(value, FhirDefinitions.R4.Type("Element"), code: "", $"{path}.{name}");
        }

        var member = type?.JsonElement(name);
        var isReference = name == "reference" && type?.Name is "Reference" or null;
        return Items(
            value, member?.Element.ContentOf(member.Type), isReference ? "Reference" : member?.Type?.Code ?? "",
            $"{path}.{name}");
    }

    private Node Items(Node value, TypeDefinition? content, string code, string path)
    {
        if (value is not ArrayNode array)
        {
            return One(value, content, code, path);
        }

        ImmutableArray<Node>.Builder? changed = null;
        for (var at = 0; at < array.Items.Length; at++)
        {
            var next = One(array.Items[at], content, code, path);
            if (!ReferenceEquals(next, array.Items[at]))
            {
                changed ??= array.Items.ToBuilder();
                changed[at] = next;
            }
        }

        return changed is null ? array : new ArrayNode(changed.DrainToImmutable());
    }

    private Node One(Node value, TypeDefinition? content, string code, string path) => value switch
    {
        ObjectNode node => Object(
            node, node.Text("resourceType") is { } contained ? FhirDefinitions.R4.Type(contained) : content, path),
        TextNode text when code == "Reference" => Reference(text, path),
        TextNode text when code is "uri" or "url" or "canonical" or "oid" or "uuid" =>
            places.TryGetValue(text.Value, out var place) ? new TextNode(place) : text,
        TextNode text when code == "xhtml" => Narrative(text),
        _ => value,
    };

    private TextNode Reference(TextNode text, string path)
    {
        if (Find(text.Value) is { } place)
        {
            return new TextNode(place);
        }

        if (text.Value.StartsWith("urn:uuid:", StringComparison.Ordinal)
            || text.Value.StartsWith("urn:oid:", StringComparison.Ordinal))
        {
            _problem ??= RestProblem.Invalid(
                $"expected an entry with the fullUrl that is referred to, got none at {path}", path);
        }

        return text;
    }

    // A relative reference means the server that the entry's fullUrl names (R4, bundle, resolving references).
    private string? Find(string text) =>
        places.TryGetValue(text, out var place) ? place
        : _base is not null && ResourceReference.Parse(text) is { Base: null, Path: { } relative }
            && places.TryGetValue($"{_base}/{relative}", out var below) ? below
        : null;

    private TextNode Narrative(TextNode text)
    {
        var rewritten = LinkPattern().Replace(
            text.Value,
            match => Find(match.Groups["url"].Value) is { } place
                ? $"{match.Groups["name"].Value}\"{place}\""
                : match.Value);
        return rewritten == text.Value ? text : new TextNode(rewritten);
    }

    [GeneratedRegex("(?<name>(href|src)\\s*=\\s*)[\"'](?<url>[^\"']*)[\"']", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex LinkPattern();
}
