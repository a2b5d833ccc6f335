using FhirOrchestrator.Facts;
using FhirOrchestrator.Fhir.Json;
using FhirOrchestrator.Outcomes;
using FhirOrchestrator.Remote;
using FhirOrchestrator.Storage;
using FhirOrchestrator.Subscriptions;

namespace FhirOrchestrator.Workers;

/// <summary>
/// Reads a live chain's trigger, patient and open Tasks again. The version that is known moves only "data as of";
/// another one, or none, is news and goes the way of all news.
/// </summary>
internal sealed class ChainRefresh(
    IChainStore store, IInbox inbox, IRegistrations registrations, TaskTurns tasks, SignalTurns signals)
{
    /// <summary>Returns how many resources were another than the chain knew.</summary>
    public async Task<int> RefreshAsync(Chains.ChainId id, EhrClient ehr, RefreshReads reads, CancellationToken ct)
    {
        if (await store.FindAsync(id, ct) is not { } chain)
        {
            return 0;
        }

        var news = new List<Happening>();
        var unchanged = ImmutableArray.CreateBuilder<DossierEntry>();
        foreach (var entry in chain.Dossier.Where(each => each.Name is Dossier.TriggerName or Dossier.PatientName))
        {
            if (await reads.ReadAsync(entry.Type, entry.Id, ct) is not { } now)
            {
                continue;
            }

            if (IsAsKnown(entry, now))
            {
                unchanged.Add(entry with { ReadAt = now.SeenAt });
            }
            else
            {
                news.Add(now);
            }
        }

        await store.NoteReadAsync(id, unchanged.DrainToImmutable(), ct);
        foreach (var (key, version) in OpenTasksOf(await store.FindWrittenAsync(id, ct)))
        {
            if (await reads.ReadAsync(key.Type, key.Id, ct) is { } now && now.Version != version)
            {
                news.Add(now);
            }
        }

        foreach (var happening in news)
        {
            await TellAsync(happening, chain, ehr, ct);
        }

        return news.Count;
    }

    private static bool IsAsKnown(DossierEntry known, Happening now) =>
        now.IsDeleted ? known.Body.IsEmpty : !known.Body.IsEmpty && known.Version == now.Version;

    // A Task that is known to be gone, or that has ended, is asked about no more.
    private static IEnumerable<(ResourceKey Key, string Version)> OpenTasksOf(ImmutableArray<WrittenEffect> effects)
    {
        foreach (var effect in effects)
        {
            if (effect is { Type: "Task", Withheld: false, Id: { } id, Body.IsEmpty: false }
                && Resource.Read(effect.Body.Span).Value is { } last && IsOpen(last))
            {
                yield return (new ResourceKey(effect.Ehr, effect.Type, id), ResourceVersions.Of(last));
            }
        }
    }

    private static bool IsOpen(Resource task) =>
        TaskStatusCodes.Parse(task.Root.Text("status")) is not { } status || !Chains.Flow.IsTerminal(status);

    // By the inbox, as any find of a sweep: in its lane, with its verdicts. A version that was dealt with before this
    // chain began to wait for it would be dropped there as seen: that one goes to the chains at once, which know
    // themselves what they have taken in.
    private async Task TellAsync(Happening happening, ChainRecord chain, EhrClient ehr, CancellationToken ct)
    {
        var registration = await FindRegistrationAsync(chain, ct);
        if (registration is { Watermark: { } watermark }
            && !await inbox.IsSeenAsync(happening.Key, happening.Version, ct))
        {
            var found = new FoundVersion(happening.Key, happening.Version);
            await inbox.AppendFoundAsync(registration, [found], watermark, ct);
        }
        else if (await tasks.MatchAsync(happening, ehr, ct) is null)
        {
            await signals.MatchAsync(happening, ehr.Settings.BaseUrl, ct);
        }
    }

    // In whose name it was found; a package whose subscriptions were withdrawn has none.
    private async Task<Registration?> FindRegistrationAsync(ChainRecord chain, CancellationToken ct) =>
        (await registrations.ListAsync(ct)).FirstOrDefault(each =>
            each.Ehr == chain.Ehr && each.Package == chain.Package && each.Watermark is not null);
}
