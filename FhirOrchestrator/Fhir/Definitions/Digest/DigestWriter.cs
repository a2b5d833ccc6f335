using System.IO.Compression;
using FhirOrchestrator.Fhir.Json;

namespace FhirOrchestrator.Fhir.Definitions.Digest;

/// <summary>A file of the digest: its name in <c>Fhir/Definitions/</c> and its JSON.</summary>
internal sealed record DigestFile(string Name, byte[] Json)
{
    /// <summary>The file's bytes as they are committed.</summary>
    public byte[] Packed()
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.SmallestSize, leaveOpen: true))
        {
            gzip.Write(Json);
        }

        return packed.ToArray();
    }
}

/// <summary>
/// Makes the embedded digest out of the official bundles of FHIR 4.0.1: bare facts, in an order that depends on nothing
/// but them.
/// </summary>
internal static class DigestWriter
{
    private const string Version = "4.0.1";

    /// <summary>The files of the digest.</summary>
    /// <exception cref="DigestException">The bundles cannot be read or are of another version.</exception>
    public static ImmutableArray<DigestFile> Make(BundleFolder folder)
    {
        var types = folder.Resources("profiles-types");
        var resources = folder.Resources("profiles-resources");
        RequireVersion(types);
        var searchParameters = folder.Resources("search-parameters");
        ImmutableArray<ObjectNode> terms =
        [
            .. folder.Resources("valuesets"), .. folder.Resources("v3-codesystems"), .. folder.Resources("v2-tables"),
        ];
        ImmutableArray<ObjectNode> profiles =
        [
            .. folder.Resources("profiles-others"), .. folder.Resources("extension-definitions"),
        ];
        return
        [
            File("r4-digest.json.gz", Node.Object(
                ("fhirVersion", Version),
                ("types", Types(types.Concat(resources))),
                ("searchParameters", Node.Array(searchParameters.OrderBy(Url, StringComparer.Ordinal)
                    .Select(SearchParameter))),
                ("compartments", Compartments(resources)))),
            File("r4-terminology.json.gz", TerminologyDigest.Of(terms)),
            File("r4-profiles.json.gz", ProfileDigest.Of(profiles.OrderBy(Url, StringComparer.Ordinal))),
        ];
    }

    private static DigestFile File(string name, ObjectNode content) => new(name, JsonText.Write(content));

    private static string Url(ObjectNode resource) => resource.Text("url") ?? "";

    private static void RequireVersion(ImmutableArray<ObjectNode> types)
    {
        var got = types.FirstOrDefault()?.Text("fhirVersion");
        if (got != Version)
        {
            throw new DigestException($"expected the definitions of FHIR {Version}, got those of {got ?? "none"}");
        }
    }

    private static ObjectNode Types(IEnumerable<ObjectNode> resources) => new(
    [
        .. resources.Where(each => each.Text("resourceType") == "StructureDefinition" && each.Text("kind") != "logical")
            .OrderBy(each => each.Text("id"), StringComparer.Ordinal)
            .Select(each => new Member(each.Text("id") ?? "", Type(each))),
    ]);

    private static ObjectNode Type(ObjectNode definition)
    {
        var isProfile = definition.Text("derivation") == "constraint";
        var elements = definition.Child("snapshot")?.Children("element") ?? [];
        return Node.Object(
            ("kind", definition.Text("kind")),
            ("abstract", definition["abstract"] is BooleanNode { Value: true } ? BooleanNode.True : null),
            ("base", definition.Text("baseDefinition") is { } url ? CompactElement.Short(url) : null),
            ("derivation", isProfile ? "constraint" : null),
            ("type", isProfile ? definition.Text("type") : null),
            ("e", Node.Array(elements.Select(each => (Node)CompactElement.Of(each, OwnInvariants(each))))));
    }

    // What has a source comes from a base or from the element's type, and is found there.
    private static ArrayNode? OwnInvariants(ObjectNode element) => Node.Array(
        element.Children("constraint").Where(each => each.Text("source") is null)
            .Select(each => (Node)CompactElement.Invariant(each)));

    private static Node SearchParameter(ObjectNode parameter) => Node.Object(
        ("url", ShortParameter(Url(parameter))),
        ("code", parameter.Text("code")),
        ("base", parameter["base"]),
        ("type", parameter.Text("type")),
        ("expression", parameter.Text("expression")),
        ("target", parameter["target"]),
        ("multipleOr", parameter["multipleOr"]),
        ("multipleAnd", parameter["multipleAnd"]),
        ("comparator", parameter["comparator"]),
        ("modifier", parameter["modifier"]),
        ("component", Node.Array(parameter.Children("component").Select(part => (Node)Node.Object(
            ("d", ShortParameter(part.Text("definition") ?? "")), ("x", part.Text("expression")))))));

    private static string ShortParameter(string url)
    {
        const string start = "http://hl7.org/fhir/SearchParameter/";
        return url.StartsWith(start, StringComparison.Ordinal) ? url[start.Length..] : url;
    }

    private static ObjectNode Compartments(ImmutableArray<ObjectNode> resources) => new(
    [
        .. resources.Where(each => each.Text("resourceType") == "CompartmentDefinition")
            .OrderBy(each => each.Text("code"), StringComparer.Ordinal)
            .Select(each => new Member(each.Text("code") ?? "", new ObjectNode(
            [
                .. each.Children("resource").Where(type => type["param"] is not null)
                    .Select(type => new Member(type.Text("code") ?? "", type["param"]!)),
            ]))),
    ]);
}
