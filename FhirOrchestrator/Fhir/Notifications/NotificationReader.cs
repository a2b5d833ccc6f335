using System.Globalization;
using FhirOrchestrator.Fhir.Json;

namespace FhirOrchestrator.Fhir.Notifications;

/// <summary>
/// Reads what EHRs send, leniently, because none of them follows the guide in everything: entries without request and
/// response, numbers as numbers or text, absolute references, a status that is not the first entry, the R4B and R5
/// SubscriptionStatus in place of Parameters.
/// </summary>
internal static class NotificationReader
{
    /// <summary>
    /// The notification in a bundle; null where it is none: no bundle, no status in it, a type unknown to the guide, or
    /// a bundle type that notifications never have (a transaction, a searchset).
    /// </summary>
    public static Notification? Read(Resource resource)
    {
        if (resource.Type != "Bundle" || IsForeign(resource.Root.Text("type")))
        {
            return null;
        }

        var entries = resource.Root.Children("entry").ToImmutableArray();
        for (var at = 0; at < entries.Length; at++)
        {
            if (Resource.From(entries[at]["resource"]) is { } candidate
                && StatusReader.Read(candidate, entries[at]) is { } status)
            {
                return status with { Events = EntryPairing.Pair(status, entries.RemoveAt(at)) };
            }
        }

        return null;
    }

    /// <summary>
    /// The statuses that <c>$status</c> answered: in a searchset, or one alone. Unreadable ones are left out.
    /// </summary>
    public static ImmutableArray<Notification> ReadStatuses(Resource resource)
    {
        if (resource.Type != "Bundle")
        {
            return StatusReader.Read(resource, entry: null) is { } alone ? [alone] : [];
        }

        var found = ImmutableArray.CreateBuilder<Notification>();
        foreach (var entry in resource.Root.Children("entry"))
        {
            if (Resource.From(entry["resource"]) is { } each && StatusReader.Read(each, entry) is { } status)
            {
                found.Add(status);
            }
        }

        return found.DrainToImmutable();
    }

    /// <summary>
    /// A notification in R4's classic form: a resource, a transaction of resources (HAPI's search of the payload), only
    /// <c>Type/id</c> in the address, or nothing at all. Null where address and body contradict each other.
    /// </summary>
    /// <param name="type">The resource type in the address that was called, null where the address names none.</param>
    /// <param name="id">The id in the address.</param>
    /// <param name="body">The body; null where it is empty.</param>
    /// <param name="isDeleted">True where the call itself says deletion: a DELETE, or a header that names the
    /// resource.</param>
    public static Notification? ReadClassic(string? type, string? id, Resource? body, bool isDeleted)
    {
        if (body is { Type: "Bundle" } bundle && bundle.Root.Text("type") is "transaction" or "batch")
        {
            return Classic([.. bundle.Root.Children("entry")
                .Select(entry => Resource.From(entry["resource"]))
                .OfType<Resource>()
                .Where(each => each.Id is not null)
                .Select(each => Whole(each, isDeleted: false))]);
        }

        if (body is not null)
        {
            var contradicts = (type is not null && type != body.Type)
                || (id is not null && body.Id is not null && id != body.Id);
            return contradicts || (id ?? body.Id) is not { } known
                ? null
                : Classic([Whole(body.WithId(known), isDeleted)]);
        }

        return type is null || id is null
            ? Classic([])
            : Classic(
                [new NotificationEvent { Focus = ResourceReference.Parse($"{type}/{id}"), IsDeleted = isDeleted }]);
    }

    private static Notification Classic(ImmutableArray<NotificationEvent> events) =>
        new() { Type = NotificationType.EventNotification, Events = events };

    private static NotificationEvent Whole(Resource resource, bool isDeleted) => new()
    {
        At = resource.LastUpdated,
        Focus = ResourceReference.Parse(resource.Path),
        Resource = isDeleted ? null : resource,
        Version = resource.VersionId,
        IsDeleted = isDeleted,
    };

    private static bool IsForeign(string? bundleType) =>
        bundleType is "transaction" or "transaction-response" or "batch" or "batch-response"
            or "searchset" or "document";
}

/// <summary>Reads the status resource of a notification: Parameters (R4) or SubscriptionStatus (R4B, R5).</summary>
internal static class StatusReader
{
    /// <summary>The notification without its entries' resources; null where the resource is no status.</summary>
    public static Notification? Read(Resource resource, ObjectNode? entry)
    {
        var fields = resource.Type switch
        {
            "Parameters" => OfParameters(resource.Root.Children("parameter")),
            "SubscriptionStatus" => OfStatus(resource.Root),
            _ => null,
        };
        if (fields is null)
        {
            return null;
        }

        var events = fields["notificationevent"].OfType<ObjectNode>().Select(each => ReadEvent(each, resource.Type));
        var told = events.ToImmutableArray();
        var code = Text(fields["type"]);
        var type = code is null && !told.IsEmpty ? NotificationType.EventNotification : NotificationWords.Type(code);
        var subscription = Reference(fields["subscription"]) ?? OfRequest(entry);
        return type is null || (subscription is null && Text(fields["status"]) is null && told.IsEmpty)
            ? null
            : new Notification
            {
                Type = type.Value,
                Subscription = subscription,
                Topic = Text(fields["topic"]),
                Status = Text(fields["status"]),
                EventsSinceStart = Number(fields["eventssincesubscriptionstart"]),
                Events = told,
                Errors = [.. fields["error"].OfType<ObjectNode>().Select(ErrorText).OfType<string>()],
            };
    }

