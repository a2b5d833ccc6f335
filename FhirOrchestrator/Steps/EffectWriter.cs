using System.Diagnostics;
using FhirOrchestrator.Chains;
using FhirOrchestrator.Fhir.Json;
using FhirOrchestrator.Outcomes;
using FhirOrchestrator.Remote;

namespace FhirOrchestrator.Steps;

/// <summary>What came of making sure that an effect exists.</summary>
internal abstract record Ensured
{
    private Ensured()
    {
    }

    /// <summary>It exists at the EHR, made by this try or an earlier one.</summary>
    public sealed record Exists(Effect Effect, Resource Body) : Ensured;

    /// <summary>It was rendered and is kept here: "would have written".</summary>
    public sealed record Kept(Effect Effect, Resource Body) : Ensured;

    /// <summary>It does not exist, or nobody knows; the report says how the step goes on.</summary>
    public sealed record Not(StepReport Report) : Ensured;
}

/// <summary>
/// Creates an effect at most once: noted before it is sent, looked for by its identifier wherever an earlier try may
/// have made it, sent with <c>If-None-Exist</c>, and read back where the answer was lost.
/// </summary>
internal static class EffectWriter
{
    /// <summary>Makes sure that an effect exists.</summary>
    /// <param name="name">The step's name, or that of its send Task.</param>
    /// <param name="type">Task or Communication.</param>
    /// <param name="render">Renders it; asked for only where no earlier try did.</param>
    public static async Task<Ensured> EnsureAsync(
        StepRun run, StepName name, string type, Func<Draft> render, CancellationToken ct)
    {
        var identity = new EffectIdentity(run.Chain.State.Id, name, run.State.Round);
        var known = (await run.Ledger.FindAllAsync(ct)).FirstOrDefault(effect =>
            effect.Step == name && effect.Round == identity.Round && effect.Type == type);
        if (known is { Id: not null } or { Withheld: true })
        {
            return Standing(known);
        }

        if (known is not null && await ReadBackAsync(run, identity, known, ct) is { } found)
        {
            return found;
        }

        if (await SubjectGuard.CheckAsync(run, ct) is { } guarded)
        {
            return new Ensured.Not(guarded);
        }

        if (known is null)
        {
            var draft = render();
            if (!draft.Succeeded(out var made))
            {
                return new Ensured.Not(new StepReport.Failed(draft.Problem ?? EffectReasons.Refused));
            }

            var (row, kept) = await IntendAsync(run, identity, type, made, ct);
            if (kept is not null)
            {
                return kept;
            }

            return await CreateAsync(run, identity, row, isFirst: true, ct);
        }

        return await CreateAsync(run, identity, known, isFirst: false, ct);
    }

    private static async Task<(Effect Row, Ensured? Kept)> IntendAsync(
        StepRun run, EffectIdentity identity, string type, Resource made, CancellationToken ct)
    {
        var withheld = !run.MayWrite(type);
        var content = withheld && type == "Communication" ? CommunicationProjection.Prepared(made) : made;
        var row = await run.Ledger.IntendAsync(
            new Effect
            {
                Step = identity.Step,
                Round = identity.Round,
                Type = type,
                ContentHash = ContentHash.Of(content),
                Body = content.ToUtf8(),
                Withheld = withheld,
            },
            ct);
        if (row.Withheld)
        {
            await SettleAsync(run, row);
        }

        return (row, row is { Id: not null } or { Withheld: true } ? Standing(row) : null);
    }

    private static async Task<Ensured> CreateAsync(
        StepRun run, EffectIdentity identity, Effect row, bool isFirst, CancellationToken ct)
    {
        if (!run.MayWrite(row.Type))
        {
            // Begun while writing was allowed, and read back just now: the EHR has none.
            var withheld = row with { Withheld = true };
            await SettleAsync(run, withheld);
            return Standing(withheld);
        }

        var sent = row.Content ?? throw new UnreachableException("an intent without a body");
        var reply = await run.Ehr.CreateAsync(sent, identity.Query(run.Chain.Installation), ct);
        switch (reply.Outcome)
        {
            case FhirOutcome.Ok:
                return await AnsweredAsync(run, identity, row, reply, isFirst, ct);
            case FhirOutcome.Unknown or FhirOutcome.PreconditionFailed or FhirOutcome.Conflict:
                return await ReadBackAsync(run, identity, row, ct) ?? new Ensured.Not(Replies.Retry(reply));
            case FhirOutcome.Throttled or FhirOutcome.Unavailable or FhirOutcome.Unauthorized:
                return new Ensured.Not(Replies.Retry(reply));
            case FhirOutcome.NotFound or FhirOutcome.Gone or FhirOutcome.Refused:
                return new Ensured.Not(new StepReport.Failed(EffectReasons.Refused));
            default:
                throw new UnreachableException();
        }
    }

