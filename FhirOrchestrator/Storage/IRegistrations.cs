using FhirOrchestrator.Facts;

namespace FhirOrchestrator.Storage;

/// <summary>The subscriptions that this installation keeps at its EHRs.</summary>
internal interface IRegistrations
{
    Task<ImmutableArray<Registration>> ListAsync(CancellationToken ct);

    /// <summary>The registration that a hook's token names, null where none has it.</summary>
    Task<Registration?> FindByTokenAsync(string token, CancellationToken ct);

    /// <summary>Adds it, or replaces what is stored under its EHR, package and name; two replicas add one.</summary>
    Task<Registration> SaveAsync(Registration registration, CancellationToken ct);

    Task RemoveAsync(Registration registration, CancellationToken ct);

    /// <summary>Runs the work while no other replica does; false where another one is at it.</summary>
    Task<bool> WhileLeaderAsync(string name, Func<CancellationToken, Task> work, CancellationToken ct);
}
