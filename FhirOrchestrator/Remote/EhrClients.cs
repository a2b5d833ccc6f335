using System.Diagnostics.CodeAnalysis;
using FhirOrchestrator.Facts;
using FhirOrchestrator.Settings;

namespace FhirOrchestrator.Remote;

/// <summary>The clients of the configured EHRs.</summary>
internal sealed class EhrClients : IDisposable
{
    private readonly ImmutableDictionary<EhrId, EhrClient> _byId;

    /// <summary>One client an EHR; <paramref name="inner"/> gives what sends for it, null means real sockets.</summary>
    public EhrClients(
        IEnumerable<EhrSettings> ehrs, TimeProvider time, RemoteLimits? limits = null,
        Func<EhrSettings, HttpMessageHandler>? inner = null)
    {
        var bounds = limits ?? new RemoteLimits();
        inner ??= ehr => EhrDoor.Open(ehr.BaseUrl, bounds);
        All = [.. ehrs.Select(ehr => new EhrClient(ehr, inner(ehr), time, bounds))];
        _byId = All.ToImmutableDictionary(client => client.Settings.Name);
    }

    /// <summary>In the order of the settings.</summary>
    public ImmutableArray<EhrClient> All { get; }

    /// <summary>The client of an EHR; false where it is not configured (any more).</summary>
    public bool TryGet(EhrId ehr, [NotNullWhen(true)] out EhrClient? client) => _byId.TryGetValue(ehr, out client);

    public void Dispose()
    {
        foreach (var client in All)
        {
            client.Dispose();
        }
    }
}
