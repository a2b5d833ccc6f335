namespace FhirOrchestrator.Sandbox.Publisher;

/// <summary>
/// The topics that the sandbox EHR offers to Backport subscriptions: any create, update or delete of one resource type.
/// Every search parameter of the type may filter.
/// </summary>
internal static class TopicCatalogue
{
    private const string Prefix = "https://fhirorchestrator.dev/sandbox/SubscriptionTopic/";

    /// <summary>The topics: canonical URL to resource type.</summary>
    public static readonly ImmutableSortedDictionary<string, string> Topics =
        new Dictionary<string, string>(StringComparer.Ordinal)
        {
            [Prefix + "encounter-changed"] = "Encounter",
            [Prefix + "patient-changed"] = "Patient",
            [Prefix + "service-request-changed"] = "ServiceRequest",
            [Prefix + "task-changed"] = "Task",
        }.ToImmutableSortedDictionary(StringComparer.Ordinal);
}
