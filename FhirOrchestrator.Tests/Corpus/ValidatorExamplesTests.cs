using System.Diagnostics;
using FhirOrchestrator.Fhir.Profiles;

namespace FhirOrchestrator.Tests.Corpus;

/// <summary>R4's own examples are valid, but the nine that are known not to be.</summary>
internal sealed class ValidatorExamplesTests
{
    [Test]
    public void Examples_AgainstR4_AllValidButTheKnownDefective()
    {
        var defective = OfficialExamples.Defective();
        var problems = new List<string>();
        var watch = Stopwatch.StartNew();
        foreach (var (file, resource) in OfficialExamples.All)
        {
            var report = Validator.R4.Validate(resource);
            if (!report.IsValid && !defective.Contains(file))
            {
                problems.Add($"{file}: {string.Join("; ", report.Errors.Take(3))}");
            }
        }

        TestContext.Out.WriteLine($"{OfficialExamples.All.Length} examples in {watch.ElapsedMilliseconds} ms");
        Assert.That(problems, Is.Empty, string.Join('\n', problems));
    }
}
