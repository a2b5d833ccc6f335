using System.Collections.Concurrent;
using System.Text.Json;
using FhirOrchestrator.Fhir.Definitions.Digest;
using FhirOrchestrator.Fhir.Json;

namespace FhirOrchestrator.Fhir.Definitions;

/// <summary>
/// The StructureDefinitions of FHIR 4.0.1: types, profiles and extensions, with their snapshots and without prose, in
/// the form of the resource, so that they read like any other's. Each is built when it is first asked for.
/// </summary>
internal sealed class StandardProfiles
{
    private const string Version = "4.0.1";
    private readonly Lazy<JsonElement> _digest = new(() => EmbeddedFile.Read("r4-profiles.json.gz"));
    private readonly ConcurrentDictionary<string, ObjectNode> _built = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, ObjectNode> _elements = new(StringComparer.Ordinal);

    private StandardProfiles()
    {
    }

    /// <summary>Those of FHIR 4.0.1; nothing is read before the first question.</summary>
    public static StandardProfiles R4 { get; } = new();

    /// <summary>The canonical URLs of all profiles and extensions; types are not among them.</summary>
    public IEnumerable<string> Urls =>
        _digest.Value.GetProperty("profiles").EnumerateObject().Select(each => CompactElement.Long(each.Name));

    /// <summary>
    /// A StructureDefinition by its canonical URL, of whatever version is named: there is one. Null where FHIR 4.0.1
    /// has none.
    /// </summary>
    public ObjectNode? Find(string canonical)
    {
        var bar = canonical.IndexOf('|', StringComparison.Ordinal);
        var url = bar < 0 ? canonical : canonical[..bar];
        if (_built.TryGetValue(url, out var known))
        {
            return known;
        }

        // A name without its URL names nothing here.
        var name = CompactElement.Short(url);
        var made = !url.Contains(':', StringComparison.Ordinal)
            ? null
            : FhirDefinitions.R4.Digest(name) is { } type
                ? TypeSnapshot.Of(name, type)
                : _digest.Value.GetProperty("profiles").TryGetProperty(name, out var profile)
                    ? Profile(url, profile)
                    : null;
        return made is null ? null : _built.GetOrAdd(url, made);
    }

    /// <summary>
    /// The ElementDefinition at a path in the snapshot of a type of R4, such as <c>Patient.name</c> or <c>Patient</c>,
    /// without prose; null where there is none.
    /// </summary>
    public ObjectNode? Element(string path)
    {
        if (_elements.TryGetValue(path, out var known))
        {
            return known;
        }

        var dot = path.IndexOf('.', StringComparison.Ordinal);
        var snapshot = Find(CompactElement.Long(dot < 0 ? path : path[..dot]))?.Child("snapshot");
        var found = snapshot?.Children("element").FirstOrDefault(each => each.Text("path") == path);
        return found is null ? null : _elements.GetOrAdd(path, found);
    }

    private ObjectNode Profile(string url, JsonElement digest)
    {
        var constraints = _digest.Value.GetProperty("constraints");
        var profile = DigestReader.Node(digest) as ObjectNode ?? ObjectNode.Empty;
        var elements = profile.Children("e").Select(each => (Node)FullElement.Of(
            each, BasePlace(each), Constraints(each, constraints)));
        return Node.Object(
            ("resourceType", "StructureDefinition"),
            ("url", url),
            ("version", Version),
            ("kind", profile.Text("kind")),
            ("abstract", profile["abstract"] is not null),
            ("context", Node.Array(profile.Items("context").Select(each => (Node)Node.Object(
                ("type", ((ArrayNode)each).Items[0]), ("expression", ((ArrayNode)each).Items[1]))))),
            ("contextInvariant", profile["contextInvariant"]),
            ("type", profile.Text("type")),
            ("baseDefinition", CompactElement.Long(profile.Text("base") ?? "")),
            ("derivation", "constraint"),
            ("snapshot", Node.Object(("element", Node.Array(elements)))));
    }

    private static ArrayNode? Constraints(ObjectNode element, JsonElement table) => Node.Array(
        element.Items("inv").Select(key => DigestReader.Node(table.GetProperty(key.AsText ?? "")) as ObjectNode)
            .Select(each => each?.Text("src") is { } source
                ? FullElement.Constraint(each, source)
                : FullElement.Constraint(each ?? ObjectNode.Empty, "").With("source", null))
            .Select(each => (Node)each));

    private static ObjectNode BasePlace(ObjectNode element)
    {
        if (element.Text("ba")?.Split(' ') is [var path, var min, var max])
        {
            return Node.Object(("path", path), ("min", new NumberNode(min)), ("max", max));
        }

        return Node.Object(("path", element["p"]), ("min", element["min"]), ("max", element["max"]));
    }
}
