using System.Globalization;
using FhirOrchestrator.Fhir.Json;

namespace FhirOrchestrator.Outcomes;

/// <summary>Whose a version of one of our resources is.</summary>
internal enum Authorship
{
    /// <summary>We wrote it: nothing to learn.</summary>
    Ours,

    /// <summary>
    /// The chain has taken in this content, or a newer one, already: nothing to learn, whoever wrote it.
    /// </summary>
    Known,

    /// <summary>Another hand changed it.</summary>
    Theirs,
}

/// <summary>
/// Tells our own writes from other hands' edits when they come back: by the version that our write made, by the hash of
/// what we sent (its answer may have been lost), and by what the chain has taken in before. That last one holds only as
/// long as <see cref="Effect.Body"/> gets another hand's content after its event was applied, never before.
/// </summary>
internal static class OwnWrite
{
    /// <summary>Whose a resource as the EHR has it is, against what we know of it.</summary>
    public static Authorship Of(Resource seen, Effect known)
    {
        if (seen.VersionId is { } version && version == known.Version)
        {
            return Authorship.Ours;
        }

        if (ContentHash.Of(seen) == known.ContentHash)
        {
            return Authorship.Ours;
        }

        return known.Content is { } last && (IsOlder(seen, last) || ContentHash.Of(seen) == ContentHash.Of(last))
            ? Authorship.Known
            : Authorship.Theirs;
    }

    /// <summary>
    /// True where a version came before another: by <c>versionId</c> where both are numbers, else by
    /// <c>lastUpdated</c>.
    /// </summary>
    public static bool IsOlder(Resource one, Resource other)
    {
        if (long.TryParse(one.VersionId, NumberStyles.None, CultureInfo.InvariantCulture, out var first)
            && long.TryParse(other.VersionId, NumberStyles.None, CultureInfo.InvariantCulture, out var second))
        {
            return first < second;
        }

        return one.LastUpdated is { } earlier && other.LastUpdated is { } later && earlier < later;
    }
}
