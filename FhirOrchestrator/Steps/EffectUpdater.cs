using FhirOrchestrator.Chains;
using FhirOrchestrator.Fhir.Json;
using FhirOrchestrator.Outcomes;
using FhirOrchestrator.Remote;

namespace FhirOrchestrator.Steps;

/// <summary>How bringing one resource up to date ended.</summary>
internal enum UpdateOutcome
{
    /// <summary>It shows what the chain says.</summary>
    UpToDate,

    /// <summary>It was written, and shows it now.</summary>
    Written,

    /// <summary>Another hand had changed it: the chain was told, and is to be published again.</summary>
    Learned,

    /// <summary>Not now; again later.</summary>
    Later,

    /// <summary>The EHR no longer has it.</summary>
    Gone,

    /// <summary>The EHR does not take it.</summary>
    Refused,
}

/// <summary>How bringing one resource up to date ended, and what is known of it now.</summary>
internal sealed record Updated(UpdateOutcome Outcome, Effect Effect, Code? Reason = null, TimeSpan? RetryAfter = null);

/// <summary>
/// Brings a resource of ours at the EHR up to date: read, patch, hash noted, sent with <c>If-Match</c>; again from the
/// reading where somebody was faster. Another hand's edit is handed to the chain before anything is written over it.
/// </summary>
internal static class EffectUpdater
{
    // requested -> accepted -> in-progress -> completed are three writes; the rest is for lost races.
    private const int TurnsMax = 10;

    /// <summary>Brings one resource up to date; at most ten reads and writes.</summary>
    /// <param name="project">
    /// The resource as it should be, over the one at the EHR and the one that the chain took in last; the same instance
    /// where it is as it should be.
    /// </param>
    /// <param name="reader">Reads another hand's edit of a Task, from the same two; null for a Communication.</param>
    public static async Task<Updated> UpdateAsync(
        StepRun run, Effect effect, Func<Resource, Resource, Resource> project,
        Func<Resource?, Resource?, TaskReading>? reader, CancellationToken ct)
    {
        var written = false;
        Resource? current = null;
        for (var turn = 0; turn < TurnsMax; turn++)
        {
            if (current is null)
            {
                var (read, ended) = await ReadAsync(run, effect, reader, ct);
                if (ended is not null)
                {
                    return ended;
                }

                (current, effect) = read;
            }

            var wanted = project(current, effect.Content ?? current);
            if (ReferenceEquals(wanted, current))
            {
                return new Updated(written ? UpdateOutcome.Written : UpdateOutcome.UpToDate, effect);
            }

            effect = effect with { ContentHash = ContentHash.Of(wanted) };
            await run.Ledger.SettleAsync(effect, ct);
            var reply = await run.Ehr.UpdateAsync(wanted, current.VersionId, ct);
            switch (reply.Outcome)
            {
                case FhirOutcome.Ok:
                    current = reply.Body?.Type == effect.Type ? reply.Body : wanted.WithVersion(reply.Version, null);
                    effect = effect with { Version = reply.Version ?? current.VersionId, Body = current.ToUtf8() };
                    await EffectWriter.SettleAsync(run, effect);
                    written = true;
                    break;
                case FhirOutcome.PreconditionFailed or FhirOutcome.Conflict or FhirOutcome.Unknown
                    or FhirOutcome.Gone or FhirOutcome.NotFound:
                    current = null; // read again, decide again
                    break;
                case FhirOutcome.Refused:
                    return new Updated(UpdateOutcome.Refused, effect, EffectReasons.Refused);
                case FhirOutcome.Throttled or FhirOutcome.Unavailable or FhirOutcome.Unauthorized:
                    return new Updated(UpdateOutcome.Later, effect, Replies.Reason(reply), reply.RetryAfter);
                default:
                    throw new System.Diagnostics.UnreachableException();
            }
        }

        return new Updated(UpdateOutcome.Later, effect, EffectReasons.Conflict);
    }

    private static async Task<((Resource Current, Effect Effect) Read, Updated? Ended)> ReadAsync(
        StepRun run, Effect effect, Func<Resource?, Resource?, TaskReading>? reader, CancellationToken ct)
    {
        var reply = await run.Ehr.ReadAsync(effect.Type, effect.Id ?? "", ct);
        if (reply.IsSurelyGone)
        {
            var gone = effect with { Body = default };
            if (reader is not null)
            {
                await run.Ledger.LearnAsync(gone, reader(null, effect.Content), ct);
            }

            return (default, new Updated(UpdateOutcome.Gone, gone));
        }

        if (reply is not { IsOk: true, Body: { } current })
        {
            return (default, new Updated(UpdateOutcome.Later, effect, Replies.Reason(reply), reply.RetryAfter));
        }

        if (effect.Content is { } last && OwnWrite.IsOlder(current, last))
        {
            // A replica of the EHR that lags behind: patching what it shows would undo what is there.
            return (default, new Updated(UpdateOutcome.Later, effect, EffectReasons.Conflict));
        }

        switch (OwnWrite.Of(current, effect))
        {
            case Authorship.Theirs when reader is not null:
                var seen = effect with { Body = current.ToUtf8() };
                await run.Ledger.LearnAsync(seen, reader(current, effect.Content), ct);
                return (default, new Updated(UpdateOutcome.Learned, seen));
            case Authorship.Ours when effect.Version != current.VersionId:
                // A write whose answer was lost.
                effect = effect with { Version = current.VersionId, Body = current.ToUtf8() };
                await EffectWriter.SettleAsync(run, effect);
                return ((current, effect), null);
            case Authorship.Ours or Authorship.Known or Authorship.Theirs:
                return ((current, effect), null);
            default:
                throw new System.Diagnostics.UnreachableException();
        }
    }
}
