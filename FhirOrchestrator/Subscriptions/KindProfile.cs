using FhirOrchestrator.Fhir.Json;
using FhirOrchestrator.Fhir.Notifications;

namespace FhirOrchestrator.Subscriptions;

/// <summary>
/// What is special about one kind of EHR where subscriptions are concerned: a file in <c>Kinds/</c>. Every difference
/// between servers stands there; the code asks the profile and never the server's name.
/// </summary>
internal sealed record KindProfile
{
    /// <summary>The file's name without <c>.json</c>: the value of <c>Ehrs:N:Kind</c>.</summary>
    public required string Name { get; init; }

    /// <summary>What it is, for people.</summary>
    public required string About { get; init; }

    /// <summary>Whether to submit R4 criteria or a Backport topic.</summary>
    public required WireForm Form { get; init; }

    /// <summary>
    /// How much a notification shall carry; empty in the classic form means no <c>channel.payload</c>.
    /// </summary>
    public required PayloadContent Content { get; init; }

    /// <summary>
    /// The topic for each resource type; without one the type cannot be subscribed to in the Backport form.
    /// </summary>
    public required ImmutableDictionary<string, KindTopic> Topics { get; init; }

    /// <summary>How a topic's filter is written.</summary>
    public required FilterSyntax FilterSyntax { get; init; }

    /// <summary>
    /// The status that is submitted: <c>requested</c>, or <c>active</c> where nothing else ever fires.
    /// </summary>
    public required string SubmitStatus { get; init; }

    /// <summary>How a subscription in error or off is brought back.</summary>
    public required ReactivateBy Reactivate { get; init; }

    /// <summary>The status that brings it back.</summary>
    public required string ReactivateStatus { get; init; }

    /// <summary>True where a handshake comes before the first event.</summary>
    public required bool Handshake { get; init; }

    /// <summary>True where events come although the status stays <c>requested</c>.</summary>
    public required bool ActiveWhenHeard { get; init; }

    /// <summary>How long it may stay <c>requested</c> before it is submitted again.</summary>
    public required TimeSpan ActivationMax { get; init; }

    /// <summary>True where <c>Subscription?url=</c> finds our own.</summary>
    public required bool Search { get; init; }

    /// <summary>True where a Subscription can be updated.</summary>
    public required bool Update { get; init; }

    /// <summary>True where a Subscription can be deleted.</summary>
    public required bool Delete { get; init; }

    /// <summary>The methods with which its notifications come; others are taken in too, and logged.</summary>
    public required ImmutableArray<string> Verbs { get; init; }

    /// <summary>
    /// What it wants to read in a success, by method; a transaction is always answered by its response.
    /// </summary>
    public required ImmutableDictionary<string, ReplyBody> Replies { get; init; }

    /// <summary>What becomes of a header's value on its way.</summary>
    public required HeaderValues HeaderValues { get; init; }

    /// <summary>Whether event numbers can tell of a lost notification.</summary>
    public required EventNumbers EventNumbers { get; init; }

    /// <summary>How a deletion is told.</summary>
    public required DeletesBy Deletes { get; init; }

    /// <summary>Whether a Communication stored there reaches anybody; unless yes, a person sends it.</summary>
    public required ReachesInbox StoredCommunicationReachesInbox { get; init; }

    /// <summary>The write tier (0 to 3) where it is known of this kind: how "at most once" can be had there.</summary>
    public required int? WriteTier { get; init; }

    /// <summary>Extensions of the channel that this kind understands.</summary>
    public required ImmutableArray<ObjectNode> ChannelExtensions { get; init; }

    /// <summary>Extensions of the Subscription that this kind understands.</summary>
    public required ImmutableArray<ObjectNode> Extensions { get; init; }
}

/// <summary>A topic that an EHR offers.</summary>
/// <param name="Url">Its canonical URL.</param>
/// <param name="Filters">The search parameters that may filter it; null: all. Others are left out: we filter
/// again.</param>
/// <param name="Narrow">What it leaves untold, in words; null where it tells of every change.</param>
internal sealed record KindTopic(string Url, ImmutableArray<string>? Filters, string? Narrow);

/// <summary>The form of a subscription.</summary>
internal enum WireForm
{
    Classic,
    Backport,
}

/// <summary>How a Backport filter is written: the guide's prose and its examples differ.</summary>
internal enum FilterSyntax
{
    /// <summary><c>Encounter?class=IMP</c>.</summary>
    TypeAndQuery,

    /// <summary><c>class=IMP</c>.</summary>
    Query,
}

/// <summary>How a subscription is brought back.</summary>
internal enum ReactivateBy
{
    Update,

    /// <summary>Delete and create: an update starts nothing there.</summary>
    Recreate,
}

/// <summary>What a sender reads in our 200.</summary>
internal enum ReplyBody
{
    /// <summary>An OperationOutcome.</summary>
    Outcome,

    /// <summary>The resource as it was sent.</summary>
    Echo,
}

/// <summary>What becomes of a header's value.</summary>
internal enum HeaderValues
{
    Whole,

    /// <summary>The header is split at every colon: nothing behind a second one arrives.</summary>
    CutAtSecondColon,
}

/// <summary>What event numbers say.</summary>
internal enum EventNumbers
{
    None,

    /// <summary>They count on; a hole is a lost notification.</summary>
    Monotonic,

    /// <summary>They begin again at 1 now and then: never used to tell duplicates.</summary>
    Restart,
}

/// <summary>How a deletion is told.</summary>
internal enum DeletesBy
{
    None,

    /// <summary>As an entry of the notification bundle.</summary>
    Bundle,

    /// <summary>As an HTTP DELETE of the hook's <c>Type/id</c>.</summary>
    Verb,

    /// <summary>As a POST with a header that names the resource.</summary>
    Header,
}

/// <summary>Whether a stored Communication reaches somebody's inbox.</summary>
internal enum ReachesInbox
{
    Unknown,
    Yes,
    No,
}
