using System.Text;
using FhirOrchestrator.Fhir.Path;

namespace FhirOrchestrator.Tests.Fhir.Path;

internal sealed class PathSpeedTests
{
    [Test]
    public void Samples_AreOfTheirSize() =>
        Assert.That(Encoding.UTF8.GetByteCount(PathSpeedSamples.Encounter), Is.InRange(2_800, 3_600));

    [Test]
    public void Measure_BothSamples_AnswersWithTheirFigures()
    {
        var span = TimeSpan.FromMilliseconds(300);
        foreach (var result in (PathSpeedResult[])[
            PathSpeed.MeasureCondition(TimeProvider.System, span), PathSpeed.MeasureWhere(TimeProvider.System, span)])
        {
            TestContext.Out.WriteLine(
                $"{result.Expression}: {result.PerSecond:N0} a second, {result.BytesPerEvaluation:F0} bytes each");
            Assert.That(result.PerSecond, Is.Positive);
        }
    }
}
