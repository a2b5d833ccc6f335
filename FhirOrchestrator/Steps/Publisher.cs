using FhirOrchestrator.Chains;
using FhirOrchestrator.Fhir.Json;
using FhirOrchestrator.Outcomes;

namespace FhirOrchestrator.Steps;

/// <summary>What became of one of a chain's resources.</summary>
internal enum PublishOutcome
{
    /// <summary>It shows the chain's state already.</summary>
    UpToDate,

    /// <summary>It was written.</summary>
    Written,

    /// <summary>It is kept here, and was brought up to date here.</summary>
    Kept,

    /// <summary>Another hand had changed it: the chain was told; publish again.</summary>
    Learned,

    /// <summary>Not now; publish again later.</summary>
    Later,

    /// <summary>The EHR no longer has it; the chain was told.</summary>
    Gone,

    /// <summary>The EHR does not take it; a person looks at it.</summary>
    Refused,

    /// <summary>Its creation was begun, never answered, and is not to be found: it is taken not to exist.</summary>
    NeverLanded,
}

/// <summary>One of a chain's resources and what became of it.</summary>
internal sealed record PublishedEffect(
    StepName Step, int Round, string Type, PublishOutcome Outcome, Code? Reason = null, TimeSpan? RetryAfter = null);

/// <summary>What publishing a chain came to.</summary>
internal sealed record PublishReport(ImmutableArray<PublishedEffect> Effects)
{
    /// <summary>False: the claim must be given back, to be tried again after <see cref="RetryAfter"/>.</summary>
    public bool IsSettled => !Effects.Any(effect => effect.Outcome is PublishOutcome.Later or PublishOutcome.Learned);

    /// <summary>The shortest wait that any resource asks for; null: the caller's own back-off.</summary>
    public TimeSpan? RetryAfter => Effects.Any(effect => effect.Outcome == PublishOutcome.Learned)
        ? TimeSpan.Zero
        : Effects.Where(effect => effect.Outcome == PublishOutcome.Later).Min(effect => effect.RetryAfter);
}

/// <summary>
/// Brings every resource of a chain up to its newest state: level-triggered, so that it may run late, twice, or after a
/// crash. A resource that shows the state already costs no request. One that was created after its step had ended is
/// found and closed.
/// </summary>
internal static class Publisher
{
    /// <summary>How long a creation without an answer is looked for after its step has ended.</summary>
    public static readonly TimeSpan LateMax = TimeSpan.FromMinutes(15);

    private static readonly TimeSpan LatePause = TimeSpan.FromSeconds(30);
    private const int EdgesMax = 8;

    /// <summary>Publishes one chain.</summary>
    /// <param name="run">Its <see cref="StepRun.Step"/> is not looked at: every step's resources are published.</param>
    public static async Task<PublishReport> PublishAsync(StepRun run, CancellationToken ct)
    {
        var effects = await run.Ledger.FindAllAsync(ct);
        run = run with { Chain = run.Chain with { Effects = effects } };
        var done = ImmutableArray.CreateBuilder<PublishedEffect>(effects.Length);
        foreach (var effect in effects)
        {
            var (step, _) = SendTask.Read(effect.Step);
            done.Add(await PublishAsync(run with { Step = step }, effect, ct));
        }

        return new PublishReport(done.MoveToImmutable());
    }

    private static async Task<PublishedEffect> PublishAsync(StepRun run, Effect effect, CancellationToken ct)
    {
        if (!run.Chain.State.Steps.TryGetValue(run.Step, out var state))
        {
            return Ended(effect, PublishOutcome.UpToDate);
        }

        if (effect.Withheld)
        {
            return await KeepAsync(run, effect);
        }

        if (effect.Id is null)
        {
            var (found, ended) = await FindLateAsync(run, effect, state, ct);
            if (found is null)
            {
                return ended;
            }

            effect = found;
        }

        if (effect.Content is not { } last || IsSomebodyElses(run, effect, last))
        {
            return Ended(effect, PublishOutcome.UpToDate);
        }

        if (Contradicts(run, effect, state, last))
        {
            await run.Ledger.LearnAsync(effect, Read(run, effect, last, last, known: null), ct);
            return Ended(effect, PublishOutcome.Learned);
        }

        return ReferenceEquals(Project(run, effect, last, last), last)
            ? Ended(effect, PublishOutcome.UpToDate)
            : await WriteAsync(run, effect, ct);
    }

    private static async Task<PublishedEffect> WriteAsync(StepRun run, Effect effect, CancellationToken ct)
    {
        var updated = await EffectUpdater.UpdateAsync(
            run, effect,
            (current, basis) => Project(run, effect, current, basis),
            effect.Type == "Task" ? (current, basis) => Read(run, effect, current, basis, StateOf(run, effect)) : null,
            ct);
        if (updated.Outcome == UpdateOutcome.Written && HasEnded(updated.Effect.Content))
        {
            await SweepDuplicatesAsync(run, updated.Effect, ct);
        }

        var outcome = updated.Outcome switch
        {
            UpdateOutcome.UpToDate => PublishOutcome.UpToDate,
            UpdateOutcome.Written => PublishOutcome.Written,
            UpdateOutcome.Learned => PublishOutcome.Learned,
            UpdateOutcome.Later => PublishOutcome.Later,
            UpdateOutcome.Gone => PublishOutcome.Gone,
            UpdateOutcome.Refused => PublishOutcome.Refused,
        };
        return Ended(updated.Effect, outcome, updated.Reason, updated.RetryAfter);
    }

