using FhirOrchestrator.Fhir.Notifications;
using FhirOrchestrator.Fhir.Search;

namespace FhirOrchestrator.Sandbox.Publisher;

/// <summary>Where a Subscription stands (R4, subscription-status).</summary>
internal enum SubscriptionState
{
    Requested,
    Active,
    Error,
    Off,
}

/// <summary>A Subscription in the form in which changes are matched and delivered.</summary>
internal sealed record PublishedSubscription
{
    public required string Id { get; init; }

    public required string Version { get; init; }

    public required SubscriptionState State { get; init; }

    /// <summary>The topic of a Backport subscription; null for classic criteria.</summary>
    public required string? Topic { get; init; }

    /// <summary>The resource type that it watches.</summary>
    public required string ResourceType { get; init; }

    /// <summary>The search filters, all of which must match.</summary>
    public required ImmutableArray<SearchQuery> Filters { get; init; }

    /// <summary>The endpoint as it was written.</summary>
    public required Uri Endpoint { get; init; }

    /// <summary>The media type to send; null for a classic subscription without content.</summary>
    public required string? Payload { get; init; }

    /// <summary>What a Backport notification carries; null for classic criteria.</summary>
    public required PayloadContent? Content { get; init; }

    /// <summary>The headers to send along.</summary>
    public required ImmutableArray<ChannelHeader> Headers { get; init; }

    /// <summary>How long the endpoint may take at most; null: as the publisher is set.</summary>
    public required TimeSpan? Timeout { get; init; }

    /// <summary>When it ends by itself.</summary>
    public required DateTimeOffset? End { get; init; }
}

/// <summary>One <c>channel.header</c>, taken apart at its first colon.</summary>
internal sealed record ChannelHeader(string Name, string Value);

/// <summary>Why a Subscription is refused.</summary>
/// <param name="Path">The element.</param>
/// <param name="Message">Expected and got; never a header's value.</param>
internal sealed record SubscriptionRefusal(string Path, string Message);

/// <summary>A search that one resource can be judged by, or why it cannot be.</summary>
internal sealed record CriteriaReading(SearchQuery? Query, string? Problem);

/// <summary>Compiles the part of a search URL behind the question mark for a resource type.</summary>
internal delegate CriteriaReading CriteriaCompiler(string resourceType, string query);
