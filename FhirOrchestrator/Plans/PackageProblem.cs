namespace FhirOrchestrator.Plans;

/// <summary>Why a package is refused: where, why, and what was probably meant.</summary>
/// <param name="File">The file below the workflows folder, such as <c>referral-intake/plan.json</c>.</param>
/// <param name="Path">
/// The element, such as <c>PlanDefinition.action[0].action[2].title</c>; empty: the file as a whole.
/// </param>
/// <param name="Reason">What was expected and what is there.</param>
/// <param name="Nearest">The nearest right thing; null where nothing is near.</param>
internal sealed record PackageProblem(string File, string Path, string Reason, string? Nearest = null)
{
    /// <summary>One line for the verb <c>check</c> and the log: <c>file: path: reason (nearest: …)</c>.</summary>
    public override string ToString()
    {
        var place = Path.Length == 0 ? File : $"{File}: {Path}";
        return Nearest is null ? $"{place}: {Reason}" : $"{place}: {Reason} (nearest: {Nearest})";
    }
}

/// <summary>Collects the problems of one file while it is read.</summary>
internal sealed class ProblemList
{
    private readonly ImmutableArray<PackageProblem>.Builder found = ImmutableArray.CreateBuilder<PackageProblem>();

    public int Count => found.Count;

    public void Add(string file, string path, string reason, string? nearest = null)
    {
        var problem = new PackageProblem(file, path, reason, nearest);
        if (!found.Contains(problem))
        {
            found.Add(problem);
        }
    }

    public ImmutableArray<PackageProblem> ToImmutable() => found.ToImmutable();
}