    // What is kept here takes the same edges as what is written there.
    private static async Task<PublishedEffect> KeepAsync(StepRun run, Effect effect)
    {
        if (effect.Content is not { } before)
        {
            return Ended(effect, PublishOutcome.Kept);
        }

        var body = before;
        for (var edge = 0; edge < EdgesMax; edge++)
        {
            var next = Project(run, effect, body, body);
            if (ReferenceEquals(next, body))
            {
                break;
            }

            body = next;
        }

        if (!ReferenceEquals(body, before))
        {
            await EffectWriter.SettleAsync(
                run, effect with { Body = body.ToUtf8(), ContentHash = ContentHash.Of(body) });
        }

        return Ended(effect, PublishOutcome.Kept);
    }

    private static async Task<(Effect? Found, PublishedEffect Ended)> FindLateAsync(
        StepRun run, Effect effect, StepState state, CancellationToken ct)
    {
        var isCurrent = effect.Round == state.Round;
        if (isCurrent && state.Phase == StepPhase.Running)
        {
            return (null, Ended(effect, PublishOutcome.UpToDate)); // the step itself is at it
        }

        var identity = new EffectIdentity(run.Chain.State.Id, effect.Step, effect.Round);
        var readBack = await EffectWriter.ReadBackAsync(run, identity, effect, ct);
        switch (readBack)
        {
            case Ensured.Exists { Effect: var found }:
                return (found, Ended(found, PublishOutcome.UpToDate));
            case Ensured.Not { Report: StepReport.Retry retry }:
                return (null, Ended(effect, PublishOutcome.Later, retry.Reason, retry.NotBefore));
            case Ensured.Not:
                return (null, Ended(effect, PublishOutcome.Refused, EffectReasons.NotReadBack));
        }

        var since = (isCurrent ? state.EndedAt ?? state.Task?.Since : null) ?? state.StartedAt ?? run.Chain.Now;
        return run.Chain.Now - since < LateMax
            ? (null, Ended(effect, PublishOutcome.Later, EffectReasons.UnknownOutcome, LatePause))
            : (null, Ended(effect, PublishOutcome.NeverLanded));
    }

    private static Resource Project(StepRun run, Effect effect, Resource current, Resource basis) =>
        effect.Type == "Task"
        ? TaskPatch.Apply(run.Chain, effect, current, basis)
        : CommunicationProjection.Apply(
            run.Chain, effect, current, run.Facts.CommunicationReachesInbox == InboxReach.Yes);

    private static TaskReading Read(StepRun run, Effect effect, Resource? current, Resource? last, StepState? known)
    {
        var template = SendTask.Read(effect.Step).Generation > 0 ? null : run.Template;
        return TaskReader.Read(current, last, template, known, run.Chain.BaseUrl);
    }

    // Of an earlier round the chain remembers nothing.
    private static StepState? StateOf(StepRun run, Effect effect) =>
        effect.Round == run.State.Round ? run.State : null;

    // The chain waits for a Task that has ended: a cancellation of ours that crossed a resumption. Its person is told.
    private static bool Contradicts(StepRun run, Effect effect, StepState state, Resource last) =>
        effect.Type == "Task" && effect.Round == state.Round && HasEnded(last)
        && state is { Phase: StepPhase.Waiting, Task: not null }
        && (SendTask.Last(run.Chain.Effects, run.Step, effect.Round)?.Step ?? effect.Step) == effect.Step;

    // While the chain is held because its Task points at somebody else, nothing of ours is written on it.
    private static bool IsSomebodyElses(StepRun run, Effect effect, Resource last) =>
        effect.Type == "Task" && run.Chain.State.Phase == ChainPhase.Held
        && Elements.Target(last.Root.Child("for"), run.Chain.BaseUrl) != run.Chain.Patient;

    private static bool HasEnded(Resource? task) =>
        TaskStatusCodes.Parse(task?.Root.Text("status")) is { } status && Flow.IsTerminal(status);

    private static async Task SweepDuplicatesAsync(StepRun run, Effect effect, CancellationToken ct)
    {
        var identity = new EffectIdentity(run.Chain.State.Id, effect.Step, effect.Round);
        var sought = await EffectSearch.FindAsync(run, identity, effect.Type, ct);
        if (sought is { Failure: null, Found.Length: > 1 })
        {
            await EffectSearch.SettleDuplicatesAsync(run, identity, sought.Found, effect.Id ?? "", ct);
        }
    }

    private static PublishedEffect Ended(
        Effect effect, PublishOutcome outcome, Code? reason = null, TimeSpan? retryAfter = null) =>
        new(effect.Step, effect.Round, effect.Type, outcome, reason, retryAfter);
}
