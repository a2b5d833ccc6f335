using TaskStatus = FhirOrchestrator.Chains.TaskStatus;

namespace FhirOrchestrator.Outcomes;

/// <summary>
/// The state machine of the Tasks that we own (R4, Task, 10.8.2.3: typical there, binding here). What an EHR sends may
/// take other ways; what we write does not.
/// </summary>
internal static class TaskEdges
{
    private static readonly ImmutableDictionary<TaskStatus, ImmutableArray<TaskStatus>> Edges =
        new Dictionary<TaskStatus, ImmutableArray<TaskStatus>>
        {
            [TaskStatus.Draft] = [TaskStatus.Requested, TaskStatus.Cancelled],
            [TaskStatus.Requested] =
            [
                TaskStatus.Received, TaskStatus.Accepted, TaskStatus.Rejected, TaskStatus.Ready, TaskStatus.Cancelled,
            ],
            [TaskStatus.Received] = [TaskStatus.Accepted, TaskStatus.Rejected, TaskStatus.Cancelled],
            [TaskStatus.Accepted] = [TaskStatus.Ready, TaskStatus.InProgress, TaskStatus.Cancelled],
            [TaskStatus.Ready] = [TaskStatus.InProgress, TaskStatus.Cancelled],
            [TaskStatus.InProgress] =
            [
                TaskStatus.OnHold, TaskStatus.Completed, TaskStatus.Failed, TaskStatus.Cancelled, TaskStatus.Ready,
            ],
            [TaskStatus.OnHold] = [TaskStatus.InProgress, TaskStatus.Cancelled, TaskStatus.Failed],
        }.ToImmutableDictionary();

    /// <summary>True where the one may follow the other.</summary>
    public static bool IsLegal(TaskStatus from, TaskStatus to) =>
        To(from).Contains(to) || (to == TaskStatus.EnteredInError && from != TaskStatus.EnteredInError);

    /// <summary>
    /// The next status on the shortest legal way to a target: a Task that was claimed, started and completed between
    /// two writes is shown accepted and in progress before it is shown completed. Null where no way leads there.
    /// </summary>
    public static TaskStatus? Next(TaskStatus from, TaskStatus to)
    {
        if (from == to)
        {
            return null;
        }

        if (IsLegal(from, to))
        {
            return to;
        }

        var seen = new HashSet<TaskStatus> { from };
        var queue = new Queue<(TaskStatus At, TaskStatus First)>();
        foreach (var first in To(from))
        {
            queue.Enqueue((first, first));
        }

        while (queue.TryDequeue(out var step))
        {
            if (step.At == to)
            {
                return step.First;
            }

            if (seen.Add(step.At))
            {
                foreach (var further in To(step.At))
                {
                    queue.Enqueue((further, step.First));
                }
            }
        }

        return null;
    }

    private static ImmutableArray<TaskStatus> To(TaskStatus from) => Edges.GetValueOrDefault(from, []);
}

/// <summary>The codes of Task.status.</summary>
internal static class TaskStatusCodes
{
    /// <summary>The code of a status.</summary>
    public static string Text(TaskStatus status) => status switch
    {
        TaskStatus.Draft => "draft",
        TaskStatus.Requested => "requested",
        TaskStatus.Received => "received",
        TaskStatus.Accepted => "accepted",
        TaskStatus.Rejected => "rejected",
        TaskStatus.Ready => "ready",
        TaskStatus.Cancelled => "cancelled",
        TaskStatus.InProgress => "in-progress",
        TaskStatus.OnHold => "on-hold",
        TaskStatus.Failed => "failed",
        TaskStatus.Completed => "completed",
        TaskStatus.EnteredInError => "entered-in-error",
    };

    /// <summary>The status of a code; null for one that R4 does not have.</summary>
    public static TaskStatus? Parse(string? text) => text switch
    {
        "draft" => TaskStatus.Draft,
        "requested" => TaskStatus.Requested,
        "received" => TaskStatus.Received,
        "accepted" => TaskStatus.Accepted,
        "rejected" => TaskStatus.Rejected,
        "ready" => TaskStatus.Ready,
        "cancelled" => TaskStatus.Cancelled,
        "in-progress" => TaskStatus.InProgress,
        "on-hold" => TaskStatus.OnHold,
        "failed" => TaskStatus.Failed,
        "completed" => TaskStatus.Completed,
        "entered-in-error" => TaskStatus.EnteredInError,
        _ => null,
    };
}
