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
using Microsoft.Extensions.Hosting;
using Sample = FhirOrchestrator.Tests.Outcomes.Sample;

namespace FhirOrchestrator.Tests.Workers;

/// <summary>The real rounds over the store in memory, the sample plan and a <see cref="FakeEhr"/>.</summary>
internal sealed class WorkersWorld : IAsyncDisposable
{
    private static readonly CancellationToken Ct = CancellationToken.None;
    private readonly ServiceProvider _services;
    private readonly WorkflowPackage _package;

    /// <summary>An installation with nothing in it.</summary>
    /// <param name="package">The plan in force; null: the sample.</param>
    public WorkersWorld(WorkflowPackage? package = null)
    {
        Ehr = new FakeEhr(Time);
        var settings = new EhrSettings
        {
            Name = new EhrId("north"), BaseUrl = Sample.BaseUrl, Kind = "sandbox", Writes = WriteScope.All,
        };
        Tables = new MemoryTables(Time, new WakeBoard(Time));
        _services = new ServiceCollection().AddLogging().AddSingleton<TimeProvider>(Time)
            .AddSingleton(Tables).AddSingleton(Tables.Wake)
            .AddSingleton<IHostApplicationLifetime>(Life)
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
        _package = package ?? Sample.Package();
        Get<PackageShelf>().Replace([_package], [], []);
    }

    public StandingLife Life { get; } = new();

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
        await CreateAsync(stay, patient);
        await SettleAsync();
        return await FindAsync(stay);
    }

    /// <summary>A chain whose first jobs are queued and not run yet.</summary>
    /// <param name="planHash">The content of its plan; null: the one in force.</param>
    public async Task<ChainRecord> CreateAsync(string stay = "e1", string patient = "p1", string? planHash = null)
    {
        var encounter = Ehr.Find($"Encounter/{stay}") ?? Ehr.Put(
            Sample.Stay.WithId(stay).With("subject", Sample.Json(
                $$"""{"resourceType":"X","reference":"Patient/{{patient}}"}""").Root.With("resourceType", null)));
        var person = Ehr.Find($"Patient/{patient}") ?? Ehr.Put(Sample.Patient.WithId(patient));
        var plan = _package.Definition.Plan;
        var package = _package with
        {
            Definition = _package.Definition with { Plan = plan with { ContentHash = planHash ?? plan.ContentHash } },
        };
        var id = IdOf(stay);
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
        return await FindAsync(stay);
    }

    public static ChainId IdOf(string stay = "e1") => ChainId.Of(Sample.Package().Definition.Plan.Url, "north", stay);

    public async Task<ChainRecord> FindAsync(string stay = "e1") =>
        await Get<IChainStore>().FindAsync(IdOf(stay), Ct) ?? throw new AssertionException($"no chain of {stay}");

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

    /// <summary>The EHR tells of a resource in a version: as a PUT to the hook, whose body is only a hint.</summary>
    public Task NotifyAsync(Resource told, string method = "PUT") => Get<IInbox>().AppendAsync(
        new FhirOrchestrator.Storage.Delivery
        {
            Ehr = new EhrId("north"),
            Package = "sample",
            Subscription = "subscription",
            Origin = Origin.Notification,
            Method = method,
            Target = told.Path,
            Body = told.ToUtf8(),
        },
        Ct);

    /// <summary>Reads the inbox until nothing in it is due.</summary>
    public async Task ReadInboxAsync()
    {
        while (await Get<InboxRound>().RunAsync(Ct) > 0)
        {
        }
    }

    /// <summary>Does something once, when the EHR gets such a request and before it is carried out.</summary>
    public void OnceAt(string method, string type, Action act) => Ehr.Faults = request =>
    {
        if (request.Method == method && request.PathAndQuery.StartsWith($"/fhir/{type}", StringComparison.Ordinal))
        {
            Ehr.Faults = _ => Fault.None;
            act();
        }

        return Fault.None;
    };

    /// <summary>Changes what is noted of a chain's call Task at the EHR; returns what was noted before.</summary>
    public WrittenEffect Change(ChainRecord chain, Func<WrittenEffect, WrittenEffect> change)
    {
        var key = (chain.Ehr, chain.Id, Sample.Call, 1, "Task");
        var before = Tables.Written[key];
        Tables.Written[key] = change(before);
        return before;
    }

    /// <summary>Runs jobs, inbox and publications until nothing is due.</summary>
    public async Task RestAsync()
    {
        while (await Get<JobRound>().RunAsync(Ct) + await Get<InboxRound>().RunAsync(Ct)
            + await Get<PublishRound>().RunAsync(Ct) > 0)
        {
        }
    }

    // Jobs and inbox until nothing is due.
    private async Task SettleAsync()
    {
        while (await Get<JobRound>().RunAsync(Ct) + await Get<InboxRound>().RunAsync(Ct) > 0)
        {
        }
    }
}
