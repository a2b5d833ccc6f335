using System.Text;
using BenchmarkDotNet.Attributes;
using FhirOrchestrator.Fhir.Json;
using FhirOrchestrator.Fhir.Path;

namespace FhirOrchestrator.Tests.Benchmarks;

/// <summary>FHIRPath over resources that are parsed already. Public because BenchmarkDotNet asks for it.</summary>
public class PathBenchmarks
{
    private readonly PathContext _context = PathContext.At(TimeProvider.System);
    private readonly PathExpression _condition = PathExpression.Compile(PathSpeed.Condition);
    private readonly PathExpression _where = PathExpression.Compile(PathSpeed.Where);
    private readonly Resource _encounter = Sample(PathSpeedSamples.Encounter);
    private readonly Resource _task = Sample(PathSpeedSamples.Task);

    /// <summary>A condition of two comparisons.</summary>
    [Benchmark]
    public bool Condition() => _condition.IsTrue(PathItem.Of(_encounter), _context);

    /// <summary>A filter over three inputs.</summary>
    [Benchmark]
    public int Where() => _where.Evaluate(PathItem.Of(_task), _context).Count;

    /// <summary>Compiling an expression, as a package is loaded.</summary>
    [Benchmark]
    public object Compile() => PathExpression.Compile(PathSpeed.Condition);

    private static Resource Sample(string json) => Resource.Read(Encoding.UTF8.GetBytes(json)).Value!;
}
