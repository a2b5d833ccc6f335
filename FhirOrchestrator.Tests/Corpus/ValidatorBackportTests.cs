using FhirOrchestrator.Fhir.Definitions.Packages;
using FhirOrchestrator.Fhir.Json;
using FhirOrchestrator.Fhir.Profiles;
using FhirOrchestrator.Tests.Corpus.Faults;
using FhirOrchestrator.Tests.Support;

namespace FhirOrchestrator.Tests.Corpus;

/// <summary>The Backport guide's own examples against its own profiles, and against ours of it.</summary>
internal sealed class ValidatorBackportTests
{
    private const string Folder = "data/backport/ig-1.2.0-ballot";

    private static readonly Lazy<Validator> Backport = new(() => new Validator(
        ProfileCatalog.Of(ConformanceSet.Load(SharedFolder.Path($"{Folder}/conformance")))));

    [TestCase("official")]
    [TestCase("own")]
    public void Examples_AgainstTheirProfiles_AreValid(string profiles)
    {
        var validator = Of(profiles);
        var problems = new List<string>();
        foreach (var (file, resource) in Examples())
        {
            var report = validator.Validate(resource);
            if (!report.IsValid)
            {
                problems.Add($"{file}: {string.Join("; ", report.Errors)}");
            }
        }

        Assert.That(problems, Is.Empty, string.Join('\n', problems));
    }

    // The official package lacks the value set of the notification's type, which is of R5; ours has it.
    [TestCase("official")]
    [TestCase("own")]
    public void Example_WithOneFaultAgainstItsProfile_IsRefused(string profiles)
    {
        var validator = Of(profiles);
        var tally = new SortedDictionary<string, (int Refused, int All)>(StringComparer.Ordinal);
        var missed = new List<string>();
        foreach (var (file, resource) in Examples())
        {
            foreach (var fault in BackportFaults.Of(resource).Concat(FaultMaker.All(resource)))
            {
                if (profiles == "official" && fault.Kind == "other notification type")
                {
                    continue;
                }

                var report = validator.Validate(Resource.From(fault.Root) ?? resource);
                var isRefused = report.Errors.Any(error => fault.IsAt(error.Location));
                var (refused, all) = tally.GetValueOrDefault(fault.Kind);
                tally[fault.Kind] = (refused + (isRefused ? 1 : 0), all + 1);
                if (!isRefused)
                {
                    missed.Add($"{fault.Kind} in {file} at {fault.Path}: {string.Join("; ", report.Errors)}");
                }
            }
        }

        foreach (var (kind, (refused, all)) in tally)
        {
            TestContext.Out.WriteLine($"{kind,-28} {refused,4} of {all,4}");
        }

        Assert.That(missed, Is.Empty, $"{missed.Count}\n" + string.Join('\n', missed.Take(60)));
    }

    private static Validator Of(string profiles) =>
        profiles == "own" ? OwnProfiles.Validator : Backport.Value;

    private static IEnumerable<(string File, Resource Resource)> Examples()
    {
        foreach (var file in Directory.EnumerateFiles(SharedFolder.Path($"{Folder}/examples")).Order())
        {
            if (Resource.Read(File.ReadAllBytes(file)).Succeeded(out var resource))
            {
                yield return (Path.GetFileName(file), resource);
            }
        }
    }
}
