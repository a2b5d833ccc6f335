using System.Diagnostics;
using FhirOrchestrator.Fhir.Json;
using FhirOrchestrator.Fhir.Profiles;
using FhirOrchestrator.Tests.Corpus.Faults;

namespace FhirOrchestrator.Tests.Corpus;

/// <summary>Whatever the JSON, a validation ends and throws nothing.</summary>
internal sealed class ValidatorFuzzTests
{
    private const int Few = 5_000;
    private const int Many = 1_000_000;

    // The longest that one validation may take, at ten times the budget: a hang guard.
    private static readonly TimeSpan Hang = TimeSpan.FromSeconds(200);

    [Test]
    public void Validate_MutatedExamples_NeverThrows() => Run(Few, seed: 20261120);

    [Test]
    [Explicit("a million, by hand")]
    public void Validate_AMillionMutatedExamples_NeverThrows() => Run(Many, seed: 7);

    private static void Run(int count, int seed)
    {
        var random = new Random(seed);
        var examples = OfficialExamples.All.Where(each => each.Resource.ToUtf8().Length < 20_000)
            .Select(each => each.Resource.Root).ToList();
        var watch = Stopwatch.StartNew();
        var refused = 0;
        for (var at = 0; at < count; at++)
        {
            var root = JsonMutation.Of(examples[random.Next(examples.Count)], examples, random);
            var begun = watch.Elapsed;
            if (Resource.From(root) is not { } resource)
            {
                continue;
            }

            try
            {
                refused += Validator.R4.Validate(resource).IsValid ? 0 : 1;
            }
            catch (Exception broken)
            {
                Assert.Fail($"seed {seed}, number {at}: {broken}\n{resource.Root}");
            }

            Assert.That(watch.Elapsed - begun, Is.LessThan(Hang), $"seed {seed}, number {at}");
        }

        TestContext.Out.WriteLine($"{refused} of {count} refused, in {watch.ElapsedMilliseconds} ms");
    }
}
