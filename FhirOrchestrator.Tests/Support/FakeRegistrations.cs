using System.Collections.Immutable;
using FhirOrchestrator.Facts;
using FhirOrchestrator.Storage;

namespace FhirOrchestrator.Tests.Support;

/// <summary>Registrations in a list: for tests of what uses them.</summary>
internal sealed class FakeRegistrations(params ReadOnlySpan<Registration> given) : IRegistrations
{
    private readonly List<Registration> _all = [.. given];

    public ImmutableArray<Registration> All => [.. _all];

    public Registration Only => _all.Count == 1 ? _all[0] : throw new AssertionException($"{_all.Count} registrations");

    /// <summary>True: as if another replica led.</summary>
    public bool IsLedElsewhere { get; set; }

    /// <summary>True: as if the database were gone.</summary>
    public bool IsGone { get; set; }

    public static Registration Sample(string criteria = "Encounter?class=IMP", string kind = "discharge") => new()
    {
        Ehr = new EhrId("north"),
        Package = kind,
        Name = "subscription",
        Token = new string('t', 43),
        Secret = "s3cret",
        Criteria = criteria,
        ContentHash = "",
        Status = RegistrationStatus.Active,
        Watermark = new DateTimeOffset(2026, 3, 1, 8, 0, 0, TimeSpan.Zero),
    };

    public Task<ImmutableArray<Registration>> ListAsync(CancellationToken ct) => Task.FromResult(All);

    public Task<Registration?> FindByTokenAsync(string token, CancellationToken ct) => IsGone
        ? throw new InvalidOperationException("the database is gone")
        : Task.FromResult(_all.Find(each => each.Token == token));

    public Task<Registration> SaveAsync(Registration registration, CancellationToken ct)
    {
        var at = _all.FindIndex(each => IsSame(each, registration));
        if (at < 0)
        {
            _all.Add(registration);
        }
        else
        {
            _all[at] = registration;
        }

        return Task.FromResult(registration);
    }

    public Task RemoveAsync(Registration registration, CancellationToken ct)
    {
        _all.RemoveAll(each => IsSame(each, registration));
        return Task.CompletedTask;
    }

    public async Task<bool> WhileLeaderAsync(string name, Func<CancellationToken, Task> work, CancellationToken ct)
    {
        if (IsLedElsewhere)
        {
            return false;
        }

        await work(ct);
        return true;
    }

    private static bool IsSame(Registration left, Registration right) =>
        left.Ehr == right.Ehr && left.Package == right.Package && left.Name == right.Name;
}
