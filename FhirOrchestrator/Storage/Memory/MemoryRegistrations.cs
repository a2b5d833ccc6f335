using FhirOrchestrator.Facts;

namespace FhirOrchestrator.Storage.Memory;

/// <summary>Registrations in memory.</summary>
internal sealed class MemoryRegistrations(MemoryTables tables) : IRegistrations
{
    private readonly HashSet<string> _led = new(StringComparer.Ordinal);

    public Task<ImmutableArray<Registration>> ListAsync(CancellationToken ct)
    {
        lock (tables.Gate)
        {
            return Task.FromResult<ImmutableArray<Registration>>(
            [
                .. tables.Registrations.Values.OrderBy(r => r.Ehr.Value, StringComparer.Ordinal)
                    .ThenBy(r => r.Package, StringComparer.Ordinal).ThenBy(r => r.Name, StringComparer.Ordinal),
            ]);
        }
    }

    public Task<Registration?> FindByTokenAsync(string token, CancellationToken ct)
    {
        lock (tables.Gate)
        {
            return Task.FromResult(tables.Registrations.Values.FirstOrDefault(r => r.Token == token));
        }
    }

    public Task<Registration> SaveAsync(Registration registration, CancellationToken ct)
    {
        lock (tables.Gate)
        {
            var name = NameOf(registration);
            if (!tables.Registrations.TryGetValue(name, out var stored))
            {
                tables.Registrations.Add(name, registration);
            }
            else if (stored.Token == registration.Token)
            {
                tables.Registrations[name] = registration with
                {
                    Watermark = Later(stored.Watermark, registration.Watermark),
                    LastNotification = Later(stored.LastNotification, registration.LastNotification),
                };
            }

            return Task.FromResult(tables.Registrations[name]);
        }
    }

    public Task RemoveAsync(Registration registration, CancellationToken ct)
    {
        lock (tables.Gate)
        {
            var name = NameOf(registration);
            if (tables.Registrations.TryGetValue(name, out var stored) && stored.Token == registration.Token)
            {
                tables.Registrations.Remove(name);
            }
        }

        return Task.CompletedTask;
    }

    public async Task<bool> WhileLeaderAsync(string name, Func<CancellationToken, Task> work, CancellationToken ct)
    {
        lock (tables.Gate)
        {
            if (!_led.Add(name))
            {
                return false;
            }
        }

        try
        {
            await work(ct);
            return true;
        }
        finally
        {
            lock (tables.Gate)
            {
                _led.Remove(name);
            }
        }
    }

    private static (EhrId Ehr, string Package, string Name) NameOf(Registration registration) =>
        (registration.Ehr, registration.Package, registration.Name);

    private static DateTimeOffset? Later(DateTimeOffset? one, DateTimeOffset? other) =>
        one is null || other > one ? other ?? one : one;
}
