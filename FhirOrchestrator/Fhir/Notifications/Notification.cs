using FhirOrchestrator.Fhir.Json;

namespace FhirOrchestrator.Fhir.Notifications;

/// <summary>Why a notification was sent (Subscriptions R5 Backport 1.1.0, subscription-notification-type).</summary>
internal enum NotificationType
{
    /// <summary>The publisher tries whether the endpoint answers; counts no event.</summary>
    Handshake,

    /// <summary>The publisher says that it is alive; may repeat the last event and is never acted on.</summary>
    Heartbeat,

    /// <summary>Something happened.</summary>
    EventNotification,

    /// <summary>The answer to <c>$status</c>.</summary>
    QueryStatus,

    /// <summary>The answer to <c>$events</c>.</summary>
    QueryEvent,
}

/// <summary>How much of a resource a notification carries (Backport 1.1.0, payload types).</summary>
internal enum PayloadContent
{
    /// <summary>Nothing: the receiver goes and looks.</summary>
    Empty,

    /// <summary>References only.</summary>
    IdOnly,

    /// <summary>The resources themselves.</summary>
    FullResource,
}

/// <summary>
/// What a publisher told, whatever form it took on the wire. The content is a hint: the EHR's own state counts.
/// </summary>
internal sealed record Notification
{
    public required NotificationType Type { get; init; }

    /// <summary>
    /// The reference to the Subscription as it was written; null for classic notifications, which carry none.
    /// </summary>
    public string? Subscription { get; init; }

    /// <summary>The topic's canonical URL; null where it was left out.</summary>
    public string? Topic { get; init; }

    /// <summary>The Subscription's status at the publisher; null where it was left out.</summary>
    public string? Status { get; init; }

    /// <summary>
    /// How many events the publisher generated so far, this one included; null where it does not count.
    /// </summary>
    public long? EventsSinceStart { get; init; }

    /// <summary>The events told, in the order told; none for an announcement without content ("go and look").</summary>
    public ImmutableArray<NotificationEvent> Events { get; init; } = [];

    /// <summary>The errors of the Subscription, <c>system|code</c> or text.</summary>
    public ImmutableArray<string> Errors { get; init; } = [];

    /// <summary>
    /// True where the events are news. A heartbeat may repeat the last event (seen at running servers), a handshake and
    /// <c>$status</c> announce nothing.
    /// </summary>
    public bool IsNews => Type is NotificationType.EventNotification or NotificationType.QueryEvent;

    /// <summary>The id of the Subscription at the publisher, null where it is not told.</summary>
    public string? SubscriptionId => Subscription is null ? null : ResourceReference.Parse(Subscription).Id;
}

/// <summary>One event of a notification.</summary>
internal sealed record NotificationEvent
{
    /// <summary>The event's number in its Subscription; not every publisher keeps it monotonic.</summary>
    public long? Number { get; init; }

    /// <summary>When it happened, by the publisher's clock.</summary>
    public DateTimeOffset? At { get; init; }

    /// <summary>What it is about; null in an empty notification.</summary>
    public ResourceReference? Focus { get; init; }

    /// <summary>Other resources that belong to it.</summary>
    public ImmutableArray<ResourceReference> AdditionalContext { get; init; } = [];

    /// <summary>The focus as it was sent along; null where only its reference was.</summary>
    public Resource? Resource { get; init; }

    /// <summary>The focus's version where the notification tells it.</summary>
    public string? Version { get; init; }

    /// <summary>True where the event is the focus's deletion.</summary>
    public bool IsDeleted { get; init; }
}
