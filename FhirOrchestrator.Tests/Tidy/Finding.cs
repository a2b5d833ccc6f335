using System.Text;

namespace FhirOrchestrator.Tests.Tidy;

/// <summary>A rule that something breaks.</summary>
/// <param name="Rule">The rule's name, as <c>exceptions.txt</c> spells it.</param>
/// <param name="Subject">What breaks it: stable when lines move.</param>
/// <param name="Words">What is wrong, for people.</param>
internal sealed record Finding(string Rule, string Subject, string Words)
{
    public override string ToString() => $"{Rule}: {Subject}: {Words}";

    /// <summary>A list of them, a line each.</summary>
    public static string Lines(IEnumerable<Finding> findings)
    {
        var text = new StringBuilder();
        foreach (var finding in findings)
        {
            text.Append('\n').Append(finding);
        }

        return text.ToString();
    }
}
