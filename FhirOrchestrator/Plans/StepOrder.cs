using FhirOrchestrator.Chains;
using FhirOrchestrator.Fhir;

namespace FhirOrchestrator.Plans;

/// <summary>The order of a plan's steps: which exist, which follow which, and that there is an end.</summary>
internal sealed class StepOrder
{
    /// <summary>The most steps in a plan.</summary>
    public const int StepsMax = 200;

    private readonly Dictionary<string, ImmutableArray<StepName>> before = new(StringComparer.Ordinal);
    private readonly Dictionary<string, ImmutableHashSet<string>> ended = new(StringComparer.Ordinal);
    private readonly HashSet<string> onStop = new(StringComparer.Ordinal);

    /// <summary>The ids of all steps.</summary>
    public ImmutableHashSet<string> All { get; private set; } = [];

    /// <summary>The direct predecessors of a step.</summary>
    public ImmutableArray<StepName> Before(string id) => before.GetValueOrDefault(id, []);

    /// <summary>The steps that have certainly ended (or were skipped) when a step starts.</summary>
    public ImmutableHashSet<string> EndedBefore(string id) => ended.GetValueOrDefault(id, []);

    /// <summary>True for a step that runs once the chain has been stopped.</summary>
    public bool IsOnStop(string id) => onStop.Contains(id);

    /// <summary>Reads and checks the order; what is wrong is reported, and left out of it.</summary>
    public static StepOrder Read(ImmutableArray<Placed> steps, PlanContext context)
    {
        var order = new StepOrder();
        if (steps.Length > StepsMax)
        {
            context.Report("PlanDefinition.action[0].action", $"expected at most {StepsMax} steps, got {steps.Length}");
        }

        order.ReadIds(steps, context);
        foreach (var step in steps)
        {
            order.ReadBefore(step, context);
        }

        foreach (var step in steps)
        {
            order.CheckCycle(step, context);
        }

        foreach (var id in order.All)
        {
            order.ended[id] = order.Ancestors(id);
        }

        foreach (var step in steps)
        {
            order.CheckDeadline(step, steps, context);
        }

        return order;
    }

    private void ReadIds(ImmutableArray<Placed> steps, PlanContext context)
    {
        foreach (var step in steps)
        {
            var id = step.Text("id") ?? "";
            var isName = id.Length <= 40 && Fhir.ResourceReference.IsId(id)
                && !id.Contains('.', StringComparison.Ordinal);
            if (id.Length > 0 && !isName)
            {
                context.Report($"{step.Path}.id", $"expected letters, digits and hyphens, at most 40, got '{id}'");
            }
            else if (All.Contains(id))
            {
                context.Report($"{step.Path}.id", $"expected an id that is free, got '{id}' again");
            }

            All = All.Add(id);
            if (step.Children("trigger").Length > 0)
            {
                onStop.Add(id);
            }
        }
    }

    private void ReadBefore(Placed step, PlanContext context)
    {
        var id = step.Text("id") ?? "";
        var found = ImmutableArray.CreateBuilder<StepName>();
        foreach (var related in step.Children("relatedAction"))
        {
            var other = related.Text("actionId") ?? "";
            var path = $"{related.Path}.actionId";
            if (!All.Contains(other))
            {
                context.Report(path, $"expected the id of a step, got '{other}'", Nearest.Of(other, All));
            }
            else if (other == id)
            {
                context.Report(path, $"expected another step, got '{id}' itself");
            }
            else if (onStop.Contains(other) && !onStop.Contains(id))
            {
                context.Report(path, $"expected a step that runs before a stop, got '{other}', which runs after one");
            }
            else if (onStop.Contains(id) && !onStop.Contains(other))
            {
                context.Report(path,
                    $"expected a step that runs after a stop too, got '{other}': after a stop all others have ended");
            }
            else if (found.Contains(new StepName(other)))
            {
                context.Report(path, $"expected each predecessor once, got '{other}' again");
            }
            else
            {
                found.Add(new StepName(other));
            }
        }

        if (step.Modifiers(OwnUrls.AfterSkipped) is [var flag, ..] && found.Count == 0)
        {
            context.Report(
                flag.Path, "expected after-skipped at a step with predecessors, got it at one without",
                "relatedAction");
        }

        before[id] = found.ToImmutable();
    }

    private void CheckCycle(Placed step, PlanContext context)
    {
        var id = step.Text("id") ?? "";
        var path = new List<string> { id };
        if (FindsItself(id, id, path, []))
        {
            context.Report(
                $"{step.Path}.relatedAction",
                $"expected an order with an end, got a cycle: {string.Join(" after ", path)}; "
                + "loops are not supported in this version");
        }
    }

    private bool FindsItself(string at, string sought, List<string> path, HashSet<string> seen)
    {
        foreach (var previous in Before(at))
        {
            path.Add(previous.Value);
            if (previous.Value == sought)
            {
                return true;
            }

            if (seen.Add(previous.Value) && FindsItself(previous.Value, sought, path, seen))
            {
                return true;
            }

            path.RemoveAt(path.Count - 1);
        }

        return false;
    }

    private ImmutableHashSet<string> Ancestors(string id)
    {
        var found = ImmutableHashSet.CreateBuilder<string>(StringComparer.Ordinal);
        var open = new Stack<string>([id]);
        while (open.TryPop(out var next))
        {
            foreach (var previous in Before(next))
            {
                if (found.Add(previous.Value))
                {
                    open.Push(previous.Value);
                }
            }
        }

        // After a stop everything else has ended, whatever became of it.
        return IsOnStop(id) ? [.. found, .. All.Except(onStop)] : found.ToImmutable();
    }

    // A deadline counts from the chain's start: one before a predecessor's would end a wait that had not begun.
    private void CheckDeadline(Placed step, ImmutableArray<Placed> steps, PlanContext context)
    {
        var id = step.Text("id") ?? "";
        if (step.Extension(OwnUrls.Deadline) is not { } extension || IsOnStop(id))
        {
            return;
        }

        var quiet = new ProblemList();
        var own = Clocks.Read(extension.Child("valueDuration"), context.File, quiet);
        foreach (var previous in steps.Where(each => EndedBefore(id).Contains(each.Text("id") ?? "")))
        {
            var clock = previous.Extension(OwnUrls.Deadline)?.Child("valueDuration");
            var earlier = Clocks.Read(clock, context.File, quiet);
            if (own < earlier)
            {
                context.Report(
                    extension.Path,
                    $"expected a deadline not before that of '{previous.Text("id")}' ({earlier}), got {own}");
            }
        }
    }
}
