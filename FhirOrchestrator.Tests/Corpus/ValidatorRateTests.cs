using System.Diagnostics;
using FhirOrchestrator.Fhir.Profiles;

namespace FhirOrchestrator.Tests.Corpus;

/// <summary>How many resources a second one core validates: printed, never asserted.</summary>
[Explicit("prints figures; the bench verbs are the judge")]
internal sealed class ValidatorRateTests
{
    private static readonly TimeSpan Long = TimeSpan.FromSeconds(2);

    [TestCase("Task", 3000)]
    [TestCase("Encounter", 3000)]
    [TestCase("Observation", 3000)]
    [TestCase("Bundle", 30000)]
    public void Validate_AgainstR4_PrintsItsRate(string type, int bytes)
    {
        var (file, resource) = OfficialExamples.All
            .Where(each => each.Resource.Type == type)
            .MinBy(each => Math.Abs(each.Resource.ToUtf8().Length - bytes));
        var size = resource.ToUtf8().Length;
        for (var at = 0; at < 300; at++)
        {
            Validator.R4.Validate(resource);
        }

        var before = GC.GetAllocatedBytesForCurrentThread();
        var begun = Environment.CpuUsage.TotalTime;
        var watch = Stopwatch.StartNew();
        var count = 0;
        while (watch.Elapsed < Long)
        {
            Validator.R4.Validate(resource);
            count++;
        }

        var core = (Environment.CpuUsage.TotalTime - begun).TotalSeconds;

        var allocated = (GC.GetAllocatedBytesForCurrentThread() - before) / count;
        TestContext.Out.WriteLine(
            $"{file} ({size} bytes): {count / core:N0} a second of a core, {allocated:N0} bytes allocated");
    }
}
