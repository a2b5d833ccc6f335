using FhirOrchestrator.Chains;
using FhirOrchestrator.Plans;
using FhirOrchestrator.Settings;
using FhirOrchestrator.Storage;
using FhirOrchestrator.Storage.Postgres;

namespace FhirOrchestrator.Worklist;

/// <summary>Reads what the screens show.</summary>
internal sealed class WorklistReader(
    IChainStore store, WorkList work, PackageShelf shelf, ServerSettings settings, WorklistEhrs ehrs)
{
    private const int RowsMax = 500;

    public async Task<ListModel> ListAsync(string? pool, string? show, Actor? person, CancellationToken ct)
    {
        var now = await store.NowAsync(ct);
        var found = await work.FindOpenAsync(new WorkFilter { Pool = pool }, RowsMax, ct);
        var rows = ImmutableArray.CreateBuilder<TaskRow>();
        var chains = new Dictionary<ChainId, ChainRecord?>();
        foreach (var item in found.Select(row => row.Item).Where(item => Shows(show, item, person)))
        {
            if (!chains.TryGetValue(item.Chain, out var chain))
            {
                chain = await store.FindAsync(item.Chain, ct);
                chains.Add(item.Chain, chain);
            }

            if (chain is not null)
            {
                var package = await shelf.FindAsync(chain.Package, chain.State.Plan, ct);
                rows.Add(TaskRow.Of(item, chain, package.Title, now));
            }
        }

        return new ListModel
        {
            Rows = [.. rows.OrderBy(row => row.Item.Due ?? DateTimeOffset.MaxValue)],
            Pools = Pools(),
            Pool = pool,
            Show = show,
            Person = person?.Name,
            HasSandbox = settings.UsesSandbox,
            Notices = await ehrs.NoticesAsync(ct),
        };
    }

    /// <summary>The page of a task; null where it is not open (any more).</summary>
    public async Task<TaskModel?> FindAsync(TaskPlace place, Actor? person, Said? said, CancellationToken ct)
    {
        if (await store.FindAsync(new ChainId(place.Chain), ct) is not { } chain)
        {
            return null;
        }

        var step = new StepName(place.Step);
        var rows = await work.FindOpenAsync(new WorkFilter { Chain = chain.Id }, RowsMax, ct);
        if (rows.FirstOrDefault(row => row.Item.Step == step && row.Item.Round == place.Round)?.Item is not { } item)
        {
            return null;
        }

        var package = await shelf.FindAsync(chain.Package, chain.State.Plan, ct);
        return new TaskModel
        {
            Row = TaskRow.Of(item, chain, package.Title, await store.NowAsync(ct)),
            Template = package.Templates[step],
            Steps = [.. package.Definition.Steps.Select(each => Line(each, chain.State.Steps[each.Name]))],
            ChartUrl = ehrs.ChartUrl(chain),
            Person = person?.Name,
            HasSandbox = settings.UsesSandbox,
            Said = said,
        };
    }

    /// <summary>What became of an act, in a sentence.</summary>
    public async Task<Said> FindSaidAsync(long letter, CancellationToken ct) =>
        await store.FindLetterOutcomeAsync(letter, ct) switch
        {
            null => new Said("Not done yet: the server is busy. Reload in a moment.", IsRefusal: false),
            { Verdict: Verdict.Applied } => new Said("Done.", IsRefusal: false),
            { Why: var why } => new Said(why ?? "That is not possible now.", IsRefusal: true),
        };

    private static bool Shows(string? show, WorkItem item, Actor? person) => show switch
    {
        "mine" => person is not null && item.Owner == person.Name,
        "free" => item is { Owner: null, Phase: StepPhase.Waiting },
        "decide" => item.Phase is not StepPhase.Waiting,
        _ => true,
    };

    private ImmutableArray<Code> Pools() =>
    [
        .. shelf.Current
            .SelectMany(package => package.Templates.Values)
            .Select(template => template.Pool)
            .OfType<Code>()
            .DistinctBy(pool => pool.Value)
            .OrderBy(pool => pool.Display ?? pool.Value, StringComparer.Ordinal),
    ];

    private static StepLine Line(StepDefinition step, StepState state) => new(
        step.Title,
        state.Phase.ToString(),
        string.Join(" · ", new[]
        {
            Words(state.Phase),
            state.Outputs.FirstOrDefault(output => output.Coded is not null)?.Coded is { } said
                ? said.Display ?? said.Value : null,
            state.Task?.OwnerName ?? state.Task?.Owner,
            state.Reason?.Display ?? state.Reason?.Value,
        }.OfType<string>()));

    private static string Words(StepPhase phase) => phase switch
    {
        StepPhase.Pending => "not yet",
        StepPhase.Running => "being sent",
        StepPhase.Waiting => "waiting",
        StepPhase.NeedsReview => "needs review",
        StepPhase.Failed => "needs a decision",
        StepPhase.Held => "held",
        StepPhase.Completed => "done",
        StepPhase.Skipped => "not needed",
        StepPhase.NotDone => "not done",
        StepPhase.Expired => "not done in time",
        StepPhase.Cancelled => "cancelled",
    };
}
