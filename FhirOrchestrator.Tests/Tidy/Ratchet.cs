namespace FhirOrchestrator.Tests.Tidy;

/// <summary>
/// The exceptions to the rules: <c>rule | subject | reason</c>, a line each. The list may only shrink: an exception
/// that nothing needs any more fails the test until it is taken out.
/// </summary>
internal static class Ratchet
{
    private const string File = "FhirOrchestrator.Tests/Tidy/exceptions.txt";

    /// <summary>Fails unless the findings of the rules are exactly the exceptions of these rules.</summary>
    public static void Hold(IReadOnlyCollection<Finding> findings, params string[] rules)
    {
        var (open, stale) = Compare(findings, Read(Repository.Read(File).Split('\n')), rules);
        Assert.That(open, Is.Empty, Finding.Lines(open));
        Assert.That(stale, Is.Empty, "no longer needed in Tidy/exceptions.txt: take them out");
    }

    /// <summary>The findings that no exception covers, and the exceptions that cover no finding.</summary>
    internal static (List<Finding> Open, List<string> Stale) Compare(
        IReadOnlyCollection<Finding> findings,
        IReadOnlyCollection<(string Rule, string Subject)> exceptions,
        string[] rules)
    {
        var open = findings.Where(one => !exceptions.Contains((one.Rule, one.Subject))).ToList();
        var stale = exceptions
            .Where(one => rules.Contains(one.Rule))
            .Where(one => !findings.Any(finding => (finding.Rule, finding.Subject) == one))
            .Select(one => $"{one.Rule} | {one.Subject}")
            .ToList();
        return (open, stale);
    }

    /// <summary>Reads the list; a line without a reason throws.</summary>
    internal static List<(string Rule, string Subject)> Read(IEnumerable<string> lines)
    {
        var exceptions = new List<(string, string)>();
        foreach (var line in lines)
        {
            if (line.Length == 0 || line[0] == '#')
            {
                continue;
            }

            var parts = line.Split('|', StringSplitOptions.TrimEntries);
            if (parts.Length != 3 || parts[2].Length < 10)
            {
                throw new FormatException(
                    $"expected \"rule | subject | reason\", got \"{line}\" in Tidy/exceptions.txt");
            }

            exceptions.Add((parts[0], parts[1]));
        }

        return exceptions;
    }
}
