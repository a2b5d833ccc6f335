using System.Text.RegularExpressions;

namespace FhirOrchestrator.Tests.Tidy;

/// <summary>SAFETY.md names the tests that hold each hazard: they exist.</summary>
internal sealed partial class SafetyTests
{
    [Test]
    public void Hazards_TestsNamed_AreThere()
    {
        var named = Test().Matches(Repository.Read("FhirOrchestrator/SAFETY.md"))
            .Select(match => match.Groups["test"].Value).Distinct().ToList();
        var missing = named.Where(name => !Repository.Files.Contains($"FhirOrchestrator.Tests/{name}.cs"));

        Assert.That(named, Has.Count.GreaterThan(18));
        Assert.That(missing, Is.Empty, "tests that SAFETY.md names and nobody wrote");
    }

    [GeneratedRegex("`(?<test>[A-Z][A-Za-z]+(?:/[A-Za-z]+)*/[A-Za-z]+(?:Tests|Contract))`", RegexOptions.None, 1000)]
    private static partial Regex Test();
}
