using FhirOrchestrator.Chains;
using FhirOrchestrator.Facts;
using FhirOrchestrator.Fhir.Json;
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
        var troubled = await ehrs.TroubledAsync(ct);
        var found = (await work.FindOpenAsync(new WorkFilter { Pool = pool }, RowsMax + 1, ct))
            .Select(row => row.Item).ToList();
        var isCut = found.Count > RowsMax;
        var items = found.Take(RowsMax).ToList();
        var rows = ImmutableArray.CreateBuilder<TaskRow>();
        foreach (var group in items.Where(item => Shows(show, item, person)).GroupBy(item => item.Chain))
        {
            if (await store.FindAsync(group.Key, ct) is { } chain)
            {
                var package = await shelf.FindAsync(chain.Package, chain.State.Plan, ct);
                var written = await store.FindWrittenAsync(chain.Id, ct);
                rows.AddRange(group.Select(item =>
                    TaskRow.Of(item, chain, Context(item, chain, package, written, troubled), now)));
            }
        }

        var pools = Pools();
        return new ListModel
        {
            Rows = [.. rows.OrderBy(row => row.Item.Due ?? DateTimeOffset.MaxValue).ThenBy(row => row.PriorityRank)],
            Pools = Known(pools, pool) ? pools : pools.Add(new Code(null, pool ?? "")),
            Views =
            [
                .. ListView.All.Select(view => new ListView(
                    view.Key, view.Words, items.Count(item => Shows(view.Key, item, person)), view.Key == show,
                    ListView.HrefOf(view.Key, pool))),
            ],
            Pool = pool,
            Show = show,
            Person = person?.Name,
            HasSandbox = settings.UsesSandbox,
            Now = now,
            Notices = await ehrs.NoticesAsync(ct),
            Remark = Remark(pools, pool, show, person, isCut),
        };
    }

    /// <summary>The page of a task, open or not; null where there never was one.</summary>
    public async Task<TaskModel?> FindAsync(TaskPlace place, Actor? person, Said? said, CancellationToken ct)
    {
        var step = new StepName(place.Step);
        if (await store.FindAsync(new ChainId(place.Chain), ct) is not { } chain
            || !chain.State.Steps.TryGetValue(step, out var state)
            || place.Round < 1 || place.Round > state.Round)
        {
            return null;
        }

        var package = await shelf.FindAsync(chain.Package, chain.State.Plan, ct);
        var rows = await work.FindOpenAsync(new WorkFilter { Chain = chain.Id }, RowsMax, ct);
        var open = rows.FirstOrDefault(row => row.Item.Step == step && row.Item.Round == place.Round)?.Item;
        var template = package.Templates[step];
        var item = open ?? TaskEnd.Item(chain, step, place.Round, template);
        var context = Context(
            item, chain, package, await store.FindWrittenAsync(chain.Id, ct), await ehrs.TroubledAsync(ct));
        return new TaskModel
        {
            Row = TaskRow.Of(item, chain, context, await store.NowAsync(ct)),
            Template = template,
            Steps = [.. package.Definition.Steps.Select(each => Line(each, chain.State.Steps[each.Name]))],
            Person = person?.Name,
            HasSandbox = settings.UsesSandbox,
            Said = said,
            Ended = open is null ? TaskEnd.Of(chain, step, place) : null,
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

    // The Task as it was last read from the EHR knows the priority that an expression or a person gave it.
    private RowContext Context(
        WorkItem item,
        ChainRecord chain,
        WorkflowPackage package,
        ImmutableArray<WrittenEffect> written,
        ImmutableDictionary<EhrId, string> troubled)
    {
        var task = written.LastOrDefault(effect =>
            effect.Type == "Task" && effect.Step == item.Step && effect.Round == item.Round && !effect.Body.IsEmpty);
        return new RowContext
        {
            Workflow = package.Title,
            Why = package.Templates[item.Step].Why,
            Priority = task is null ? null : Resource.Read(task.Body.Span).Value?.Root.Text("priority"),
            ChartUrl = ehrs.ChartUrl(chain),
            EhrProblem = troubled.GetValueOrDefault(chain.Ehr),
        };
    }

    private static bool Known(ImmutableArray<Code> pools, string? pool) =>
        pool is null || pools.Any(each => each.Value == pool);

    private static string? Remark(ImmutableArray<Code> pools, string? pool, string? show, Actor? person, bool isCut) =>
        !Known(pools, pool) ? $"No workflow in force has a pool \"{pool}\"."
        : ListView.All.All(view => view.Key != show) ? $"There is no view \"{show}\": everything open is shown."
        : show == "mine" && person is null ? "Say who you are (at the top of the page) to see your work."
        : isCut ? $"There are more than {RowsMax} tasks: these are the most urgent. Choose a pool to see the others."
        : null;

    private static StepLine Line(StepDefinition step, StepState state) => new(
        step.Title,
        state.Phase.ToString(),
        string.Join(" · ", new[]
        {
            TaskEnd.Words(state.Phase),
            TaskEnd.Outcome(state),
            state.Task?.OwnerName ?? state.Task?.Owner,
            state.Reason?.Display ?? state.Reason?.Value,
        }.OfType<string>()));
}
