using System.Text;
using FhirOrchestrator.Fhir.Json;

namespace FhirOrchestrator.Tests.Fhir.Json;

internal sealed class JsonTextTests
{
    [TestCase("{\"a\":[1,")]
    [TestCase("{\"a\"")]
    [TestCase("{\"a\":\"te")]
    [TestCase("[[[[")]
    public void Read_Truncated_SaysThatTheRestIsMissing(string text) =>
        Assert.That(ProblemOf(text), Is.EqualTo("expected the rest of the JSON value, got its end"));

    [Test]
    public void Read_TruncatedAtTheDeepestLevel_SaysThatTheRestIsMissing() => Assert.That(
        ProblemOf(new string('[', JsonText.DepthMax)), Is.EqualTo("expected the rest of the JSON value, got its end"));

    [TestCase("[", "]")]
    [TestCase("[", "")]
    [TestCase("{\"a\":", "}")]
    public void Read_OneLevelTooDeep_SaysSo(string opening, string closing)
    {
        var text = string.Concat(Enumerable.Repeat(opening, JsonText.DepthMax + 1)) + "1"
            + string.Concat(Enumerable.Repeat(closing, JsonText.DepthMax + 1));

        Assert.That(ProblemOf(text), Is.EqualTo("expected at most 128 levels of nesting, got more"));
    }

    [Test]
    public void Read_DeepestLevelClosed_Succeeds() => Assert.That(
        JsonText.Read(Encoding.UTF8.GetBytes(
            new string('[', JsonText.DepthMax) + new string(']', JsonText.DepthMax))).Problem,
        Is.Null);

    private static string? ProblemOf(string text) => JsonText.Read(Encoding.UTF8.GetBytes(text)).Problem?.Message;
}
