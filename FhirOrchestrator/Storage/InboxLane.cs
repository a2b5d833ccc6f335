using FhirOrchestrator.Facts;

namespace FhirOrchestrator.Storage;

/// <summary>The lanes of the inbox: what is announced about one resource is read in order, never two at once.</summary>
internal static class InboxLane
{
    /// <summary>
    /// How long a sweep's find waits behind older deliveries of its EHR that name no resource: one of them may
    /// announce the same version, and then that is what started it.
    /// </summary>
    public static readonly TimeSpan BlindWaitMax = TimeSpan.FromMinutes(5);

    /// <summary>The lane of a delivery; null where only its body tells what it is about.</summary>
    public static string? Of(Delivery delivery) => delivery.Target is { } target ? $"{delivery.Ehr}/{target}" : null;

    /// <summary>The lane of a resource.</summary>
    public static string Of(ResourceKey key) => $"{key.Ehr}/{key.Path}";

    /// <summary>Type and id of a target; both null where it is none.</summary>
    public static (string? Type, string? Id) Split(string? target) =>
        target?.Split('/') is [var type, var id] ? (type, id) : (null, null);

    /// <summary>Holds that a sweep's finds are all of its registration's EHR.</summary>
    public static void RequireOne(EhrId ehr, ImmutableArray<FoundVersion> found)
    {
        foreach (var version in found)
        {
            if (version.Key.Ehr != ehr)
            {
                throw new InvalidOperationException($"expected finds of {ehr}, got {version.Key.Ehr}");
            }
        }
    }
}
