using FhirOrchestrator.Chains;
using FhirOrchestrator.Facts;
using FhirOrchestrator.Fhir.Json;
using FhirOrchestrator.Outcomes;
using FhirOrchestrator.Plans;
using FhirOrchestrator.Remote;
using FhirOrchestrator.Storage;

namespace FhirOrchestrator.Workers;

/// <summary>
/// What came back of our own effects: our own write is recognised and ends there; another hand's edit of a Task becomes
/// an event of its chain.
/// </summary>
internal sealed class TaskTurns(IChainStore store, ChainTurns turns, PackageShelf shelf, ChainViews views)
{
    /// <summary>The answer about a resource that we wrote; null where it is none of ours.</summary>
    public async Task<MatchAnswer?> MatchAsync(Happening happening, EhrClient ehr, CancellationToken ct)
    {
        var written = await store.FindWrittenAsync(happening.Key, ct);
        return written is not null ? MatchAnswer.Of(await MatchAsync(happening, written, ehr, ct))
            : happening.Resource is { } resource ? await MatchUnsettledAsync(resource, ct)
            : null;
    }

    // The EHR may announce a Task before its answer to us has been noted. Whose it is, its identifier tells.
    private async Task<MatchAnswer?> MatchUnsettledAsync(Resource resource, CancellationToken ct)
    {
        if (EffectIdentity.Of(resource, views.IdentifierSystem) is not { } identity)
        {
            return null;
        }

        var begun = (await store.FindWrittenAsync(identity.Chain, ct)).FirstOrDefault(effect =>
            effect.Type == resource.Type && effect.Step == identity.Step && effect.Round == identity.Round);
        if (begun is null)
        {
            return null;
        }

        if (begun is { Id: null, Withheld: false })
        {
            // Its step is about to note it, or gave it up as lost long ago: then publishing finds and closes it.
            await turns.NoteAsync(identity.Chain, state => new ChainCommand.Publish(state.Revision), ct);
            return MatchAnswer.Later("our own write has not been noted yet");
        }

        return MatchAnswer.Of(new MatchVerdict(
            null, MatchKind.NotMatched, "duplicate-effect", "a second resource carries the identifier of ours",
            identity.Chain));
    }

    private async Task<MatchVerdict> MatchAsync(
        Happening happening, WrittenEffect written, EhrClient ehr, CancellationToken ct)
    {
        var authorship = happening.Resource is { } seen
            ? OwnWrite.Of(seen, ChainViews.EffectOf(written))
            : Authorship.Theirs;
        if (authorship != Authorship.Theirs)
        {
            return new MatchVerdict(
                null, MatchKind.OwnWrite, MatchReasons.OwnWrite, "our own write came back", written.Chain);
        }

        if (written.Type != "Task")
        {
            if (happening.Resource is not { } message || message.Root.Text("status") == "entered-in-error")
            {
                // Never silently sent again: whoever relies on it must know.
                var step = SendTask.Read(written.Step).Step;
                await turns.NoteAsync(
                    written.Chain, _ => new ChainCommand.OpenIncident(step, EffectReasons.MessageVoided), ct);
            }

            return new MatchVerdict(
                null, MatchKind.NotMatched, "message-edited", "a message of ours was edited at the EHR", written.Chain);
        }

        return await TakeInAsync(happening.Resource, written, ehr, ct);
    }

    private async Task<MatchVerdict> TakeInAsync(
        Resource? current, WrittenEffect written, EhrClient ehr, CancellationToken ct)
    {
        if (await store.FindAsync(written.Chain, ct) is not { } chain)
        {
            return new MatchVerdict(
                null, MatchKind.NotMatched, "no-chain", "its chain is not there any more", written.Chain);
        }

        var package = await shelf.FindAsync(chain.Package, chain.State.Plan, ct);
        var (step, generation) = SendTask.Read(written.Step);
        var template = generation == 0 ? package.Templates.GetValueOrDefault(step) : null;
        var last = Resource.Read(written.Body.Span).Value;
        var state = chain.State.Steps.GetValueOrDefault(step);
        var known = state?.Round == written.Round ? state : null;
        var reading = TaskReader.Read(current, last, template, known, ehr.Settings.BaseUrl);
        var seen = ChainViews.EffectOf(written) with { Body = current?.ToUtf8() ?? default(ReadOnlyMemory<byte>) };
        var result = await new EffectLedger(store, turns, written.Chain, ehr).TakeInAsync(seen, reading, ct);
        return new MatchVerdict(
            package.Definition.Plan.Url, MatchKind.Signalled, "task-changed",
            result.Why ?? "its Task was changed at the EHR", written.Chain);
    }
}
