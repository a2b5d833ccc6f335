using FhirOrchestrator.Chains;
using FhirOrchestrator.Facts;
using FhirOrchestrator.Fhir;
using FhirOrchestrator.Fhir.Json;
using FhirOrchestrator.Matching;
using FhirOrchestrator.Outcomes;
using FhirOrchestrator.Plans;
using FhirOrchestrator.Remote;
using FhirOrchestrator.Storage;

namespace FhirOrchestrator.Workers;

/// <summary>
/// What came back of our own effects: our own write is recognised and ends there; another hand's edit of a Task becomes
/// an event of its chain.
/// </summary>
internal sealed class TaskTurns(IChainStore store, ChainTurns turns, PackageShelf shelf)
{
    /// <summary>The verdict about a resource that we wrote; null where it is none of ours.</summary>
    public async Task<MatchVerdict?> MatchAsync(Happening happening, EhrClient ehr, CancellationToken ct)
    {
        if (await store.FindWrittenAsync(happening.Key, ct) is not { } written)
        {
            return null;
        }

        var authorship = happening.Resource is { } seen
            ? OwnWrite.Of(seen, ChainViews.EffectOf(written))
            : Authorship.Theirs;
        if (authorship != Authorship.Theirs)
        {
            return new MatchVerdict(null, MatchKind.OwnWrite, MatchReasons.OwnWrite, "our own write came back", written.Chain);
        }

        if (written.Type != "Task")
        {
            return new MatchVerdict(
                null, MatchKind.NotMatched, "message-edited", "a message of ours was edited at the EHR", written.Chain);
        }

        return await TakeInAsync(happening.Resource, written, ehr, ct);
    }

    /// <summary>Tells the chain what another hand made of one of its Tasks, then remembers it as the last one read.</summary>
    public async Task<MatchVerdict> TakeInAsync(
        Resource? current, WrittenEffect written, EhrClient ehr, CancellationToken ct)
    {
        if (await store.FindAsync(written.Chain, ct) is not { } chain)
        {
            return new MatchVerdict(null, MatchKind.NotMatched, "no-chain", "its chain is not there any more", written.Chain);
        }

        var package = await shelf.FindAsync(chain.Package, chain.State.Plan, ct);
        var (step, generation) = SendTask.Read(written.Step);
        var template = generation == 0 ? package.Templates.GetValueOrDefault(step) : null;
        var last = Resource.Read(written.Body.Span).Value;
        var known = chain.State.Steps.GetValueOrDefault(step);
        var reading = TaskReader.Read(current, last, template, known, ehr.Settings.BaseUrl);
        var produced = await ReadOutputsAsync(step, reading, ehr, ct);
        var result = await turns.ApplyAsync(
            written.Chain,
            (locked, now) => new Prepared(
                produced.Aggregate(locked, (each, entry) => Dossiers.With(each, entry(now))),
                new ChainEvent.TaskChanged(now, step, written.Round, reading)),
            default,
            ct);
        if (current is not null)
        {
            await store.SettleAsync(written with { Body = current.ToUtf8() }, ct);
        }

        return new MatchVerdict(
            package.Definition.Plan.Url, MatchKind.Signalled, "task-changed",
            result.Why ?? "its Task was changed at the EHR", written.Chain);
    }

    // What an output refers to joins the dossier, so that the plan's review can look at it (an Appointment's start).
    private static async Task<List<Func<DateTimeOffset, DossierEntry>>> ReadOutputsAsync(
        StepName step, TaskReading reading, EhrClient ehr, CancellationToken ct)
    {
        var found = new List<Func<DateTimeOffset, DossierEntry>>();
        foreach (var output in reading.Outputs.Where(output => output.Reference is not null))
        {
            var reference = ResourceReference.Parse(output.Reference ?? "");
            if (Correlations.PathOf(reference, ehr.Settings.BaseUrl) is null)
            {
                continue;
            }

            var reply = await ehr.ReadAsync(reference.Type ?? "", reference.Id ?? "", ct);
            if (reply is { IsOk: true, Body: { } resource })
            {
                found.Add(now => DossierReader.Entry($"output:{step}", resource, now));
            }
        }

        return found;
    }
}
