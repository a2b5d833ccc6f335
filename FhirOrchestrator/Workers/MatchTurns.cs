using FhirOrchestrator.Facts;
using FhirOrchestrator.Remote;

namespace FhirOrchestrator.Workers;

/// <summary>
/// What a happening means: our own write come back, an edit of our Task, news for live chains, the start of new ones;
/// and for each package that it does not start, why not.
/// </summary>
internal sealed class MatchTurns(TaskTurns tasks, SignalTurns signals, StartTurns starts, EhrClients ehrs)
{
    public async Task<MatchAnswer> MatchAsync(Happening happening, CancellationToken ct)
    {
        var answer = new MatchAnswer();
        if (!ehrs.TryGet(happening.Key.Ehr, out var ehr))
        {
            throw new InvalidOperationException(
                $"expected a happening of a configured EHR, got one of {happening.Key.Ehr}");
        }

        if (await tasks.MatchAsync(happening, ehr, ct) is { } own)
        {
            return own;
        }

        foreach (var signalled in await signals.MatchAsync(happening, ehr.Settings.BaseUrl, ct))
        {
            answer.Add(signalled);
        }

        if (happening.Resource is { } announced)
        {
            answer.AddAll(await starts.MatchAsync(happening, announced, ehr, ct));
        }

        if (answer.Verdicts.Count == 0)
        {
            answer.Add(happening.IsDeleted
                ? new MatchVerdict(
                    null, MatchKind.NotMatched, MatchReasons.Deleted, "it is gone and no chain waits for it")
                : new MatchVerdict(null, MatchKind.NotMatched, MatchReasons.NoPlan, "no package is about it"));
        }

        return answer;
    }
}
