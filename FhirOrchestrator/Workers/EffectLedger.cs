using FhirOrchestrator.Chains;
using FhirOrchestrator.Outcomes;
using FhirOrchestrator.Remote;
using FhirOrchestrator.Steps;
using FhirOrchestrator.Storage;

namespace FhirOrchestrator.Workers;

/// <summary>The ledger of one chain's effects, over the store.</summary>
internal sealed class EffectLedger(IChainStore store, ChainTurns turns, ChainId chain, EhrClient ehr) : IEffectLedger
{
    public async Task<Effect> IntendAsync(Effect effect, CancellationToken ct) =>
        ChainViews.EffectOf(await store.IntendAsync(WrittenOf(effect), ct));

    public Task SettleAsync(Effect effect, CancellationToken ct) => store.SettleAsync(WrittenOf(effect), ct);

    public async Task<ImmutableArray<Effect>> FindAllAsync(CancellationToken ct) =>
        [.. (await store.FindWrittenAsync(chain, ct)).Select(ChainViews.EffectOf)];

    public Task LearnAsync(Effect seen, TaskReading reading, CancellationToken ct) => TakeInAsync(seen, reading, ct);

    /// <summary>
    /// Tells the chain what another hand made of one of its Tasks, then remembers it as the last one read: two
    /// transactions, because the second is about what the EHR has, not about the chain. A crash between them makes the
    /// same edit be taken in again: the machine then finds a step that has ended, a later round, or what it has
    /// already, so that nothing is doubled. In the other order it would be lost.
    /// </summary>
    public async Task<TurnResult> TakeInAsync(Effect seen, TaskReading reading, CancellationToken ct)
    {
        var (step, _) = SendTask.Read(seen.Step);
        var produced = await StepOutputs.ReadAsync(step, reading, ehr, ct);
        var result = await turns.ApplyAsync(
            chain,
            (locked, now) => new Prepared(
                produced.Aggregate(locked, (each, entry) => Dossiers.With(each, entry(now))),
                new ChainEvent.TaskChanged(now, step, seen.Round, reading)),
            default,
            ct);
        await SettleAsync(seen, ct);
        return result;
    }

    public Task SightAsync(DossierResource seen, CancellationToken ct)
    {
        var entry = new DossierEntry(
            seen.Name, seen.Type, seen.Id, seen.Version,
            seen.Resource?.ToUtf8() ?? default(ReadOnlyMemory<byte>), seen.ReadAt);
        return turns.ApplyAsync(
            chain,
            (locked, now) => Dossiers.HasThisOrLater(locked, entry)
                ? null
                : new Prepared(
                    Dossiers.With(locked, entry),
                    new ChainEvent.Signalled(now, seen.Name, seen.VersionPath, Deleted: seen.Resource is null)),
            default,
            ct);
    }

    public Task NoticeAsync(StepName step, Code notice, CancellationToken ct) =>
        turns.NoteAsync(chain, _ => new ChainCommand.OpenIncident(step, notice), ct);

    private WrittenEffect WrittenOf(Effect effect) => new()
    {
        Ehr = ehr.Settings.Name,
        Chain = chain,
        Step = effect.Step,
        Round = effect.Round,
        Type = effect.Type,
        ContentHash = effect.ContentHash,
        Id = effect.Id,
        Version = effect.Version,
        Body = effect.Body,
        Withheld = effect.Withheld,
    };
}
