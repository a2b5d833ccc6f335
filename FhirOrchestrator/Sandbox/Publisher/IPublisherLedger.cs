namespace FhirOrchestrator.Sandbox.Publisher;

/// <summary>
/// What the publisher must not forget: how far the feed is routed, each Subscription's event count, and the deliveries
/// that are due.
/// </summary>
internal interface IPublisherLedger
{
    /// <summary>Where the publisher stopped.</summary>
    Task<LedgerStart> LoadAsync(CancellationToken ct);

    /// <summary>
    /// Stores what came of a page of the feed, all or nothing. False where the feed was routed further by somebody
    /// else: load again.
    /// </summary>
    Task<bool> CommitAsync(RoutedPage page, CancellationToken ct);

    /// <summary>
    /// The deliveries of a Subscription in order, held ones included, at most <paramref name="countMax"/>.
    /// </summary>
    Task<ImmutableArray<Delivery>> ReadQueueAsync(string subscription, int countMax, CancellationToken ct);

    /// <summary>Takes a delivery from the queue.</summary>
    Task DeliveredAsync(long sequence, CancellationToken ct);

    /// <summary>How many events a Subscription has seen; null where it is unknown.</summary>
    Task<long?> CountEventsAsync(string subscription, CancellationToken ct);

    /// <summary>What the publisher did and failed to do on purpose.</summary>
    Task<MischiefReport> ReportAsync(CancellationToken ct);

    /// <summary>The seal of header values; the same for ever.</summary>
    Task<HeaderSeal> ReadSealAsync(CancellationToken ct);

    /// <summary>The misbehaviour in force.</summary>
    Task<Misbehaviour> ReadMisbehaviourAsync(CancellationToken ct);

    /// <summary>Sets the misbehaviour from now on and forgets the counts and the dropped versions.</summary>
    Task SetMisbehaviourAsync(Misbehaviour misbehaviour, CancellationToken ct);
}

/// <summary>A Subscription that the publisher knows.</summary>
/// <param name="Id">The Subscription's id.</param>
/// <param name="Events">Events generated for it so far.</param>
internal sealed record Subscriber(string Id, long Events);

/// <summary>Where the publisher stopped.</summary>
internal sealed record LedgerStart(long Position, ImmutableArray<Subscriber> Subscribers, Misbehaviour Misbehaviour);

/// <summary>A notification that is due.</summary>
/// <param name="Sequence">Its place in the queue, given by the ledger; 0 before it is stored.</param>
/// <param name="HeldUntil">Not before this instant; the rest of the queue does not wait for it.</param>
internal sealed record Delivery(
    long Sequence, string Subscription, long EventNumber, ChangeKey Change, DateTimeOffset? HeldUntil);

/// <summary>A change by its name.</summary>
internal sealed record ChangeKey(string Type, string Id, string Version, bool IsDeleted, DateTimeOffset At)
{
    /// <summary><c>Type/id/_history/version</c>.</summary>
    public string VersionedPath => $"{Type}/{Id}/_history/{Version}";
}

/// <summary>What came of a page of the feed.</summary>
internal sealed record RoutedPage
{
    /// <summary>The position that the page starts behind: the fence.</summary>
    public required long Before { get; init; }

    public required long After { get; init; }

    /// <summary>The event counts of the Subscriptions that the page concerns, new ones included.</summary>
    public required ImmutableArray<Subscriber> Subscribers { get; init; }

    /// <summary>Subscriptions whose queue as it stands in the ledger is thrown away: off, error.</summary>
    public required ImmutableArray<string> Cleared { get; init; }

    /// <summary>Subscriptions that are gone.</summary>
    public required ImmutableArray<string> Ended { get; init; }

    public required ImmutableArray<Delivery> Deliveries { get; init; }

    /// <summary>What was dropped on purpose: Subscription, number, change.</summary>
    public required ImmutableArray<Delivery> Dropped { get; init; }

    public required int Duplicated { get; init; }

    public required int Reordered { get; init; }
}

/// <summary>What the publisher did since the misbehaviour was last set.</summary>
internal sealed record MischiefReport(
    Misbehaviour Misbehaviour, long Duplicated, long Reordered, long Waiting, ImmutableArray<string> Dropped);
