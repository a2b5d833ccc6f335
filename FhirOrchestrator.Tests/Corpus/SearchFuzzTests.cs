using FhirOrchestrator.Fhir.Definitions;
using FhirOrchestrator.Fhir.Search;
using FhirOrchestrator.Tests.Fhir.Search;

namespace FhirOrchestrator.Tests.Corpus;

/// <summary>
/// Random and mutated search strings: whatever they are, reading them ends in a query or in words, and a query that was
/// read can be carried out.
/// </summary>
internal sealed class SearchFuzzTests
{
    private const int Seed = 20261121;
    [Test]
    public void Parse_FiveThousandStrings_GiveAQueryOrWords() => Run(Seed, 5_000);

    [Test, Explicit("takes minutes: a million strings")]
    public void Parse_AMillionStrings_GiveAQueryOrWords() => Run(Seed + 1, 1_000_000);

    private static void Run(int seed, int rounds)
    {
        var random = new Random(seed);
        var samples = SearchCases.All().Select(each => ((string)each.Arguments[0]!, (string)each.Arguments[1]!))
            .ToList();
        var reading = new SearchReading { OwnBase = "http://own", Now = DateTimeOffset.UnixEpoch };
        var memory = new MemorySearch(SearchCases.Resources);
        var read = 0;
        for (var round = 0; round < rounds; round++)
        {
            var (type, text) = samples[random.Next(samples.Count)];
            text = MutatedSearches.Mutate(text, samples[random.Next(samples.Count)].Item2, random);
            type = random.Next(20) == 0 ? "" : random.Next(50) == 0 ? FhirDefinitions.R4.ResourceTypes[random.Next(146)]
                : type;
            try
            {
                var parsed = SearchQuery.Parse(type, text, reading with { IsLenient = random.Next(2) == 0 });
                if (parsed.Succeeded(out var query, out var problem))
                {
                    read++;
                    _ = memory.Include(query, memory.Find(query)).Count;
                    _ = SearchQuery.Parse(query.Type, query.ToQueryString(), reading);
                }
                else
                {
                    Assert.That(problem.Message, Does.StartWith("expected "));
                }
            }
            catch (Exception broken) when (broken is not AssertionException)
            {
                Assert.Fail($"seed {seed}, round {round}: {broken.GetType().Name} from {type}?{text}\n{broken}");
            }
        }

        TestContext.Out.WriteLine($"{rounds} strings, {read} of them are queries");
        Assert.That(read, Is.GreaterThan(rounds / 20));
    }
}
