using FhirOrchestrator.Chains;
using FhirOrchestrator.Outcomes;
using FhirOrchestrator.Plans;
using FhirOrchestrator.Storage;

namespace FhirOrchestrator.Workers;

/// <summary>
/// The shell of the machine: locks the chain, lets it decide, answers its questions over the dossier, and stores state,
/// events and commands as one transaction. Everything that changes a chain comes through here.
/// </summary>
internal sealed class ChainTurns(IChainStore store, PackageShelf shelf, ChainViews views)
{
    // Serialization failures and deadlocks: the whole transaction again.
    private const int TriesMax = 5;

    /// <summary>Starts a chain, unless its business key was ever taken.</summary>
    public Task<TurnResult> StartAsync(ChainRecord created, WorkflowPackage package, CancellationToken ct) =>
        TryAsync(async () =>
        {
            await using var transaction = await store.BeginAsync(created.Id, ct);
            if (transaction.Chain is { } earlier)
            {
                return new TurnResult(Verdict.Ignored, "a chain for this business key exists", earlier);
            }

            var applied = Apply(created, package, new ChainEvent.Started(transaction.Now));
            var change = Change(applied, package) with { Waits = Waits.Of(created, package) };
            if (!await transaction.SaveAsync(change, ct))
            {
                return new TurnResult(Verdict.Ignored, "a chain for this business key exists", null);
            }

            await transaction.CommitAsync(ct);
            return new TurnResult(Verdict.Applied, null, applied.Chain);
        });

    /// <summary>Applies an event to a chain.</summary>
    /// <param name="chain">Which one.</param>
    /// <param name="prepare">
    /// Makes the event from the locked chain and the store's clock, with the dossier that holds from then on; null:
    /// there is nothing to apply.
    /// </param>
    /// <param name="claim">What the change finishes in the same transaction.</param>
    public Task<TurnResult> ApplyAsync(
        ChainId chain, Func<ChainRecord, DateTimeOffset, Prepared?> prepare, TurnClaim claim, CancellationToken ct) =>
        TryAsync(async () =>
        {
            await using var transaction = await store.BeginAsync(chain, ct);
            if (transaction.Chain is not { } locked)
            {
                return new TurnResult(Verdict.Ignored, "there is no such chain", null);
            }

            var package = await shelf.FindAsync(locked.Package, locked.State.Plan, ct);
            var prepared = prepare(locked, transaction.Now);
            var applied = prepared is null
                ? Applied.Nothing(locked)
                : Apply(prepared.Chain, package, prepared.Happened);
            if (applied.Verdict != Verdict.Applied)
            {
                applied = applied with { Chain = locked, Commands = prepared?.Otherwise ?? [] };
            }

            // Storing a letter with a change says that it was applied: what was refused is answered with its reason.
            var letter = applied.Verdict == Verdict.Applied ? claim.Letter : null;
            var change = Change(applied, package) with { Finished = claim.Job, Letter = letter };
            if (!await transaction.SaveAsync(change, ct))
            {
                return new TurnResult(Verdict.Stale, "the claim is no longer ours", locked);
            }

            await transaction.CommitAsync(ct);
            return new TurnResult(applied.Verdict, applied.Why, applied.Chain);
        });

    /// <summary>
    /// Writes a row about a chain that its state does not change for: an incident that somebody must see, or that its
    /// resources are to be looked at.
    /// </summary>
    public Task<TurnResult> NoteAsync(ChainId chain, Func<ChainState, ChainCommand> note, CancellationToken ct) =>
        TryAsync(async () =>
        {
            await using var transaction = await store.BeginAsync(chain, ct);
            if (transaction.Chain is not { } locked)
            {
                return new TurnResult(Verdict.Ignored, "there is no such chain", null);
            }

            var package = await shelf.FindAsync(locked.Package, locked.State.Plan, ct);
            var change = Change(new Applied(locked, [], [note(locked.State)], Verdict.Applied, null), package);
            if (!await transaction.SaveAsync(change, ct))
            {
                return new TurnResult(Verdict.Ignored, "nothing was written", locked);
            }

            await transaction.CommitAsync(ct);
            return new TurnResult(Verdict.Applied, null, locked);
        });

    private Applied Apply(ChainRecord chain, WorkflowPackage package, ChainEvent happened)
    {
        var view = views.Of(chain, package, [], happened.At);
        var state = chain.State;
        var events = ImmutableArray.CreateBuilder<LoggedEvent>();
        var commands = ImmutableArray.CreateBuilder<ChainCommand>();
        while (true)
        {
            var decided = ChainMachine.Decide(package.Definition, state, happened);
            if (decided.Verdict != Verdict.Applied)
            {
                return new Applied(chain, [], [], decided.Verdict, decided.Why);
            }

            state = decided.State;
            events.Add(new LoggedEvent(state.Revision, happened));
            commands.AddRange(decided.Commands);
            if (state.Asked is not { } asked)
            {
                return new Applied(
                    chain with { State = state }, events.DrainToImmutable(), commands.DrainToImmutable(),
                    Verdict.Applied, null);
            }

            var answers = ExpressionAnswers.Evaluate(view with { State = state }, asked);
            commands.AddRange(answers.Problems.Select(Incident));
            happened = new ChainEvent.Evaluated(happened.At, answers.Values, answers.Versions);
        }
    }

    // Its value stands as false: a person must know that a stop or a guard could not be judged.
    private static ChainCommand.OpenIncident Incident(AnswerProblem problem) =>
        new(null, new Code(Reasons.System, "expression-failed", $"{problem.Key}: {problem.Words}"));

    private static ChainChange Change(Applied applied, WorkflowPackage package) => new()
    {
        Chain = applied.Chain,
        Events = applied.Events,
        Commands = applied.Commands,
        WorkItems = WorkItems.Of(applied.Chain, package),
    };

    private static async Task<TurnResult> TryAsync(Func<Task<TurnResult>> turn)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await turn();
            }
            catch (Exception fault) when (attempt < TriesMax && StorageFault.IsTransient(fault))
            {
                // Nothing was written: the same again.
            }
        }
    }

    private sealed record Applied(
        ChainRecord Chain, ImmutableArray<LoggedEvent> Events, ImmutableArray<ChainCommand> Commands, Verdict Verdict,
        string? Why)
    {
        public static Applied Nothing(ChainRecord chain) => new(chain, [], [], Verdict.Ignored, "nothing to apply");
    }
}

/// <summary>An event to apply, and the chain with the dossier that it is to be judged by.</summary>
internal sealed record Prepared(ChainRecord Chain, ChainEvent Happened)
{
    /// <summary>What is written where the event changes nothing.</summary>
    public ImmutableArray<ChainCommand> Otherwise { get; init; } = [];
}

/// <summary>What a change finishes in its own transaction.</summary>
internal readonly record struct TurnClaim(JobLease? Job = null, long? Letter = null);

/// <summary>What became of an event, and the chain after it (null where it does not exist).</summary>
internal sealed record TurnResult(Verdict Verdict, string? Why, ChainRecord? Chain);
