using FhirOrchestrator.Fhir.Definitions;
using FhirOrchestrator.Fhir.Json;

namespace FhirOrchestrator.Tests.Corpus.Faults;

/// <summary>
/// Puts single faults into a valid resource, of every kind that R4's own rules forbid: each a way to break a rule,
/// with no knowledge of the validator.
/// </summary>
internal static class FaultMaker
{
    /// <summary>All faults of all kinds that a resource offers a place for.</summary>
    public static IEnumerable<Fault> All(Resource resource)
    {
        var sites = Sites.Of(resource.Root);
        foreach (var site in sites)
        {
            foreach (var (kind, below, node) in Structure(site).Concat(Content(site)).Concat(TypeFaults.Of(site)))
            {
                var root = site.Replace(node);
                var path = below.Length == 0 ? site.Path : $"{site.Path}.{below}";
                yield return new Fault(
                    kind, kind == "unknown resource type" ? root.Text("resourceType") ?? "" : path, root);
            }
        }
    }

    private static IEnumerable<(string Kind, string Below, Node Node)> Structure(Site site)
    {
        var (node, type, _, _) = site;
        yield return ("unknown element", "", node.With("bogusElement", "x"));
        yield return ("unknown twin", "", node.With("_bogusElement", Node.Object(("id", "x"))));
        foreach (var (name, value) in node.Members)
        {
            if (name.StartsWith('_') || type.JsonElement(name) is not { } member)
            {
                continue;
            }

            var element = member.Element;
            var below = element.Name;
            if (element.Min > 0 && node["_" + name] is null)
            {
                yield return ("missing required", "", node.With(name, null));
            }

            yield return element.IsList
                ? ("one for many", below, node.With(name, value.AsItems[0]))
                : ("many for one", below, node.With(name, new ArrayNode([value])));
            yield return ("null", below, node.With(name, NullNode.Instance));
            yield return ("empty array", below, node.With(name, new ArrayNode([])));
            if (!element.IsList)
            {
                yield return ("empty object", below, node.With(name, ObjectNode.Empty));
            }

            var first = value.AsItems[0];
            yield return ("wrong kind", element.IsList ? below + "[0]" : below, Put(node, name, value, Wrong(first)));
            if (first is TextNode)
            {
                var at = element.IsList ? below + "[0]" : below;
                yield return ("empty text", at, Put(node, name, value, new TextNode("")));
                yield return ("bad twin", below, node.With("_" + name, "x"));
            }
            else if (first is ObjectNode)
            {
                yield return ("twin of complex", below, node.With("_" + name, Node.Object(("id", "x"))));
                yield return ("id only", element.IsList ? below + "[0]" : below,
                    Put(node, name, value, Node.Object(("id", "only"))));
            }

            if (element.IsChoice && member.Type is { } chosen
                && element.Types.FirstOrDefault(each => each.Code != chosen.Code) is { } other)
            {
                yield return ("two of a choice", "", node.With(element.JsonName(other), ValueOf(other.Code)));
            }
        }
    }

    private static IEnumerable<(string Kind, string Below, Node Node)> Content(Site site)
    {
        var (node, type, _, _) = site;
        foreach (var (name, value) in node.Members)
        {
            if (name.StartsWith('_') || type.JsonElement(name) is not { } member)
            {
                continue;
            }

            var first = value.AsItems[0];
            var below = member.Element.IsList ? member.Element.Name + "[0]" : member.Element.Name;
            var code = member.Element.ContentOf(member.Type)?.Name ?? "";
            foreach (var bad in BadPrimitives(code))
            {
                yield return ($"bad {code}", below, Put(node, name, value, bad));
            }

            if (member.Element.Binding is { Strength: "required" } binding
                && FhirDefinitions.R4.Codes(binding.ValueSet, null, "no-such-code") == false)
            {
                Node? wrong = code switch
                {
                    "code" => "no-such-code",
                    "Coding" => ((ObjectNode)first).With("code", "no-such-code"),
                    "CodeableConcept" => Node.Object(("coding", Node.Array(
                        Node.Object(("system", "http://example.org/none"), ("code", "no-such-code"))))),
                    _ => null,
                };
                if (wrong is not null)
                {
                    yield return ("bad code", below, Put(node, name, value, wrong));
                }
            }

            if (code == "Reference" && member.Type is { Targets: { IsEmpty: false } targets }
                && !targets.Contains("Resource"))
            {
                var wrong = targets.Contains("Account") ? "Slot" : "Account";
                yield return ("bad target", below, Put(node, name, value, Node.Object(("reference", $"{wrong}/1"))));
            }

            if (code == "Reference")
            {
                yield return ("no reference", below,
                    Put(node, name, value, Node.Object(("reference", "Patient by name"))));
                yield return ("dangling contained", below,
                    Put(node, name, value, Node.Object(("reference", "#no-such-id"))));
            }
        }
    }

