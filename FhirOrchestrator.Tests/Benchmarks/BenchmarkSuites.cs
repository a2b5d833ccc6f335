using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Diagnosers;
using BenchmarkDotNet.Exporters;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Loggers;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;

namespace FhirOrchestrator.Tests.Benchmarks;

/// <summary>
/// Runs the suites of this folder with BenchmarkDotNet, in this process: its own way builds a project, which needs a
/// package source. README says how to run them; a Release build is what counts.
/// </summary>
[Explicit("by hand: minutes, and a machine that does nothing else")]
internal sealed class BenchmarkSuites
{
    [TestCase(typeof(ParseBenchmarks))]
    [TestCase(typeof(PathBenchmarks))]
    [TestCase(typeof(ValidationBenchmarks))]
    [TestCase(typeof(MatchingBenchmarks))]
    public void Run(Type suite)
    {
        var config = ManualConfig.CreateEmpty()
            .AddJob(Job.ShortRun.WithToolchain(InProcessEmitToolchain.Instance))
            .AddDiagnoser(MemoryDiagnoser.Default)
            .AddColumnProvider(DefaultColumnProviders.Instance)
            .AddLogger(NullLogger.Instance)
            .WithOptions(ConfigOptions.DisableOptimizationsValidator)
            .WithArtifactsPath(Path.Combine(Path.GetTempPath(), "fhirorchestrator-benchmarks"));

        var summary = BenchmarkRunner.Run(suite, config);

        var table = new AccumulationLogger();
        MarkdownExporter.Console.ExportToLog(summary, table);
        TestContext.Out.WriteLine(table.GetLog());
        Assert.That(summary.HasCriticalValidationErrors, Is.False);
        Assert.That(summary.Reports, Is.Not.Empty);
        Assert.That(summary.Reports.Select(report => report.Success), Is.All.True);
    }
}
