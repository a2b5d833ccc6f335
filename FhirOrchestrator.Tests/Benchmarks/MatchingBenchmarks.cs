using System.Text;
using BenchmarkDotNet.Attributes;
using FhirOrchestrator.Fhir.Json;
using FhirOrchestrator.Fhir.Path;
using FhirOrchestrator.Fhir.Search;

namespace FhirOrchestrator.Tests.Benchmarks;

/// <summary>One resource against many subscriptions. Public because BenchmarkDotNet asks for it.</summary>
public class MatchingBenchmarks
{
    private readonly Resource _encounter = Resource.Read(Encoding.UTF8.GetBytes(PathSpeedSamples.Encounter)).Value!;
    private CriteriaSet<int>? _set;

    /// <summary>How many subscriptions there are, all different, of three parameters each.</summary>
    [Params(10, 1_000, 10_000)]
    public int Subscriptions { get; set; }

    /// <summary>Makes the subscriptions.</summary>
    [GlobalSetup]
    public void SetUp() => _set = new CriteriaSet<int>(
        CriteriaSpeed.Subscriptions(Subscriptions).Select((query, at) => (at, query)));

    /// <summary>From the parsed resource on.</summary>
    [Benchmark]
    public int Match() => _set!.Match(_encounter).Count;
}
