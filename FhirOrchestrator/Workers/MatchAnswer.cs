using FhirOrchestrator.Facts;
using FhirOrchestrator.Plans;

namespace FhirOrchestrator.Workers;

/// <summary>What matching made of a happening: verdicts, or why it must be tried again.</summary>
internal sealed class MatchAnswer
{
    private readonly List<MatchVerdict> _verdicts = [];

    public IReadOnlyList<MatchVerdict> Verdicts => _verdicts;

    /// <summary>Why the EHR could not be asked; null: the verdicts stand.</summary>
    public string? RetryBecause { get; private set; }

    public static MatchAnswer Of(MatchVerdict verdict)
    {
        var answer = new MatchAnswer();
        answer.Add(verdict);
        return answer;
    }

    public static MatchAnswer Later(string because) => new() { RetryBecause = because };

    public void Add(MatchVerdict verdict) => _verdicts.Add(verdict);

    public void AddAll(MatchAnswer other)
    {
        _verdicts.AddRange(other._verdicts);
        RetryBecause ??= other.RetryBecause;
    }

    /// <summary>Something could not be read: for good (a verdict), or for now (try again).</summary>
    public void AddUnread(WorkflowPackage package, string reason, string words, DossierReader reads)
    {
        if (reads.PassingProblem is { } passing)
        {
            RetryBecause = passing;
            return;
        }

        Add(new MatchVerdict(package.Definition.Plan.Url, MatchKind.NotMatched, reason, words));
    }
}
