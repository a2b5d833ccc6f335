using System.Collections.Immutable;
using FhirOrchestrator.Bench;
using FhirOrchestrator.Fhir.Json;

namespace FhirOrchestrator.Tests.Bench;

internal sealed class BenchReportTests
{
    private static readonly ImmutableArray<Figure> Figures =
    [
        new("things_per_second", 1_234_567.8, 96.4, 1_000_000, IsSmallerBetter: false, "things"),
        new("ratio", 0.7512, null, 0.8, IsSmallerBetter: false, "a ratio"),
        new("wait_ms", 0.25, 10, 1, IsSmallerBetter: true, "a wait"),
    ];

    [Test]
    public void Json_Figures_IsOneObjectOfNumbers()
    {
        var read = JsonText.Read(System.Text.Encoding.UTF8.GetBytes(BenchReport.Json(Figures))).Value;

        Assert.That(read?.ToString(), Is.EqualTo(
            """{"things_per_second":1234568,"things_bytes":96,"ratio":0.751,"wait_ms":0.25,"wait_bytes":10}"""));
    }

    [Test]
    public void Table_Figures_SaysWhichMissTheirTarget()
    {
        var lines = BenchReport.Table(Figures).Split('\n');

        Assert.That(lines, Has.Length.EqualTo(4));
        Assert.That(lines[1], Does.Contain("1,234,568").And.Contain(">= 1,000,000").And.Not.Contain("MISSED"));
        Assert.That(lines[2], Does.EndWith("MISSED"));
        Assert.That(lines[3], Does.Contain("<= 1").And.Not.Contain("MISSED"));
    }

    [Test]
    public void Bundle_OfTheBench_HasTheSizeThatItSpeaksOf()
    {
        var bundle = FhirBench.Bundle();

        Assert.That(bundle, Has.Length.InRange(95_000, 120_000));
        Assert.That(Resource.Read(bundle).Value?.Root.Children("entry"), Has.Exactly(34).Items);
    }
}
