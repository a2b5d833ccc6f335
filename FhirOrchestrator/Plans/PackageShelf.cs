using FhirOrchestrator.Chains;

namespace FhirOrchestrator.Plans;

/// <summary>
/// The packages in force, and every version that a running chain still needs: a chain goes on with the definition that
/// it started with.
/// </summary>
internal sealed class PackageShelf(Func<string, CancellationToken, Task<WorkflowPackage?>> findByHash)
{
    private ImmutableDictionary<string, WorkflowPackage> _byHash = ImmutableDictionary<string, WorkflowPackage>.Empty;

    /// <summary>The packages that start chains now, by name.</summary>
    public ImmutableArray<WorkflowPackage> Current { get; private set; } = [];

    /// <summary>The names of packages that are there but cannot run.</summary>
    public ImmutableHashSet<string> Broken { get; private set; } = [];

    /// <summary>What is wrong with them, a line each.</summary>
    public ImmutableArray<string> Problems { get; private set; } = [];

    /// <summary>Puts packages in force; what was in force stays for the chains that need it.</summary>
    public void Replace(
        ImmutableArray<WorkflowPackage> packages, ImmutableHashSet<string> broken, ImmutableArray<string> problems)
    {
        Broken = broken;
        Problems = problems;
        foreach (var package in packages)
        {
            Keep(package);
        }

        Current = packages;
    }

    /// <summary>The version of a package that a chain started with.</summary>
    /// <exception cref="InvalidOperationException">
    /// It was never stored, or no longer compiles: the chain cannot go on, and says so loudly.
    /// </exception>
    public async Task<WorkflowPackage> FindAsync(string name, PlanVersion plan, CancellationToken ct)
    {
        if (_byHash.TryGetValue(plan.ContentHash, out var known))
        {
            return known;
        }

        var found = await findByHash(plan.ContentHash, ct)
            ?? throw new InvalidOperationException(
                $"expected the stored package '{name}' of {plan} (content {plan.ContentHash}), got none");
        Keep(found);
        return found;
    }

    private void Keep(WorkflowPackage package) => ImmutableInterlocked.AddOrUpdate(
        ref _byHash, package.Definition.Plan.ContentHash, package, (_, _) => package);
}
