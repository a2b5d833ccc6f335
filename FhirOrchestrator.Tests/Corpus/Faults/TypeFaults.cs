using FhirOrchestrator.Fhir.Json;

namespace FhirOrchestrator.Tests.Corpus.Faults;

/// <summary>Faults that only one type can have: of extensions, narratives, contained resources, bundles.</summary>
internal static class TypeFaults
{
    private const string Xhtml = "<div xmlns=\"http://www.w3.org/1999/xhtml\">";

    public static IEnumerable<(string Kind, string Below, Node Node)> Of(Site site)
    {
        var node = site.Node;
        var made = site.Type.FhirName switch
        {
            "Extension" => Extension(node),
            "Narrative" => Narrative(node),
            "Period" => [("per-1", "", node.With("start", "2020-02-02").With("end", "2019-01-01"))],
            "Quantity" when site.Type.Name == "Quantity" => Quantity(node),
            "Attachment" when node["data"] is not null => [("att-1", "", node.With("contentType", null))],
            "ContactPoint" when node["value"] is not null => [("cpt-2", "", node.With("system", null))],
            "Ratio" => [("rat-1", "", node.With("denominator", null).With("extension", null))],
            "Range" => [("rng-2", "", Range())],
            "Bundle" => Bundle(node),
            "Observation" => Observation(node),
            "Encounter" when node["hospitalization"] is null =>
                [("bad max", "hospitalization", node.With("hospitalization", new ArrayNode([ObjectNode.Empty])))],
            "Task" => [("inv-1 of Task", "", node.With("authoredOn", "2020-02-02").With("lastModified", "2019-01-01"))],
            "Condition" => [("con-5", "", Condition(node))],
            "Patient" => [("pat-1", "contact[0]", Contact(node))],
            _ => [],
        };
        return made.Concat(site.Type.Is("DomainResource") ? Contained(site) : []);
    }

    private static IEnumerable<(string, string, Node)> Extension(ObjectNode node)
    {
        var nested = Node.Array(Node.Object(("url", "http://example.org/inner"), ("valueString", "x")));
        yield return ("extension without url", "", node.With("url", null));
        if (node["extension"] is null)
        {
            yield return ("ext-1 both", "", node.With("extension", nested));
            yield return ("ext-1 none", "", Node.Object(("url", node["url"])));
        }
    }

    private static IEnumerable<(string, string, Node)> Narrative(ObjectNode node)
    {
        foreach (var (kind, div) in new[]
        {
            ("script", $"{Xhtml}<script>x()</script></div>"), ("event", $"{Xhtml}<p onclick=\"x()\">a</p></div>"),
            ("form", $"{Xhtml}<form><input/></form></div>"), ("frame", $"{Xhtml}<iframe src=\"x\"/>a</div>"),
            ("namespace", "<div>text</div>"), ("ill-formed", $"{Xhtml}<p>text</div>"), ("root", "<p>text</p>"),
            ("nothing", $"{Xhtml}</div>"), ("text", "no markup"), ("object", $"{Xhtml}<object data=\"x\"/>a</div>"),
            ("script link", $"{Xhtml}<a href=\"javascript:x()\">a</a></div>"), ("entity", $"{Xhtml}&nope;</div>"),
        })
        {
            yield return ($"narrative: {kind}", "div", node.With("div", div));
        }

        yield return ("narrative: no status", "", node.With("status", null));
    }

    private static IEnumerable<(string, string, Node)> Quantity(ObjectNode node)
    {
        if (node["code"] is not null)
        {
            yield return ("qty-3", "", node.With("system", null));
        }

        yield return ("bad comparator", "comparator", node.With("comparator", "=="));
    }

    private static ObjectNode Range() => Node.Object(
        ("low", Amount(9)), ("high", Amount(1)));

    private static ObjectNode Amount(int value) => Node.Object(
        ("value", value), ("unit", "mg"), ("system", "http://unitsofmeasure.org"), ("code", "mg"));

