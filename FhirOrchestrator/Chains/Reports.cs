using System.Diagnostics;
using System.Text;

namespace FhirOrchestrator.Chains;

/// <summary>How the tries of effects end. A result that does not carry the current attempt is stale.</summary>
internal static class Reports
{
    private static readonly TimeSpan FirstDelay = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan DelayMax = TimeSpan.FromMinutes(5);

    public static Transition? Apply(Turn turn, Attempt attempt, StepReport report)
    {
        var step = turn[attempt.Step];
        if (step.Phase != StepPhase.Running || (step.Round, step.Attempt) != (attempt.Round, attempt.Number))
        {
            return turn.Drop(Verdict.Stale, $"expected no result of {attempt}: it is not the current try");
        }

        switch (report)
        {
            case StepReport.Done done:
                turn.Set(attempt.Step, step with { Outputs = done.Outputs });
                turn.End(attempt.Step, StepPhase.Completed, reason: null);
                break;
            case StepReport.Waiting waiting:
                turn.Set(attempt.Step, step with { Phase = StepPhase.Waiting, Task = Opened(turn, waiting) });
                break;
            case StepReport.Retry retry:
                Again(turn, attempt, retry);
                break;
            case StepReport.Failed failed:
                turn.Fail(attempt.Step, failed.Reason);
                break;
            case StepReport.Guarded guarded:
                Signals.Hold(turn, guarded.Reason);
                break;
            default:
                throw new UnreachableException();
        }

        Flow.Advance(turn);
        return null;
    }

    /// <summary>
    /// How long to wait before a try (2 is the second): doubling from 2 s to 5 min, with a jitter of up to a quarter
    /// that is a hash of chain, step and attempt, so that replay gives the same.
    /// </summary>
    public static TimeSpan Delay(ChainId chain, Attempt attempt)
    {
        var doubled = FirstDelay * Math.Pow(2, Math.Min(attempt.Number - 2, 16));
        var capped = doubled < DelayMax ? doubled : DelayMax;
        return capped * (1 + (Hash($"{chain} {attempt}") % 1000 / 4000.0));
    }

    private static HumanTask Opened(Turn turn, StepReport.Waiting waiting) => new()
    {
        Status = TaskStatus.Requested,
        Owner = waiting.Owner,
        OwnerName = waiting.OwnerName,
        Since = turn.At,
    };

    private static void Again(Turn turn, Attempt attempt, StepReport.Retry retry)
    {
        if (attempt.Number >= turn.Definition.Step(attempt.Step).AttemptsMax)
        {
            turn.Fail(attempt.Step, Reasons.AttemptsExhausted with { Display = retry.Reason.Display });
            return;
        }

        var next = attempt with { Number = attempt.Number + 1 };
        var delay = Delay(turn.State.Id, next);
        turn.TryAgain(attempt.Step, turn.At + (retry.NotBefore is { } least && least > delay ? least : delay));
    }

    private static uint Hash(string text)
    {
        var hash = 2166136261u;
        foreach (var each in Encoding.UTF8.GetBytes(text))
        {
            hash = (hash ^ each) * 16777619u;
        }

        return hash;
    }
}
