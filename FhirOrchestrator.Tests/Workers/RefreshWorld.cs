using FhirOrchestrator.Chains;
using FhirOrchestrator.Facts;
using FhirOrchestrator.Fhir.Json;
using FhirOrchestrator.Outcomes;
using FhirOrchestrator.Plans;
using FhirOrchestrator.Remote;
using FhirOrchestrator.Settings;
using FhirOrchestrator.Storage;
using FhirOrchestrator.Storage.Memory;
using FhirOrchestrator.Subscriptions;
using FhirOrchestrator.Tests.Intake;
using FhirOrchestrator.Tests.Steps;
using FhirOrchestrator.Tests.Support;
using FhirOrchestrator.Workers;
using Microsoft.Extensions.DependencyInjection;
using Sample = FhirOrchestrator.Tests.Outcomes.Sample;

namespace FhirOrchestrator.Tests.Workers;

/// <summary>The real rounds over the store in memory, the sample plan and a <see cref="FakeEhr"/>.</summary>
internal sealed class RefreshWorld : IAsyncDisposable
{
    private static readonly CancellationToken Ct = CancellationToken.None;
    private readonly ServiceProvider _services;

    public RefreshWorld()
    {
        Ehr = new FakeEhr(Time);
        var settings = new EhrSettings
        {
            Name = new EhrId("north"), BaseUrl = Sample.BaseUrl, Kind = "sandbox", Writes = WriteScope.All,
        };
        Tables = new MemoryTables(Time, new WakeBoard(Time));
        _services = new ServiceCollection().AddLogging().AddSingleton<TimeProvider>(Time)
            .AddSingleton(Tables).AddSingleton(Tables.Wake)
            .AddSingleton<IChainStore, MemoryChainStore>()
            .AddSingleton<IInbox, MemoryInbox>()
            .AddSingleton<IRegistrations, MemoryRegistrations>()
            .AddSingleton(HookTests.Settings("sandbox"))
            .AddSingleton(new InstallationId(new Guid(Sample.Installation["urn:uuid:".Length..])))
            .AddSingleton(_ => new EhrClients(
                [settings], Time, new RemoteLimits { SafeRetriesMax = 0, BreakerFailuresMin = 10_000 },
                _ => Ehr.Handler()))
            .AddSingleton(new PackageShelf((_, _) => Task.FromResult<WorkflowPackage?>(null)))
            .AddSingleton<Func<WantedSubscriptions>>(() => new WantedSubscriptions([], []))
            .AddSubscriptions().AddWorkers()
            .BuildServiceProvider(new ServiceProviderOptions { ValidateOnBuild = true });
        Get<PackageShelf>().Replace([Sample.Package()], [], []);
    }

    public SteppedTime Time { get; } = new(Sample.Now);

    public FakeEhr Ehr { get; }

    public MemoryTables Tables { get; }

    public EhrClient Client => Get<EhrClients>().All[0];

    public IEnumerable<string> Reads => Ehr.Seen.Where(request => request.Method == "GET").Select(
        request => request.PathAndQuery["/fhir/".Length..]);

    public IEnumerable<string> Verdicts => Tables.Verdicts.Select(each => each.Noted.Verdict.Kind.ToString());

    /// <summary>A chain of the sample plan about one stay of one patient, its Task made.</summary>
    public async Task<ChainRecord> StartAsync(string stay = "e1", string patient = "p1")
    {
        var encounter = Ehr.Find($"Encounter/{stay}") ?? Ehr.Put(
            Sample.Stay.WithId(stay).With("subject", Sample.Json(
                $$"""{"resourceType":"X","reference":"Patient/{{patient}}"}""").Root.With("resourceType", null)));
        var person = Ehr.Find($"Patient/{patient}") ?? Ehr.Put(Sample.Patient.WithId(patient));
        var package = Sample.Package();
        var id = ChainId.Of(package.Definition.Plan.Url, "north", stay);
        var now = Time.GetUtcNow();
        var created = new ChainRecord
        {
            State = ChainMachine.Create(id, package.Definition),
            Package = package.Name,
            Ehr = new EhrId("north"),
            Site = SiteId.Unknown,
            BusinessKey = stay,
            Patient = $"Patient/{patient}",
            StartedBy = Origin.Notification,
            Dossier =
            [
                DossierReader.Entry("trigger", encounter, now), DossierReader.Entry("patient", person, now),
            ],
        };
        await Get<ChainTurns>().StartAsync(created, package, Ct);
        await SettleAsync();
        return await FindAsync(stay);
    }

    public async Task<ChainRecord> FindAsync(string stay = "e1")
    {
        var id = ChainId.Of(Sample.Package().Definition.Plan.Url, "north", stay);
        return await Get<IChainStore>().FindAsync(id, Ct) ?? throw new AssertionException($"no chain of {stay}");
    }

    /// <summary>A subscription in whose name finds are appended.</summary>
    public Task RegisterAsync() => Get<IRegistrations>().SaveAsync(
        FakeRegistrations.Sample() with { Package = Sample.Package().Name }, Ct);

    /// <summary>Reads again what is old, and deals with what that found.</summary>
    public async Task RefreshAsync()
    {
        Assert.That(await Get<RefreshRound>().RunRoundAsync(Client, Ct), Is.True);
        await SettleAsync();
    }

    /// <summary>Time passes until everything is old; the EHR's log begins anew.</summary>
    public void GrowOld()
    {
        Time.Advance(RefreshRound.AgeMax + TimeSpan.FromSeconds(1));
        Ehr.Seen.Clear();
    }

    public Resource TaskOf(ChainRecord chain) => Ehr.All("Task").Single(task =>
        EffectIdentity.Of(task, Sample.Installation)?.Chain == chain.Id);

    /// <summary>A notification that was dealt with before: its version counts as seen.</summary>
    public void MarkSeen(string type, string id, string version) =>
        Tables.Seen.Add((new ResourceKey(new EhrId("north"), type, id), version), Origin.Notification);

    public T Get<T>()
        where T : notnull => _services.GetRequiredService<T>();

    public ValueTask DisposeAsync() => _services.DisposeAsync();

    // Jobs and inbox until nothing is due.
    private async Task SettleAsync()
    {
        while (await Get<JobRound>().RunAsync(Ct) + await Get<InboxRound>().RunAsync(Ct) > 0)
        {
        }
    }
}
