using FhirOrchestrator.Fhir.Json;
using FhirOrchestrator.Fhir.Profiles;
using FhirOrchestrator.Tests.Corpus.Faults;

namespace FhirOrchestrator.Tests.Corpus;

/// <summary>One fault in a valid resource is refused, at its place or above it.</summary>
internal sealed class ValidatorFaultTests
{
    private const int PerKindAndResource = 1;

    [Test]
    public void Fault_OfEveryKindInEveryExample_IsRefusedAtItsPlace()
    {
        var random = new Random(20261120);
        var tally = new SortedDictionary<string, (int Refused, int Placed, int All)>(StringComparer.Ordinal);
        var missed = new List<string>();
        foreach (var (file, resource) in OfficialExamples.All)
        {
            if (!Validator.R4.Validate(resource).IsValid)
            {
                continue;
            }

            foreach (var kind in FaultMaker.All(resource).GroupBy(fault => fault.Kind, StringComparer.Ordinal))
            {
                var faults = kind.ToList();
                for (var pick = 0; pick < PerKindAndResource; pick++)
                {
                    var fault = faults[random.Next(faults.Count)];
                    var errors = Errors(fault);
                    var (refused, placed, all) = tally.GetValueOrDefault(fault.Kind);
                    var isPlaced = errors.Any(error => fault.IsAt(error.Location));
                    tally[fault.Kind] = (refused + (errors.Count > 0 ? 1 : 0), placed + (isPlaced ? 1 : 0), all + 1);
                    if (!isPlaced)
                    {
                        missed.Add($"{fault.Kind} in {file} at {fault.Path}: {string.Join("; ", errors)}");
                    }
                }
            }
        }

        foreach (var (kind, (refused, placed, all)) in tally)
        {
            TestContext.Out.WriteLine($"{kind,-24} {refused,5} refused, {placed,5} at their place, of {all,5}");
        }

        Assert.That(missed, Is.Empty, $"{missed.Count}\n" + string.Join('\n', missed.Take(60)));
    }

    private static List<ValidationIssue> Errors(Fault fault) => Resource.From(fault.Root) is { } resource
        ? [.. Validator.R4.Validate(resource).Errors]
        : [new ValidationIssue(IssueSeverity.Fatal, "structure", "", "no resource")];
}
