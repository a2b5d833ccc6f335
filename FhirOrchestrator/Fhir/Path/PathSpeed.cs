using System.Text;
using FhirOrchestrator.Fhir.Json;

namespace FhirOrchestrator.Fhir.Path;

/// <summary>What one expression cost on one core.</summary>
/// <param name="Expression">The text that was compiled once.</param>
/// <param name="PerSecond">Evaluations a second.</param>
/// <param name="BytesPerEvaluation">Bytes allocated by each.</param>
internal sealed record PathSpeedResult(string Expression, double PerSecond, double BytesPerEvaluation);

/// <summary>
/// Measures expressions on resources that are already parsed, each evaluation from the resource on, as a condition or a
/// subscription criterion is evaluated. The two samples are the ones that the figures of the product speak of.
/// </summary>
internal static class PathSpeed
{
    /// <summary>A condition of two comparisons, for <see cref="PathSpeedSamples.Encounter"/>.</summary>
    public const string Condition = "Encounter.status = 'finished' and Encounter.class.code = 'IMP'";

    /// <summary>A filter over three inputs, for <see cref="PathSpeedSamples.Task"/>.</summary>
    public const string Where = "Task.input.where(type.coding.code='x').value";

    private const int Batch = 2_000;

    /// <summary>Measures <see cref="Condition"/> as a criterion on the sample Encounter.</summary>
    public static PathSpeedResult MeasureCondition(TimeProvider clock, TimeSpan span)
    {
        var expression = PathExpression.Compile(Condition);
        var resource = Read(PathSpeedSamples.Encounter);
        var context = PathContext.At(clock);
        return Measure(
            Condition, () => expression.IsTrue(PathItem.Of(resource), context), clock, span);
    }

    /// <summary>Measures <see cref="Where"/> on the sample Task; the value of one input is what it gives.</summary>
    public static PathSpeedResult MeasureWhere(TimeProvider clock, TimeSpan span)
    {
        var expression = PathExpression.Compile(Where);
        var resource = Read(PathSpeedSamples.Task);
        var context = PathContext.At(clock);
        return Measure(
            Where, () => expression.Evaluate(PathItem.Of(resource), context).Count == 1, clock, span);
    }

    /// <summary>Runs an evaluation for about the span given, after a warm-up of the same length.</summary>
    /// <exception cref="InvalidOperationException">The evaluation answered false: it did not do its work.</exception>
    public static PathSpeedResult Measure(string text, Func<bool> evaluate, TimeProvider clock, TimeSpan span)
    {
        Run(evaluate, clock, span);
        var allocated = GC.GetAllocatedBytesForCurrentThread();
        var (count, elapsed) = Run(evaluate, clock, span);
        allocated = GC.GetAllocatedBytesForCurrentThread() - allocated;
        return new PathSpeedResult(text, count / elapsed.TotalSeconds, (double)allocated / count);
    }

    private static (long Count, TimeSpan Elapsed) Run(Func<bool> evaluate, TimeProvider clock, TimeSpan span)
    {
        var start = clock.GetTimestamp();
        var count = 0L;
        TimeSpan elapsed;
        do
        {
            for (var at = 0; at < Batch; at++)
            {
                if (!evaluate())
                {
                    throw new InvalidOperationException("expected the sample to satisfy its expression");
                }
            }

            count += Batch;
            elapsed = clock.GetElapsedTime(start);
        }
        while (elapsed < span);
        return (count, elapsed);
    }

    private static Resource Read(string json) => Resource.Read(Encoding.UTF8.GetBytes(json)).Value
        ?? throw new InvalidOperationException("expected the sample to be a resource");
}