    private static ObjectNode Put(ObjectNode node, string name, Node value, Node item) => node.With(
        name, value is ArrayNode array ? new ArrayNode(array.Items.SetItem(0, item)) : item);

    private static Node Wrong(Node value) => value switch
    {
        TextNode => (Node)17,
        NumberNode => new TextNode("17x"),
        BooleanNode => new TextNode("true"),
        _ => new TextNode("x"),
    };

    private static Node ValueOf(string type) => type switch
    {
        "boolean" => (Node)true,
        "integer" or "decimal" or "positiveInt" or "unsignedInt" => (Node)1,
        "date" or "dateTime" => new TextNode("2020-01-01"),
        "instant" => new TextNode("2020-01-01T00:00:00Z"),
        "time" => new TextNode("10:00:00"),
        "base64Binary" => new TextNode("QUJD"),
        "oid" => new TextNode("urn:oid:1.2.3"),
        "uuid" => new TextNode("urn:uuid:c757873d-ec9a-4326-a141-556f43239520"),
        _ when char.IsLower(type[0]) => new TextNode("x"),
        "Reference" => Node.Object(("display", "x")),
        "CodeableConcept" => Node.Object(("text", "x")),
        "Period" => Node.Object(("start", "2020-01-01")),
        _ => Node.Object(("id", "x"), ("extension", Node.Array(
            Node.Object(("url", "http://example.org/x"), ("valueString", "x"))))),
    };

    private static IEnumerable<Node> BadPrimitives(string type) => type switch
    {
        "date" => [new TextNode("2020-02-30"), new TextNode("2020-13-01"), new TextNode("01/02/2020"),
            new TextNode("2020-1-1"), new TextNode("2020-01-01T10:00:00Z"), new TextNode("not a date")],
        "dateTime" => [new TextNode("2020-02-30"), new TextNode("2020-01-01T10:00:00"),
            new TextNode("2020-01-01T10:00Z"),
            new TextNode("2020-01-01T25:00:00Z"), new TextNode("2020-01-01 10:00:00Z"), new TextNode("20200101")],
        "instant" => [new TextNode("2020-01-01"), new TextNode("2020-01-01T10:00:00"),
            new TextNode("2020-02-30T10:00:00Z")],
        "time" => [new TextNode("25:00:00"), new TextNode("10:00"), new TextNode("10:00:00Z")],
        "integer" => [new NumberNode("1.5"), new NumberNode("99999999999"), new TextNode("1")],
        "positiveInt" => [new NumberNode("0"), new NumberNode("-1"), new NumberNode("1.5")],
        "unsignedInt" => [new NumberNode("-1"), new NumberNode("2.0")],
        "decimal" => [new TextNode("1.5"), BooleanNode.True],
        "boolean" => [new TextNode("false"), (Node)1],
        "code" => [new TextNode(" a"), new TextNode("a  b"), new TextNode("a ")],
        "id" => [new TextNode("has space"), new TextNode("under_score"), new TextNode(new string('a', 65))],
        "uri" or "url" or "canonical" => [new TextNode("http://example.org/has space")],
        "oid" => [new TextNode("urn:oid:3.1"), new TextNode("1.2.3"), new TextNode("urn:oid:1.02")],
        "uuid" => [new TextNode("urn:uuid:C757873D-EC9A-4326-A141-556F43239520"), new TextNode("c757873d")],
        "base64Binary" => [new TextNode("%%%"), new TextNode("QUJ"), new TextNode("QUJD=")],
        _ => [],
    };
}
