using System.Collections.Immutable;
using FhirOrchestrator.Fhir.Json;

namespace FhirOrchestrator.Tests.Corpus.Faults;

/// <summary>Single faults against the Backport profiles: each breaks what a profile adds to R4.</summary>
internal static class BackportFaults
{
    private const string Guide = "http://hl7.org/fhir/uv/subscriptions-backport/StructureDefinition/";

    public static IEnumerable<Fault> Of(Resource resource) => resource.Type switch
    {
        "Subscription" => Subscription(resource.Root),
        "Parameters" => Status(resource.Root).Select(each => new Fault(each.Kind, "Parameters", each.Node)),
        "Bundle" => Notification(resource.Root),
        _ => [],
    };

    private static IEnumerable<Fault> Subscription(ObjectNode root)
    {
        var channel = root.Child("channel") ?? ObjectNode.Empty;
        Fault Channel(string kind, ObjectNode with) => new(kind, "Subscription.channel", root.With("channel", with));
        yield return Channel("no payload", channel.With("payload", null).With("_payload", null));
        yield return Channel("no payload content", channel.With("_payload", null));
        var content = Extension("backport-payload-content", ("valueCode", "id-only"));
        ObjectNode Payload(params Node[] extensions) => channel.With("_payload", Node.Object(
            ("extension", Node.Array(extensions))));
        yield return Channel("other payload content", Payload(Extension(
            "backport-payload-content", ("valueCode", "everything"))));
        yield return Channel("two payload contents", Payload(content, content));
        yield return Channel("payload content as string", Payload(Extension(
            "backport-payload-content", ("valueString", "id-only"))));
        ObjectNode With(params Node[] extensions) => channel.With("extension", Node.Array(extensions));
        var timeout = Extension("backport-timeout", ("valueUnsignedInt", 60));
        yield return Channel("timeout as text", With(Extension("backport-timeout", ("valueString", "60"))));
        yield return Channel("two timeouts", With(timeout, timeout));
        yield return Channel("max count of nothing", With(Extension("backport-max-count", ("valuePositiveInt", 0))));
        yield return Channel("period without value", With(Extension("backport-heartbeat-period")));
        yield return new Fault("timeout elsewhere", "Subscription",
            root.With("extension", Node.Array([.. root.Items("extension"), timeout])));
        yield return new Fault("filter as code", "Subscription.criteria", root.With("_criteria", Node.Object(
            ("extension", Node.Array(Extension("backport-filter-criteria", ("valueCode", "x")))))));
    }

    private static ObjectNode Extension(string name, params (string, Node?)[] value) =>
        Node.Object([("url", Guide + name), .. value]);

    private static IEnumerable<Fault> Notification(ObjectNode root)
    {
        var entries = root.Items("entry");
        if (entries is not [ObjectNode first, ..] || first.Child("resource") is not { } status)
        {
            yield break;
        }

        ObjectNode Entries(ImmutableArray<Node> with) => root.With("entry", new ArrayNode(with));
        yield return new Fault("no entry", "Bundle", root.With("entry", null));
        yield return new Fault("no status", "Bundle", Entries(entries.SetItem(0, first.With("resource", null))));
        yield return new Fault("other type", "Bundle.type",
            root.With("type", "collection").With("entry", new ArrayNode([.. entries.OfType<ObjectNode>().Select(
                each => (Node)each.With("request", null).With("response", null))])));
        yield return new Fault("other first", "Bundle", Entries(entries.SetItem(0, first.With("resource", Node.Object(
            ("resourceType", "Basic"), ("code", Node.Object(("text", "x"))))))));
        yield return new Fault("two statuses", "Bundle", Entries(entries.Add(first.With("fullUrl", "urn:uuid:2"))));
        yield return new Fault("no request", "Bundle", Entries(entries.SetItem(0, first.With("request", null))));
        foreach (var (kind, node) in Status(status))
        {
            yield return new Fault(
                kind, "Bundle.entry[0].resource", Entries(entries.SetItem(0, first.With("resource", node))));
        }
    }

    private static IEnumerable<(string Kind, ObjectNode Node)> Status(ObjectNode root)
    {
        var all = root.Items("parameter");
        for (var at = 0; at < all.Length; at++)
        {
            if (all[at] is not ObjectNode parameter)
            {
                continue;
            }

            var index = at;
            ObjectNode With(Node? other) => root.With(
                "parameter", new ArrayNode(other is null ? all.RemoveAt(index) : all.SetItem(index, other)));
            var name = parameter.Text("name") ?? "";
            if (name is "subscription" or "status" or "type")
            {
                yield return ($"no {name}", With(null));
                yield return ($"{name} as string", With(Named(name, "valueString", "x")));
                yield return ($"{name} twice", root.With("parameter", new ArrayNode(all.Add(parameter))));
            }

            if (name == "status")
            {
                yield return ("other status", With(Named(name, "valueCode", "asleep")));
            }
            else if (name == "type")
            {
                yield return ("other notification type", With(Named(name, "valueCode", "postcard")));
            }
            else if (name == "topic")
            {
                yield return ("topic as uri", With(Named(name, "valueUri", "http://example.org/topic")));
            }
            else if (name == "events-since-subscription-start")
            {
                yield return ("count as integer", With(Node.Object(("name", name), ("valueInteger", 2))));
            }
            else if (name == "notification-event")
            {
                foreach (var (kind, parts) in Event(parameter.Items("part")))
                {
                    yield return (kind, With(parameter.With("part", new ArrayNode(parts))));
                }
            }
        }
    }

    private static IEnumerable<(string Kind, ImmutableArray<Node> Parts)> Event(ImmutableArray<Node> parts)
    {
        var number = parts.IndexOf(parts.First(part => (part as ObjectNode)?.Text("name") == "event-number"));
        yield return ("no event number", parts.Length > 1 ? parts.RemoveAt(number)
            : [Named("other", "valueString", "x")]);
        yield return ("event number as integer", parts.SetItem(number, Node.Object(
            ("name", "event-number"), ("valueInteger", 2))));
        yield return ("two event numbers", parts.Add(parts[number]));
        yield return ("focus as text", parts.Add(Named("focus", "valueString", "Encounter/1")));
        yield return ("timestamp as dateTime", parts.Add(Named("timestamp", "valueDateTime", "2020-01-01")));
    }

    private static ObjectNode Named(string name, string member, string value) =>
        Node.Object(("name", name), (member, value));
}
