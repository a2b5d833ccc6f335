using FhirOrchestrator.Chains;
using FhirOrchestrator.Storage;

namespace FhirOrchestrator.Worklist;

/// <summary>What a row shows beside its work item and chain.</summary>
internal sealed record RowContext
{
    /// <summary>What people call the workflow.</summary>
    public required string Workflow { get; init; }

    /// <summary>Why the task exists, for people; null where the package does not say.</summary>
    public string? Why { get; init; }

    /// <summary>The priority of the Task as it stands at the EHR; null: the work item's.</summary>
    public string? Priority { get; init; }

    /// <summary>Where the patient's chart is.</summary>
    public required Uri ChartUrl { get; init; }

    /// <summary>What is wrong with the EHR, null where all is well: the row may be out of date.</summary>
    public string? EhrProblem { get; init; }
}

/// <summary>One task with everything that a coordinator must see to act safely.</summary>
internal sealed record TaskRow
{
    public required WorkItem Item { get; init; }

    public required ChainRecord Chain { get; init; }

    public required RowContext Context { get; init; }

    public required PatientView Patient { get; init; }

    public required StayView Stay { get; init; }

    public required ImmutableArray<Banner> Banners { get; init; }

    /// <summary>When the EHR was last asked.</summary>
    public required DateTimeOffset? AsOf { get; init; }

    /// <summary>The store's clock when the page was made.</summary>
    public required DateTimeOffset Now { get; init; }

    /// <inheritdoc cref="RowContext.Workflow"/>
    public string Workflow => Context.Workflow;

    /// <inheritdoc cref="RowContext.Why"/>
    public string? Why => Context.Why;

    /// <inheritdoc cref="RowContext.ChartUrl"/>
    public Uri ChartUrl => Context.ChartUrl;

    /// <inheritdoc cref="RowContext.EhrProblem"/>
    public string? EhrProblem => Context.EhrProblem;

    public string Href => $"/tasks/{Item.Chain}/{Uri.EscapeDataString(Item.Step.Value)}/{Item.Round}";

    public bool IsOverdue => Item.Due < Now;

    /// <summary>True where what the row shows may no longer be true.</summary>
    public bool IsStale => AsOf is null || Now - AsOf > Worklist.Banners.StaleAfter;

    /// <summary>FHIR request priority.</summary>
    public string Priority => Context.Priority ?? Item.Priority;

    /// <summary>The priority in words, null for routine.</summary>
    public string? PriorityWords => Priority switch
    {
        "routine" => null,
        "urgent" => "Urgent",
        "asap" => "As soon as possible",
        "stat" => "At once",
        var other => other,
    };

    /// <summary>Most urgent first, for tasks with the same time left.</summary>
    public int PriorityRank => Priority switch { "stat" => 0, "asap" => 1, "urgent" => 2, _ => 3 };

    /// <summary>Time left or overdue, in the largest unit that says enough.</summary>
    public string TimeLeft => Item.Due is { } due ? Span(due - Now) : "no due time";

    /// <summary>How it stands, in one word or two.</summary>
    public string Standing => Item.Phase switch
    {
        StepPhase.Failed => "needs a decision",
        StepPhase.NeedsReview => "needs review",
        StepPhase.Held => "paused",
        _ => State.Task?.Status switch
        {
            Chains.TaskStatus.InProgress => "in progress",
            Chains.TaskStatus.Accepted => "claimed",
            Chains.TaskStatus.OnHold => "on hold",
            _ => "open",
        },
    };

    public StepState State => Chain.State.Steps[Item.Step];

    public static TaskRow Of(WorkItem item, ChainRecord chain, RowContext context, DateTimeOffset now) => new()
    {
        Item = item,
        Chain = chain,
        Context = context,
        Patient = PatientView.Of(Worklist.Banners.Read(chain, "patient")),
        Stay = StayView.Of(Worklist.Banners.Read(chain, "trigger")),
        Banners = [.. Worklist.Banners.Of(chain, now)],
        AsOf = Worklist.Banners.AsOf(chain),
        Now = now,
    };

    private static string Span(TimeSpan left)
    {
        var size = left.Duration();
        var words = size switch
        {
            { TotalDays: >= 2 } => $"{size.Days} d",
            { TotalHours: >= 2 } => $"{(int)size.TotalHours} h",
            { TotalMinutes: < 1 } => "under 1 min",
            _ => $"{(int)size.TotalMinutes} min",
        };
        return left < TimeSpan.Zero ? $"{words} overdue" : $"{words} left";
    }
}
