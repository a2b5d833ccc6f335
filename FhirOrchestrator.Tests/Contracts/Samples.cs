using System.Collections.Immutable;
using System.Text;
using FhirOrchestrator.Chains;
using FhirOrchestrator.Facts;
using FhirOrchestrator.Storage;

namespace FhirOrchestrator.Tests.Contracts;

/// <summary>Chains and changes to store, as small as they may be.</summary>
internal static class Samples
{
    public static readonly EhrId Ehr = new("north");

    public static readonly StepName Call = new("call");

    public static readonly StepName Letter = new("letter");

    public static readonly PlanVersion Plan = new("http://example.org/plan", "1", "hash");

    public static readonly DateTimeOffset Long = new(2020, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public static readonly TimeSpan Lease = TimeSpan.FromSeconds(30);

    public static ChainId IdOf(string key) => ChainId.Of(Plan.Url, Ehr.Value, key);

    /// <summary>The record of a chain that has just started.</summary>
    public static ChainRecord Chain(string key) => new()
    {
        State = new ChainState
        {
            Id = IdOf(key),
            Plan = Plan,
            Revision = 1,
            Phase = ChainPhase.Running,
            StartedAt = Long,
            Steps = ImmutableSortedDictionary<StepName, StepState>.Empty.Add(Call, new StepState()),
        },
        Package = "follow-up",
        Ehr = Ehr,
        Site = new SiteId("Organization/a"),
        BusinessKey = key,
        Patient = "Patient/1",
        StartedBy = Origin.Notification,
        Dossier = [Entry("trigger", "Encounter", "1", "1")],
    };

    public static DossierEntry Entry(string name, string type, string id, string version) => new(
        name, type, id, version, Encoding.UTF8.GetBytes($"{{\"resourceType\":\"{type}\",\"id\":\"{id}\"}}"), Long);

    /// <summary>The change that starts a chain.</summary>
    public static ChainChange Start(string key, params ChainCommand[] commands) => new()
    {
        Chain = Chain(key),
        Events = [new LoggedEvent(1, new ChainEvent.Started(Long))],
        Commands = [.. commands],
        WorkItems = [],
    };

    /// <summary>The next change of a stored chain, by an event that matters to nobody.</summary>
    public static ChainChange Next(ChainRecord chain, params ChainCommand[] commands) => Next(
        chain, new ChainEvent.Signalled(Long, "trigger", "Encounter/1/_history/2", Deleted: false), commands);

    public static ChainChange Next(ChainRecord chain, ChainEvent happened, params ChainCommand[] commands)
    {
        var revision = chain.State.Revision + 1;
        var ends = commands.Any(c => c is ChainCommand.End);
        return new ChainChange
        {
            Chain = chain with
            {
                State = chain.State with
                {
                    Revision = revision,
                    Phase = ends ? ChainPhase.Completed : chain.State.Phase,
                    EndedAt = ends ? Long : chain.State.EndedAt,
                },
            },
            Events = [new LoggedEvent(revision, happened)],
            Commands = [.. commands],
            WorkItems = [],
        };
    }

    public static WorkItem Item(string key, StepName step, string priority) => new()
    {
        Chain = IdOf(key),
        Step = step,
        Round = 1,
        Title = "Call the patient",
        Priority = priority,
        Pool = new Code("http://example.org/pools", "nurses", "Nurses"),
        Owner = null,
        Due = Long,
        Phase = StepPhase.Waiting,
    };

    public static ChainCommand Run(StepName step, DateTimeOffset? at = null) =>
        new ChainCommand.RunStep(new Attempt(step, 1, 1), at ?? Long);

    public static WrittenEffect Effect(string key, StepName step) => new()
    {
        Ehr = Ehr,
        Chain = IdOf(key),
        Step = step,
        Round = 1,
        Type = "Task",
        ContentHash = "first",
        Body = Encoding.UTF8.GetBytes("{}"),
    };

    public static Delivery Delivery(string? target, string? version = null) => new()
    {
        Ehr = Ehr,
        Package = "follow-up",
        Subscription = "subscription",
        Origin = Origin.Notification,
        Method = "POST",
        Target = target,
        Version = version,
        ContentType = "application/fhir+json",
        Body = Encoding.UTF8.GetBytes("{}"),
    };

    public static Registration Registration(string name = "subscription", string token = "token") => new()
    {
        Ehr = Ehr,
        Package = "follow-up",
        Name = name,
        Token = token,
        Secret = "secret",
        Criteria = "Encounter?class=IMP",
        ContentHash = "hash",
        Status = RegistrationStatus.Wanted,
    };

    public static FoundVersion Found(string id, string version) => new(new ResourceKey(Ehr, "Encounter", id), version);

    /// <summary>Saves and commits a change; whether it was taken.</summary>
    public static async Task<bool> ChangeAsync(this IChainStore store, ChainChange change)
    {
        await using var transaction = await store.BeginAsync(change.Chain.Id, CancellationToken.None);
        var saved = await transaction.SaveAsync(change, CancellationToken.None);
        if (saved)
        {
            await transaction.CommitAsync(CancellationToken.None);
        }

        return saved;
    }

    /// <summary>Starts a chain and returns it as stored.</summary>
    public static async Task<ChainRecord> StartAsync(this IChainStore store, string key, params ChainCommand[] commands)
    {
        Assert.That(await store.ChangeAsync(Start(key, commands)), Is.True);
        return await store.RequireAsync(key);
    }

    public static async Task<ChainRecord> RequireAsync(this IChainStore store, string key) =>
        await store.FindAsync(IdOf(key), CancellationToken.None)
        ?? throw new AssertionException($"expected chain {key}, got none");
}
