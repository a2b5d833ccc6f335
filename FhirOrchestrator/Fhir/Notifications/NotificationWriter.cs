using System.Globalization;
using FhirOrchestrator.Fhir.Json;

namespace FhirOrchestrator.Fhir.Notifications;

/// <summary>Which resource carries a notification's status.</summary>
internal enum StatusForm
{
    /// <summary>Parameters, the Backport guide's way for R4.</summary>
    Parameters,

    /// <summary>SubscriptionStatus, as R4B knows it.</summary>
    SubscriptionStatus,
}

/// <summary>How a notification is to be written.</summary>
/// <param name="BaseUrl">The publisher's FHIR base, without a slash at its end: references become absolute with
/// it.</param>
/// <param name="Content">How much is told.</param>
/// <param name="Id">The id of the bundle and of the status within it.</param>
/// <param name="At">The bundle's instant.</param>
/// <param name="Form">The resource for the status.</param>
internal sealed record NotificationShape(
    string BaseUrl, PayloadContent Content, Guid Id, DateTimeOffset At, StatusForm Form = StatusForm.Parameters);

/// <summary>
/// Writes notifications as the Backport guide 1.1.0 words them: a history bundle whose first entry is the status; every
/// entry has request and response (bdl-3, bdl-4 of R4's Bundle); event numbers are strings.
/// </summary>
internal static class NotificationWriter
{
    /// <summary>The bundle of a notification, for the endpoint or as the answer to <c>$events</c>.</summary>
    public static Resource Write(Notification notification, NotificationShape shape)
    {
        var entries = ImmutableArray.CreateBuilder<Node>();
        entries.Add(StatusEntry(notification, shape));
        if (shape.Content != PayloadContent.Empty && notification.IsNews)
        {
            AddFocuses(entries, notification, shape);
        }

        return Resource.Create(
            "Bundle",
            ("id", shape.Id.ToString()),
            ("meta", shape.Form == StatusForm.Parameters ? Profile(NotificationWords.NotificationProfile) : null),
            ("type", "history"),
            ("timestamp", Resource.InstantText(shape.At)),
            ("entry", new ArrayNode(entries.DrainToImmutable())));
    }

    /// <summary>The answer to <c>$status</c>: a searchset with one status a Subscription.</summary>
    public static Resource WriteStatuses(
        IReadOnlyCollection<(Notification Status, Guid Id)> statuses, string baseUrl, DateTimeOffset at) =>
            Resource.Create(
        "Bundle",
        ("type", "searchset"),
        ("timestamp", Resource.InstantText(at)),
        ("total", statuses.Count),
        ("entry", Node.Array(statuses.Select(each => Node.Object(
            ("fullUrl", $"urn:uuid:{each.Id}"),
            ("resource", Status(each.Status, new NotificationShape(baseUrl, PayloadContent.IdOnly, each.Id, at)).Root),
            ("search", Node.Object(("mode", "match"))))))));

    /// <summary>The status resource alone.</summary>
    public static Resource Status(Notification notification, NotificationShape shape) =>
        shape.Form == StatusForm.Parameters ? Parameters(notification, shape) : SubscriptionStatus(notification, shape);

    private static ObjectNode StatusEntry(Notification notification, NotificationShape shape) => Node.Object(
        ("fullUrl", $"urn:uuid:{shape.Id}"),
        ("resource", Status(notification, shape).Root),
        ("request", Node.Object(
            ("method", "GET"),
            ("url", Absolute(notification.Subscription ?? "Subscription/unknown", shape) + "/$status"))),
        ("response", Node.Object(("status", "200"))));

    private static Resource Parameters(Notification notification, NotificationShape shape)
    {
        var parameters = ImmutableArray.CreateBuilder<Node>();
        void Add(string name, string valueName, Node? value)
        {
            if (value is not null)
            {
                parameters.Add(Node.Object(("name", name), (valueName, value)));
            }
        }

        Add("subscription", "valueReference", Reference(notification.Subscription, shape));
        Add("topic", "valueCanonical", Topic(notification, shape));
        Add("status", "valueCode", notification.Status);
        Add("type", "valueCode", NotificationWords.Code(notification.Type));
        Add("events-since-subscription-start", "valueString", Text(notification.EventsSinceStart));
        foreach (var told in notification.Events)
        {
            parameters.Add(Node.Object(("name", "notification-event"), ("part", EventParts(told, shape))));
        }

        foreach (var error in notification.Errors)
        {
            Add("error", "valueCodeableConcept", Concept(error));
        }

        return Resource.Create(
            "Parameters",
            ("id", shape.Id.ToString()),
            ("meta", Profile(NotificationWords.StatusProfile)),
            ("parameter", new ArrayNode(parameters.DrainToImmutable())));
    }

