namespace FhirOrchestrator.Fhir.Notifications;

/// <summary>The codes and URLs of the Subscriptions R5 Backport guide (1.1.0).</summary>
internal static class NotificationWords
{
    /// <summary>Where the guide's profiles and extensions live, with a slash at the end.</summary>
    public const string Backport = "http://hl7.org/fhir/uv/subscriptions-backport/StructureDefinition/";

    public const string SubscriptionProfile = Backport + "backport-subscription";
    public const string NotificationProfile = Backport + "backport-subscription-notification-r4";
    public const string StatusProfile = Backport + "backport-subscription-status-r4";
    public const string PayloadContentUrl = Backport + "backport-payload-content";
    public const string FilterCriteriaUrl = Backport + "backport-filter-criteria";
    public const string HeartbeatPeriodUrl = Backport + "backport-heartbeat-period";
    public const string TimeoutUrl = Backport + "backport-timeout";
    public const string MaxCountUrl = Backport + "backport-max-count";
    public const string ChannelTypeUrl = Backport + "backport-channel-type";

    /// <summary>The extension of <c>CapabilityStatement.rest.resource</c> that lists a topic.</summary>
    public const string TopicCanonicalUrl = Backport + "capabilitystatement-subscriptiontopic-canonical";

    /// <summary>The operation behind <c>$status</c>.</summary>
    public const string StatusOperation =
        "http://hl7.org/fhir/uv/subscriptions-backport/OperationDefinition/backport-subscription-status";

    /// <summary>The media type of FHIR JSON, as notifications are sent.</summary>
    public const string FhirJson = "application/fhir+json";

    public static string Code(NotificationType type) => type switch
    {
        NotificationType.Handshake => "handshake",
        NotificationType.Heartbeat => "heartbeat",
        NotificationType.EventNotification => "event-notification",
        NotificationType.QueryStatus => "query-status",
        NotificationType.QueryEvent => "query-event",
    };

    public static NotificationType? Type(string? code) => code switch
    {
        "handshake" => NotificationType.Handshake,
        "heartbeat" => NotificationType.Heartbeat,
        "event-notification" => NotificationType.EventNotification,
        "query-status" => NotificationType.QueryStatus,
        "query-event" => NotificationType.QueryEvent,
        _ => null,
    };

    public static string Code(PayloadContent content) => content switch
    {
        PayloadContent.Empty => "empty",
        PayloadContent.IdOnly => "id-only",
        PayloadContent.FullResource => "full-resource",
    };

    public static PayloadContent? Content(string? code) => code switch
    {
        "empty" => PayloadContent.Empty,
        "id-only" => PayloadContent.IdOnly,
        "full-resource" => PayloadContent.FullResource,
        _ => null,
    };

    /// <summary>
    /// True for a media type that promises FHIR JSON, with whatever parameters: <c>fhirVersion=4.0</c>, a charset. Only
    /// UTF-8 is FHIR JSON (R4, json); a missing media type is for the reader of the bytes to judge.
    /// </summary>
    public static bool IsFhirJson(string? mediaType)
    {
        if (mediaType is null)
        {
            return false;
        }

        var parts = mediaType.Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        if (parts is [] || !JsonTypes.Contains(parts[0]))
        {
            return false;
        }

        foreach (var parameter in parts.AsSpan(1))
        {
            if (parameter.Split('=', 2, StringSplitOptions.TrimEntries) is [var name, var value]
                && name.Equals("charset", StringComparison.OrdinalIgnoreCase)
                && !value.Trim('"').Equals("utf-8", StringComparison.OrdinalIgnoreCase))
            {
                return false;
            }
        }

        return true;
    }

    private static readonly ImmutableHashSet<string> JsonTypes = ImmutableHashSet.Create(
        StringComparer.OrdinalIgnoreCase, FhirJson, "application/json", "application/json+fhir", "text/json");
}