    private static IEnumerable<(string, string, Node)> Observation(ObjectNode node)
    {
        if (node.Members.Any(member => member.Name.StartsWith("value", StringComparison.Ordinal)))
        {
            yield return ("obs-6", "", node.With("dataAbsentReason", Node.Object(("text", "x"))));
        }

        yield return ("obs-3", "referenceRange[0]", node.With("referenceRange", Node.Array(
            Node.Object(("type", Node.Object(("text", "x")))))));
    }

    private static ObjectNode Condition(ObjectNode node) => node
        .With("clinicalStatus", Concept("http://terminology.hl7.org/CodeSystem/condition-clinical", "active"))
        .With("verificationStatus",
            Concept("http://terminology.hl7.org/CodeSystem/condition-ver-status", "entered-in-error"));

    private static ObjectNode Concept(string system, string code) =>
        Node.Object(("coding", Node.Array(Node.Object(("system", system), ("code", code)))));

    private static ObjectNode Contact(ObjectNode node) =>
        node.With("contact", Node.Array(Node.Object(("gender", "male"))));

    private static IEnumerable<(string, string, Node)> Contained(Site site)
    {
        var (node, _, path, _) = site;
        if (path.Contains('.', StringComparison.Ordinal))
        {
            yield break;
        }

        yield return ("unknown resource type", "", node.With("resourceType", "Patent"));
        yield return ("bad id", "id", node.With("id", "no_underscore"));
        yield return ("dom-3", "", node.With("contained", Node.Array(
            [.. node.Items("contained"), Inner("nobody")])));
        var refers = Node.Array(Node.Object(("url", "http://example.org/to"),
            ("valueReference", Node.Object(("reference", "#somebody")))));
        ObjectNode With(ObjectNode inner) => node.With("extension", refers).With("contained", Node.Array(inner));
        if (node["contained"] is null)
        {
            yield return ("dom-2", "", With(Inner("somebody").With("contained", Node.Array(Inner("x")))));
            yield return ("dom-4", "", With(Inner("somebody").With("meta", Node.Object(("versionId", "1")))));
            yield return ("dom-5", "", With(Inner("somebody").With("meta", Node.Object(
                ("security", Node.Array(Node.Object(("code", "x"))))))));
            yield return ("fault in contained", "contained[0]", With(Inner("somebody").With("bogus", "x")));
        }
    }

    private static ObjectNode Inner(string id) =>
        Node.Object(("resourceType", "Organization"), ("id", id), ("name", "x"));

    private static IEnumerable<(string, string, Node)> Bundle(ObjectNode node)
    {
        var entries = node.Items("entry");
        var type = node.Text("type");
        if (type is not ("searchset" or "history"))
        {
            yield return ("bdl-1", "", node.With("total", 3));
        }

        if (entries.IsEmpty || entries[0] is not ObjectNode first)
        {
            yield break;
        }

        Node With(ObjectNode entry) => node.With("entry", new ArrayNode(entries.SetItem(0, entry)));
        yield return ("bdl-2", "", type == "searchset" ? node.With("type", "collection")
            : With(first.With("search", Node.Object(("mode", "match")))));
        yield return ("bdl-3", "", type is "batch" or "transaction" or "history"
            ? With(first.With("request", null))
            : With(first.With("request", Node.Object(("method", "GET"), ("url", "Patient")))));
        yield return ("bdl-5", "entry[0]", With(Node.Object(("fullUrl", "http://example.org/Patient/only"))));
        yield return ("bdl-8", "entry[0]", With(first.With("fullUrl", "http://example.org/Patient/1/_history/1")));
        yield return ("relative fullUrl", "entry[0]", With(first.With("fullUrl", "Patient/1")));
        if (type != "history" && first["fullUrl"] is not null)
        {
            yield return ("bdl-7", "", node.With("entry", new ArrayNode(entries.Add(first))));
        }

        if (type is "document")
        {
            yield return ("bdl-9", "", node.With("identifier", null));
            yield return ("bdl-10", "", node.With("timestamp", null));
            yield return ("bdl-11", "", node.With("entry", new ArrayNode(entries.RemoveAt(0))));
        }
    }
}
