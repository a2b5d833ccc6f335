using FhirOrchestrator.Fhir.Definitions.Packages;
using FhirOrchestrator.Fhir.Profiles;
using FhirOrchestrator.Rest;
using FhirOrchestrator.Sandbox.Doors;
using FhirOrchestrator.Sandbox.Hospital;
using FhirOrchestrator.Sandbox.Publisher;
using FhirOrchestrator.Storage.Resources;
using FhirOrchestrator.Telemetry;
using Npgsql;

namespace FhirOrchestrator.Sandbox;

/// <summary>Puts the sandbox EHR together.</summary>
internal static class SandboxServices
{
    /// <summary>
    /// Adds the sandbox EHR: its store (schema <c>sandbox</c> of the <see cref="NpgsqlDataSource"/> registered), the
    /// FHIR server, the publisher and the hospital. Needs <see cref="TimeProvider"/> and a migrated database at the
    /// start.
    /// </summary>
    public static void Add(IServiceCollection services, SandboxSettings settings)
    {
        services.AddSingleton(settings);
        services.AddSingleton(settings.Day);
        services.AddSingleton(new PublisherSettings { BaseUrl = settings.BaseUrl });
        services.AddSingleton<PublisherBell>();
        services.AddSingleton(provider => new SandboxStore(
            new ResourceStore(provider.GetRequiredService<NpgsqlDataSource>(), "sandbox"),
            provider.GetRequiredService<PublisherBell>()));
        services.AddSingleton<IRecords>(provider =>
            new StoreRecords(provider.GetRequiredService<SandboxStore>().Store));
        services.AddSingleton<IPublisherLedger, SqlLedger>();
        services.AddSingleton(new SubscriptionReader(
            (type, query) => StoreRecords.Compile(type, query, settings.BaseUrl())));
        services.AddSingleton<SubscriberRegistry>();
        services.AddSingleton<SubscriptionGate>();
        services.AddSingleton<StatusOperation>();
        services.AddSingleton(provider => new Lazy<Validator>(() => ValidatorOf(
            settings.ProfilesFolder, provider.GetRequiredService<ILogger<Validator>>())));
        services.AddSingleton(provider => new SandboxEhr(
            provider.GetRequiredService<SandboxStore>().Store,
            provider.GetRequiredService<SubscriptionGate>(),
            provider.GetRequiredService<StatusOperation>(),
            () => provider.GetRequiredService<Lazy<Validator>>().Value,
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<ILogger<RestServer>>()));
        AddPublisher(services);
        AddHospital(services, settings);
    }

    /// <summary>Maps the FHIR server, the page and the other doors of the sandbox.</summary>
    public static void Map(IEndpointRouteBuilder endpoints)
    {
        var settings = endpoints.ServiceProvider.GetRequiredService<SandboxSettings>();
        FhirEndpoints.Map(
            endpoints, settings.FhirPath, endpoints.ServiceProvider.GetRequiredService<SandboxEhr>().Server);
        SandboxDoors.Map(endpoints);
    }

    // Read when the first resource is to be validated.
    private static Validator ValidatorOf(string? profiles, ILogger log)
    {
        if (profiles is null || !Directory.Exists(profiles))
        {
            return Validator.R4;
        }

        var set = ConformanceSet.LoadFolder(profiles);
        foreach (var problem in set.Problems)
        {
            log.ProfileLeftOut(problem.File, problem.Reason);
        }

        return new Validator(ProfileCatalog.Of(set));
    }

    private static void AddPublisher(IServiceCollection services)
    {
        // Endpoints are called as they stand: a redirect would carry the secret elsewhere.
        services.AddSingleton(_ => new SubscriberLine(new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            UseProxy = false,
            PooledConnectionLifetime = TimeSpan.FromMinutes(5),
        }));
        services.AddSingleton<ChangeRouter>();
        services.AddSingleton(provider => new Courier(
            provider.GetRequiredService<IRecords>(),
            provider.GetRequiredService<IPublisherLedger>(),
            provider.GetRequiredService<SubscriberRegistry>(),
            provider.GetRequiredService<PublisherSettings>(),
            provider.GetRequiredService<SubscriberLine>(),
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<ILogger<Courier>>()));
        services.AddHostedService<MisbehaviourStart>();
        services.AddHostedService<PublisherLoop>();
    }

    private static void AddHospital(IServiceCollection services, SandboxSettings settings)
    {
        services.AddSingleton<ActTable>();
        services.AddSingleton<BusyHour>();
        services.AddHostedService(provider => provider.GetRequiredService<BusyHour>());
        services.AddSingleton<SyntheaLoader>();
        services.AddSingleton<PageReader>();
        if (settings.HasHospital)
        {
            services.AddHostedService<HospitalDay>();
        }
    }
}

/// <summary>The sandbox's instance of the resource store, apart from the partners' one; wakes the publisher.</summary>
internal sealed class SandboxStore
{
    public SandboxStore(ResourceStore store, PublisherBell bell)
    {
        Store = store;
        store.Committed += (_, _) => bell.Ring();
    }

    public ResourceStore Store { get; }
}

/// <summary>The line to subscribers' endpoints.</summary>
internal sealed class SubscriberLine(HttpMessageHandler handler) : HttpMessageInvoker(handler);

/// <summary>Sets the misbehaviour that the settings ask for, before anything is delivered.</summary>
internal sealed class MisbehaviourStart(SandboxSettings settings, IPublisherLedger ledger) : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken) => settings.Misbehaviour is { } misbehaviour
        ? ledger.SetMisbehaviourAsync(misbehaviour, cancellationToken)
        : Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
