using FhirOrchestrator.Chains;
using FhirOrchestrator.Plans;

namespace FhirOrchestrator.Worklist;

/// <summary>What the list shows.</summary>
internal sealed record ListModel
{
    public required ImmutableArray<TaskRow> Rows { get; init; }

    public required ImmutableArray<Code> Pools { get; init; }

    public required ImmutableArray<ListView> Views { get; init; }

    public required string? Pool { get; init; }

    public required string? Show { get; init; }

    public required string? Person { get; init; }

    public required bool HasSandbox { get; init; }

    /// <summary>The store's clock when the page was made.</summary>
    public required DateTimeOffset Now { get; init; }

    /// <summary>What is wrong with the whole: an EHR that cannot be reached, a package that was refused.</summary>
    public required ImmutableArray<string> Notices { get; init; }

    /// <summary>What the reader must know of this list: not all is shown, the pool is unknown. Null: nothing.</summary>
    public string? Remark { get; init; }

    public string Href => ListView.HrefOf(Show, Pool);

    /// <summary>How many, in words.</summary>
    public string Summary
    {
        get
        {
            var overdue = Rows.Count(row => row.IsOverdue);
            var tasks = Rows.Length == 1 ? "1 task" : $"{Rows.Length} tasks";
            return $"{tasks}{(overdue == 0 ? "" : $", {overdue} overdue")}, least time left first";
        }
    }
}

/// <summary>A way to look at the list, with how many it shows.</summary>
/// <param name="Key">The value of <c>show</c> in the URL; null: everything open.</param>
internal sealed record ListView(string? Key, string Words, int Count, bool IsCurrent, string Href)
{
    public static readonly ImmutableArray<(string? Key, string Words)> All =
    [
        (null, "Everything open"), ("mine", "My work"), ("free", "Unassigned"), ("decide", "Needs a decision"),
    ];

    public static string HrefOf(string? show, string? pool)
    {
        var query = new QueryString();
        query = show is null ? query : query.Add("show", show);
        query = pool is null ? query : query.Add("pool", pool);
        return "/" + query.ToUriComponent();
    }
}

/// <summary>What the page of one task shows.</summary>
internal sealed record TaskModel
{
    public required TaskRow Row { get; init; }

    public required StepTemplate Template { get; init; }

    public required ImmutableArray<StepLine> Steps { get; init; }

    public required string? Person { get; init; }

    public required bool HasSandbox { get; init; }

    /// <summary>What became of the act that led here, null where none did.</summary>
    public Said? Said { get; init; }

    /// <summary>What became of a task that nobody can work on any more; null while it is in the worklist.</summary>
    public Ended? Ended { get; init; }

    /// <summary>True where a person can work on the Task itself.</summary>
    public bool IsOpen => Ended is null && Row.Item.Phase is (StepPhase.Waiting or StepPhase.NeedsReview);

    /// <summary>Who has it, where that is somebody else than who looks at it.</summary>
    public string? OtherOwner => Row.Item.Owner is { } owner && owner != Person ? owner : null;

    /// <summary>True where nothing goes on until a person decides.</summary>
    public bool NeedsDecision => Row.Chain.State.Phase == ChainPhase.Held || Row.Item.Phase != StepPhase.Waiting;

    /// <summary>What a person may decide now: the act, and the words on its button.</summary>
    public ImmutableArray<(string Act, string Words)> Decisions => (Row.Chain.State.Phase, Row.Item.Phase) switch
    {
        _ when Ended is not null => [],
        (ChainPhase.Held, _) => [("resume", "Resume"), Cancel, ("void", "It should never have started")],
        (_, StepPhase.Failed) => [("retry", "Try again"), ("skip", "Go on without it"), Cancel],
        (_, StepPhase.NeedsReview) => [("accept", "Accept as it is"), ("skip", "Go on without it")],
        (_, StepPhase.Held) => [("resume", "Resume"), Cancel],
        _ => [("hold", "Pause the workflow"), Cancel],
    };

    private static (string Act, string Words) Cancel => ("cancel", "Cancel the workflow");
}

/// <summary>An answer to what a person just did.</summary>
internal sealed record Said(string Text, bool IsRefusal);

/// <summary>Why there is nothing to do about a task any more.</summary>
/// <param name="NewerHref">The page of the task that replaced it, null where none did.</param>
internal sealed record Ended(string Title, string Words, DateTimeOffset? At, string? NewerHref = null);

/// <summary>A step of the chain, for the list of all.</summary>
internal sealed record StepLine(string Title, string Phase, string Words);
