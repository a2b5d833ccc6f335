using FhirOrchestrator.Facts;

namespace FhirOrchestrator.Intake;

/// <summary>What a delivery says, whatever form it came in.</summary>
internal abstract record ReadDelivery
{
    private ReadDelivery()
    {
    }

    /// <summary>Something happened.</summary>
    /// <param name="Hints">Which resources to read, each once, in the order told.</param>
    /// <param name="Look">True where the EHR only says that something changed: go and look as well.</param>
    /// <param name="Foreign">How many references lead to other servers; they are not followed.</param>
    public sealed record News(ImmutableArray<Hint> Hints, bool Look, int Foreign) : ReadDelivery;

    /// <summary>Nothing to act on: a handshake, a heartbeat or a status.</summary>
    /// <param name="Kind">Its notification type.</param>
    public sealed record Nothing(string Kind) : ReadDelivery;

    /// <summary>Nobody can tell what it says: a person looks at it, and the sweep finds what it was about.</summary>
    /// <param name="Reason">A code, one of <see cref="UnreadableReasons"/>.</param>
    /// <param name="Words">The reason in words, without the content.</param>
    public sealed record Unreadable(string Reason, string Words) : ReadDelivery;
}

/// <summary>A resource that something is said about.</summary>
/// <param name="Key">Which one.</param>
/// <param name="Version">The version told of, null where none is told: it may be outdated, the EHR's current one
/// counts.</param>
/// <param name="IsDeleted">True where its deletion is told.</param>
internal sealed record Hint(ResourceKey Key, string? Version, bool IsDeleted);

/// <summary>Why a delivery cannot be read.</summary>
internal static class UnreadableReasons
{
    /// <summary>No JSON, or JSON that two readers could read differently.</summary>
    public const string NotJson = "not-json";

    /// <summary>JSON, but no FHIR resource.</summary>
    public const string NotFhir = "not-fhir";

    /// <summary>A resource, but no form of notification that is known.</summary>
    public const string UnknownForm = "unknown-form";

    /// <summary>Address and body tell of different resources.</summary>
    public const string Contradiction = "contradiction";

    /// <summary>Only references to other servers.</summary>
    public const string ForeignReference = "foreign-reference";

    /// <summary>A deletion that does not say of what.</summary>
    public const string NoTarget = "no-target";
}