    private static NotificationEvent ReadEvent(ObjectNode node, string form)
    {
        var fields = form == "Parameters" ? OfParameters(node.Children("part")) : OfStatus(node);
        var focus = Reference(fields["focus"]) is { } text ? ResourceReference.Parse(text) : null;
        return new NotificationEvent
        {
            Number = Number(fields["eventnumber"]),
            At = Resource.Instant(Text(fields["timestamp"])),
            Focus = focus,
            AdditionalContext = [.. fields["additionalcontext"]
                .Select(each => Reference([each])).OfType<string>().Select(ResourceReference.Parse)],
            Version = focus?.Version,
        };
    }

    // Names are compared without hyphens and case: drafts of the guide and R5 spell them differently.
    private static ILookup<string, Node> OfParameters(IEnumerable<ObjectNode> parameters) => parameters
        .Where(each => each.Text("name") is not null)
        .ToLookup(each => Plain(each.Text("name") ?? ""), Value);

    private static ILookup<string, Node> OfStatus(ObjectNode status) => status.Members
        .SelectMany(member => member.Value.AsItems.Select(item => (member.Name, item)))
        .ToLookup(each => Plain(each.Name), each => each.item);

    // A parameter with parts stands for itself; any other one for its value, of whatever type.
    private static Node Value(ObjectNode parameter)
    {
        foreach (var member in parameter.Members)
        {
            if (member.Name.StartsWith("value", StringComparison.Ordinal))
            {
                return member.Value;
            }
        }

        return parameter;
    }

    private static string Plain(string name) => name.Replace("-", "", StringComparison.Ordinal).ToLowerInvariant();

    private static string? Text(IEnumerable<Node> values) => values.FirstOrDefault()?.AsText;

    private static string? Reference(IEnumerable<Node> values) => values.FirstOrDefault() switch
    {
        ObjectNode reference => reference.Text("reference"),
        TextNode uri => uri.Value,
        _ => null,
    };

    private static long? Number(IEnumerable<Node> values)
    {
        var text = values.FirstOrDefault() switch
        {
            TextNode node => node.Value,
            NumberNode node => node.Text,
            _ => null,
        };
        return long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
    }

    private static string? OfRequest(ObjectNode? entry) =>
        entry?.Child("request")?.Text("url") is { } url && url.EndsWith("/$status", StringComparison.Ordinal)
            ? url[..^"/$status".Length]
            : null;

    private static string? ErrorText(ObjectNode concept) =>
        concept.Children("coding").FirstOrDefault() is { } coding
            ? $"{coding.Text("system")}|{coding.Text("code")}"
            : concept.Text("text");
}

/// <summary>Finds for each event the entry that carries its focus.</summary>
internal static class EntryPairing
{
    /// <summary>
    /// The events of a status with what the other entries tell about their focus. Several entries of one resource
    /// belong to its events in order, if there are as many; otherwise none of them is attributed.
    /// </summary>
    public static ImmutableArray<NotificationEvent> Pair(Notification status, ImmutableArray<ObjectNode> entries)
    {
        if (status.Events.IsEmpty)
        {
            return status.IsNews ? [.. entries.Select(Alone).OfType<NotificationEvent>()] : [];
        }

        if (status.Events.All(each => each.Focus is null))
        {
            return status.IsNews && status.Events.Length == entries.Length
                ? [.. status.Events.Zip(entries, (told, entry) => Filled(told, entry))]
                : status.Events;
        }

        var byPath = entries.Where(entry => PathOf(entry) is not null).ToLookup(PathOf, StringComparer.Ordinal);
        var paths = status.Events.ToLookup(each => each.Focus?.Path, StringComparer.Ordinal);
        var next = new Dictionary<string, int>(StringComparer.Ordinal);
        var filled = ImmutableArray.CreateBuilder<NotificationEvent>(status.Events.Length);
        foreach (var told in status.Events)
        {
            var path = told.Focus?.Path;
            var candidates = path is null ? [] : byPath[path].ToImmutableArray();
            if (path is null || candidates.Length != paths[path].Count())
            {
                filled.Add(told);
                continue;
            }

            var turn = next.GetValueOrDefault(path);
            next[path] = turn + 1;
            filled.Add(Filled(told, candidates[turn]));
        }

        return filled.DrainToImmutable();
    }

    private static NotificationEvent? Alone(ObjectNode entry) =>
        PathOf(entry) is null ? null : Filled(new NotificationEvent(), entry);

    private static NotificationEvent Filled(NotificationEvent told, ObjectNode entry)
    {
        var resource = Resource.From(entry["resource"]);
        var response = entry.Child("response");
        var isDeleted = entry.Child("request")?.Text("method") == "DELETE"
            || response?.Text("status")?.StartsWith("410", StringComparison.Ordinal) == true;
        return told with
        {
            Focus = told.Focus ?? (PathOf(entry) is { } path ? ResourceReference.Parse(path) : null),
            Resource = isDeleted ? null : resource,
            Version = told.Version ?? resource?.VersionId ?? OfEtag(response?.Text("etag")),
            IsDeleted = isDeleted,
        };
    }

    private static string? PathOf(ObjectNode entry)
    {
        if (Resource.From(entry["resource"]) is { Id: not null } resource)
        {
            return resource.Path;
        }

        return entry.Text("fullUrl") is { } url && ResourceReference.Parse(url).Path is { } full ? full
            : entry.Child("request")?.Text("url") is { } called ? ResourceReference.Parse(called).Path
            : null;
    }

    private static string? OfEtag(string? etag) =>
        etag?.Replace("W/", "", StringComparison.Ordinal).Trim('"') is { Length: > 0 } version ? version : null;
}
