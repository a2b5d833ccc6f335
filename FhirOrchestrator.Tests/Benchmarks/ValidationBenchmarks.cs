using System.Text;
using BenchmarkDotNet.Attributes;
using FhirOrchestrator.Fhir.Json;
using FhirOrchestrator.Fhir.Path;
using FhirOrchestrator.Fhir.Profiles;

namespace FhirOrchestrator.Tests.Benchmarks;

/// <summary>Full validation against base R4. Public because BenchmarkDotNet asks for it.</summary>
public class ValidationBenchmarks
{
    private readonly byte[] _utf8 = Encoding.UTF8.GetBytes(PathSpeedSamples.Encounter);
    private readonly Resource _encounter = Sample(PathSpeedSamples.Encounter);
    private readonly Resource _task = Sample(PathSpeedSamples.Task);

    /// <summary>An Encounter that is parsed already.</summary>
    [Benchmark]
    public bool Encounter() => Validator.R4.Validate(_encounter).IsValid;

    /// <summary>A Task that is parsed already.</summary>
    [Benchmark]
    public bool Task() => Validator.R4.Validate(_task).IsValid;

    /// <summary>An Encounter from its bytes on, as a request brings it.</summary>
    [Benchmark]
    public bool EncounterBytes() => Validator.R4.Validate(_utf8).IsValid;

    private static Resource Sample(string json) => Resource.Read(Encoding.UTF8.GetBytes(json)).Value!;
}
