using System.Globalization;
using FhirOrchestrator.Matching;

namespace FhirOrchestrator.Tests.Matching;

internal sealed class ClinicalTimeTests
{
    [TestCase("2026-11-20T08:30:00Z", "2026-11-20T08:30:00.0000000+00:00")]
    [TestCase("2026-11-20T08:30:00+01:00", "2026-11-20T07:30:00.0000000+00:00")]
    [TestCase("@2026-11-20T08:30:00Z", "2026-11-20T08:30:00.0000000+00:00")]
    [TestCase("2026-11-20", "2026-11-20T23:59:59.9999999+00:00")]
    [TestCase("2026-11", "2026-11-30T23:59:59.9999999+00:00")]
    [TestCase("2026", "2026-12-31T23:59:59.9999999+00:00")]
    public void EndOf_AnyPrecision_TheLastInstantThatItMayMean(string text, string expected) =>
        Assert.That(ClinicalTime.EndOf(text)?.ToString("o", CultureInfo.InvariantCulture), Is.EqualTo(expected));

    [TestCase("")]
    [TestCase("yesterday")]
    [TestCase("2026-13")]
    public void EndOf_NoTime_Null(string text) => Assert.That(ClinicalTime.EndOf(text), Is.Null);
}
