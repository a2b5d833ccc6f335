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

    [TestCase("a\\\"b", "a\"b")]
    [TestCase("a\\\\", "a\\")]
    [TestCase("a\\n", "a\n")]
    public void Read_NameThatMustBeEscaped_IsNeverTakenPlain(string escaped, string plain)
    {
        // What followed a name before is looked for first.
        for (var times = 0; times < 3; times++)
        {
            Assert.That(ProblemOf($"{{\"x\":1,\"{escaped}\":2}}"), Is.Null);
            Assert.That(ProblemOf($"{{\"x\":1,\"{plain}\":2}}"), Is.Not.Null);
        }
    }

    [Test]
    public void Read_NamesInAnotherOrder_AreTold()
    {
        foreach (var text in new[] { """{"a":1,"b":2,"c":3}""", """{"a":1,"c":2,"b":3}""", """{"a":1,"bb":2}""" })
        {
            Assert.That(JsonText.Read(Encoding.UTF8.GetBytes(text)).Value?.ToString(), Is.EqualTo(text));
        }
    }

    private static string? ProblemOf(string text) => JsonText.Read(Encoding.UTF8.GetBytes(text)).Problem?.Message;
}