    // 201 is our own; 200 is what If-None-Exist found, which somebody may have worked on since.
    private static async Task<Ensured> AnsweredAsync(
        StepRun run, EffectIdentity identity, Effect row, FhirReply reply, bool isFirst, CancellationToken ct)
    {
        if (!isFirst || reply.Body?.Type != row.Type || reply.Status != 201)
        {
            // An earlier try may land late: whoever of them counts is looked for by the identifier.
            var readBack = await ReadBackAsync(run, identity, row, ct);
            if (readBack is not null || reply.Body?.Type != row.Type)
            {
                return readBack ?? new Ensured.Not(new StepReport.Retry(EffectReasons.NotReadBack, null));
            }
        }

        var body = reply.Body;
        var settled = row with { Id = reply.Id ?? body.Id, Version = reply.Version, Body = body.ToUtf8() };
        await SettleAsync(run, settled);
        return IsWhatWasSent(run, identity, body)
            ? new Ensured.Exists(settled, body)
            : new Ensured.Not(new StepReport.Failed(EffectReasons.NotReadBack));
    }

    /// <summary>
    /// Looks for an effect whose outcome is not known. Null where the EHR has none: only then may it be sent (again).
    /// </summary>
    public static async Task<Ensured?> ReadBackAsync(
        StepRun run, EffectIdentity identity, Effect row, CancellationToken ct)
    {
        var sought = await EffectSearch.FindAsync(run, identity, row.Type, ct);
        if (sought.Failure is { } failure)
        {
            return new Ensured.Not(Replies.Retry(failure));
        }

        if (sought.Found.IsEmpty)
        {
            return null;
        }

        var kept = sought.Found.FirstOrDefault(resource => resource.Id == row.Id) ?? sought.Found[0];
        var adopted = await AdoptAsync(run, row, kept, ct);
        if (sought.Found.Length > 1)
        {
            await EffectSearch.SettleDuplicatesAsync(run, identity, sought.Found, kept.Id ?? "", ct);
        }

        return IsWhatWasSent(run, identity, kept)
            ? new Ensured.Exists(adopted, kept)
            : new Ensured.Not(new StepReport.Failed(EffectReasons.NotReadBack));
    }

    private static async Task<Effect> AdoptAsync(StepRun run, Effect row, Resource found, CancellationToken ct)
    {
        var reading = row.Type == "Task"
            ? TaskReader.Read(found, row.Content, TemplateOf(run, row.Step), run.State, run.Chain.BaseUrl)
            : null;
        var isOurs = reading is null || ContentHash.Of(found) == row.ContentHash || IsQuiet(reading, row);
        if (isOurs)
        {
            var settled = row with { Id = found.Id, Version = found.VersionId, Body = found.ToUtf8() };
            await SettleAsync(run, settled);
            return settled;
        }

        // The id first: from here on it is ours, whatever becomes of the news about it.
        var named = row with { Id = found.Id };
        await SettleAsync(run, named);
        var seen = named with { Body = found.ToUtf8() };
        await run.Ledger.LearnAsync(seen, reading!, ct); // a reading exists wherever it is not ours
        return seen;
    }

    // Servers add defaults: what says nothing new is what we sent.
    private static bool IsQuiet(TaskReading reading, Effect row) =>
        row.Content is { } sent
        && TaskStatusCodes.Parse(sent.Root.Text("status")) == reading.Status
        && TaskReader.OwnerOf(sent) == (reading.Owner, reading.OwnerName)
        && TaskReader.DueOf(sent) == reading.Due
        && reading.Outputs.IsEmpty && reading.IdentityChanged.IsEmpty;

    private static Plans.StepTemplate? TemplateOf(StepRun run, StepName name) =>
        SendTask.Read(name).Generation > 0 ? null : run.Chain.Package.Templates.GetValueOrDefault(name);

    private static bool IsWhatWasSent(StepRun run, EffectIdentity identity, Resource body)
    {
        var subject = body.Root.Child(body.Type == "Task" ? "for" : "subject");
        return EffectIdentity.Of(body, run.Chain.Installation) == identity
            && Elements.Target(subject, run.Chain.BaseUrl) == run.Chain.Patient;
    }

    private static Ensured Standing(Effect effect)
    {
        var body = effect.Content ?? Resource.Create(effect.Type);
        return effect.Withheld ? new Ensured.Kept(effect, body) : new Ensured.Exists(effect, body);
    }

    /// <summary>
    /// Notes what became of an effect. It has happened: a caller that gives up must not lose the note.
    /// </summary>
    public static async Task SettleAsync(StepRun run, Effect effect)
    {
        using var own = new CancellationTokenSource(TimeSpan.FromSeconds(10), run.Time);
        await run.Ledger.SettleAsync(effect, own.Token);
    }
}