    private static ArrayNode? EventParts(NotificationEvent told, NotificationShape shape)
    {
        var parts = ImmutableArray.CreateBuilder<Node?>();
        if (Text(told.Number) is { } number)
        {
            parts.Add(Node.Object(("name", "event-number"), ("valueString", number)));
        }

        if (told.At is { } at)
        {
            parts.Add(Node.Object(("name", "timestamp"), ("valueInstant", Resource.InstantText(at))));
        }

        if (shape.Content != PayloadContent.Empty)
        {
            if (told.Focus is { } focus)
            {
                parts.Add(Node.Object(("name", "focus"), ("valueReference", Reference(focus.Text, shape))));
            }

            foreach (var context in told.AdditionalContext)
            {
                parts.Add(Node.Object(
                    ("name", "additional-context"), ("valueReference", Reference(context.Text, shape))));
            }
        }

        return Node.Array(parts.ToArray());
    }

    private static Resource SubscriptionStatus(Notification notification, NotificationShape shape) => Resource.Create(
        "SubscriptionStatus",
        ("id", shape.Id.ToString()),
        ("status", notification.Status),
        ("type", NotificationWords.Code(notification.Type)),
        ("eventsSinceSubscriptionStart", Text(notification.EventsSinceStart)),
        ("notificationEvent", Node.Array(notification.Events.Select(told => Node.Object(
            ("eventNumber", Text(told.Number)),
            ("timestamp", told.At is { } at ? Resource.InstantText(at) : null),
            ("focus", shape.Content == PayloadContent.Empty ? null : Reference(told.Focus?.Text, shape)),
            ("additionalContext", shape.Content == PayloadContent.Empty
                ? null
                : Node.Array(told.AdditionalContext.Select(each => Reference(each.Text, shape)).OfType<Node>())))))),
        ("subscription", Reference(notification.Subscription, shape)),
        ("topic", Topic(notification, shape)),
        ("error", Node.Array(notification.Errors.Select(Concept))));

    // bdl-7: a fullUrl stands once for each version, so an event that repeats one adds no second entry.
    private static void AddFocuses(
        ImmutableArray<Node>.Builder entries, Notification notification, NotificationShape shape)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var told in notification.Events)
        {
            if (told.Focus is not { } focus || focus.Path is not { } path)
            {
                continue;
            }

            var whole = shape.Content == PayloadContent.FullResource && !told.IsDeleted ? told.Resource : null;
            if (seen.Add(whole?.VersionId is { } version ? $"{path}|{version}" : path))
            {
                entries.Add(FocusEntry(told, path, whole, shape));
            }
        }
    }

    private static ObjectNode FocusEntry(NotificationEvent told, string path, Resource? whole, NotificationShape shape)
    {
        var isNew = told.Version == "1";
        var type = path[..path.IndexOf('/', StringComparison.Ordinal)];
        var (method, url, status) = told.IsDeleted ? ("DELETE", path, "204")
            : isNew ? ("POST", type, "201")
            : ("PUT", path, "200");
        return Node.Object(
            ("fullUrl", Absolute(path, shape)),
            ("resource", whole?.Root),
            ("request", Node.Object(("method", method), ("url", url))),
            ("response", Node.Object(
                ("status", status),
                ("etag", told.Version is { } version ? $"W/\"{version}\"" : null),
                ("lastModified", whole?.LastUpdated is { } at ? Resource.InstantText(at) : null))));
    }

    private static string? Topic(Notification notification, NotificationShape shape) =>
        shape.Content == PayloadContent.Empty ? null : notification.Topic;

    private static ObjectNode Profile(string url) => Node.Object(("profile", Node.Array(url)));

    private static ObjectNode? Reference(string? text, NotificationShape shape) =>
        text is null ? null : Node.Object(("reference", Absolute(text, shape)));

    private static string Absolute(string text, NotificationShape shape) =>
        ResourceReference.Parse(text) is { Base: null, Type: not null } ? $"{shape.BaseUrl}/{text}" : text;

    private static string? Text(long? number) => number?.ToString(CultureInfo.InvariantCulture);

    private static Node Concept(string error) => error.IndexOf('|', StringComparison.Ordinal) is > 0 and var bar
        ? Node.Object(("coding", Node.Array(Node.Object(("system", error[..bar]), ("code", error[(bar + 1)..])))))
        : Node.Object(("text", error));
}
