using FhirOrchestrator.Facts;

namespace FhirOrchestrator.Storage;

/// <summary>The subscriptions that this installation keeps at its EHRs.</summary>
internal interface IRegistrations
{
    Task<ImmutableArray<Registration>> ListAsync(CancellationToken ct);

    /// <summary>The registration that a hook's token names, null where none has it.</summary>
    Task<Registration?> FindByTokenAsync(string token, CancellationToken ct);

    /// <summary>
    /// Adds it, or replaces what is stored under its EHR, package and name; returns what is stored now. The token names
    /// its incarnation: of two replicas that add one at once the first wins, and the other gets the first's back, whose
    /// token is not its own (to rotate the token: remove, then add). Watermark and last notification never move back.
    /// </summary>
    Task<Registration> SaveAsync(Registration registration, CancellationToken ct);

    /// <summary>Removes it, unless another incarnation has taken its place.</summary>
    Task RemoveAsync(Registration registration, CancellationToken ct);

    /// <summary>
    /// Runs the work while no other replica does; false where another one is at it. The work's token is cancelled where
    /// leadership is lost meanwhile.
    /// </summary>
    Task<bool> WhileLeaderAsync(string name, Func<CancellationToken, Task> work, CancellationToken ct);
}
