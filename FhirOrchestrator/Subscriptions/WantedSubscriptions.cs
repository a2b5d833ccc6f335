using FhirOrchestrator.Plans;

namespace FhirOrchestrator.Subscriptions;

/// <summary>What the packages want to hear of, as it is now.</summary>
/// <param name="Packages">The packages that were read.</param>
/// <param name="Broken">
/// The names of packages that are there but could not be read: what was registered for them stays, so that their
/// running chains go on to hear of their Tasks. What would have started a chain in the meantime is judged without them,
/// and not judged again once they are mended.
/// </param>
internal sealed record WantedSubscriptions(ImmutableArray<WorkflowPackage> Packages, ImmutableHashSet<string> Broken)
{
    /// <summary>Every subscription with its package's name.</summary>
    public IEnumerable<(string Package, SubscriptionTemplate Template)> All =>
        Packages.SelectMany(package => package.Subscriptions.Select(template => (package.Name, template)));

    /// <summary>True where nobody wants what was registered under these names any more.</summary>
    public bool IsWithdrawn(string package, string name) => !Broken.Contains(package)
        && !All.Any(wanted => wanted.Package == package && wanted.Template.Name == name);
}
