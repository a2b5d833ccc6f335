using FhirOrchestrator.Settings;

namespace FhirOrchestrator.Subscriptions;

/// <summary>
/// Registers this station. The composition root adds stores, settings, clients and <see cref="WantedSubscriptions"/>.
/// </summary>
internal static class SubscriptionServices
{
    /// <summary>
    /// Adds <see cref="KindProfiles"/>, <see cref="Registrar"/>, <see cref="GapSweep"/>,
    /// <see cref="Lookout"/> and <see cref="CurrentReader"/>. They need <c>EhrClients</c>, <c>IRegistrations</c>,
    /// <c>IInbox</c>, <c>ServerSettings</c>, <c>TimeProvider</c> and <c>Func&lt;WantedSubscriptions&gt;</c>.
    /// </summary>
    public static IServiceCollection AddSubscriptions(this IServiceCollection services) => services
        .AddSingleton(_ => KindProfiles.Load())
        .AddSingleton(provider => provider.GetRequiredService<ServerSettings>().Sweeps)
        .AddSingleton<Registrar>()
        .AddSingleton<GapSweep>()
        .AddSingleton<Lookout>()
        .AddSingleton<CurrentReader>();
}
