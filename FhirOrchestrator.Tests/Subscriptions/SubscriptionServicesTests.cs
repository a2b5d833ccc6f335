using FhirOrchestrator.Intake;
using FhirOrchestrator.Remote;
using FhirOrchestrator.Storage;
using FhirOrchestrator.Subscriptions;
using FhirOrchestrator.Tests.Intake;
using FhirOrchestrator.Tests.Support;
using Microsoft.Extensions.DependencyInjection;

namespace FhirOrchestrator.Tests.Subscriptions;

internal sealed class SubscriptionServicesTests
{
    [Test]
    public async Task Add_WithStoresSettingsAndClients_EverythingCanBeMade()
    {
        var services = new ServiceCollection().AddLogging().AddSingleton(TimeProvider.System)
            .AddSingleton<IInbox, FakeInbox>().AddSingleton<IRegistrations>(new FakeRegistrations())
            .AddSingleton(HookTests.Settings("hapi"))
            .AddSingleton(_ => new EhrClients([], TimeProvider.System))
            .AddSingleton<Func<WantedSubscriptions>>(() => new WantedSubscriptions([], []))
            .AddSubscriptions().AddIntake();
        await using var provider = services.BuildServiceProvider(
            new ServiceProviderOptions { ValidateOnBuild = true, ValidateScopes = true });

        foreach (var each in (Type[])
            [typeof(Registrar), typeof(GapSweep), typeof(Lookout), typeof(CurrentReader), typeof(HookDesk)])
        {
            Assert.That(provider.GetRequiredService(each), Is.Not.Null);
        }
    }
}
