using FhirOrchestrator.Chains;
using FhirOrchestrator.Storage;

namespace FhirOrchestrator.Worklist;

/// <summary>One task with everything that a coordinator must see to act safely.</summary>
internal sealed record TaskRow
{
    public required WorkItem Item { get; init; }

    public required ChainRecord Chain { get; init; }

    /// <summary>What people call the workflow.</summary>
    public required string Workflow { get; init; }

    public required PatientView Patient { get; init; }

    public required StayView Stay { get; init; }

    public required ImmutableArray<Banner> Banners { get; init; }

    /// <summary>When the EHR was last asked.</summary>
    public required DateTimeOffset? AsOf { get; init; }

    /// <summary>The store's clock when the page was made.</summary>
    public required DateTimeOffset Now { get; init; }

    public string Href => $"/tasks/{Item.Chain}/{Uri.EscapeDataString(Item.Step.Value)}/{Item.Round}";

    public bool IsOverdue => Item.Due < Now;

    /// <summary>Time left or overdue, in the largest unit that says enough.</summary>
    public string TimeLeft => Item.Due is { } due ? Span(due - Now) : "no due time";

    /// <summary>How it stands, in one word or two.</summary>
    public string Standing => Item.Phase switch
    {
        StepPhase.Failed => "needs a decision",
        StepPhase.NeedsReview => "needs review",
        StepPhase.Held => "held",
        _ => State.Task?.Status switch
        {
            Chains.TaskStatus.InProgress => "in progress",
            Chains.TaskStatus.Accepted => "claimed",
            Chains.TaskStatus.OnHold => "on hold",
            _ => "open",
        },
    };

    public StepState State => Chain.State.Steps[Item.Step];

    public static TaskRow Of(WorkItem item, ChainRecord chain, string workflow, DateTimeOffset now) => new()
    {
        Item = item,
        Chain = chain,
        Workflow = workflow,
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
            _ => $"{(int)size.TotalMinutes} min",
        };
        return left < TimeSpan.Zero ? $"{words} overdue" : $"{words} left";
    }
}
