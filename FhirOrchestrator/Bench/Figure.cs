namespace FhirOrchestrator.Bench;

/// <summary>One figure of a bench.</summary>
/// <param name="Key">Its name in JSON.</param>
/// <param name="Value">The median of several rounds.</param>
/// <param name="Bytes">What each operation allocates, in bytes; null where that says nothing.</param>
/// <param name="Target">What it should be at least, or at most where smaller is better; null without one.</param>
/// <param name="IsSmallerBetter">True of a duration.</param>
/// <param name="What">What was measured, in words.</param>
internal sealed record Figure(
    string Key, double Value, double? Bytes, double? Target, bool IsSmallerBetter, string What)
{
    /// <summary>False where a target is missed.</summary>
    public bool IsMet => Target is not { } target || (IsSmallerBetter ? Value <= target : Value >= target);
}
