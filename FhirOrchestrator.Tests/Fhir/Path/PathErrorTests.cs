using FhirOrchestrator.Fhir.Path;

namespace FhirOrchestrator.Tests.Fhir.Path;

/// <summary>What fails when an expression is compiled, where, and with which advice; and the budgets.</summary>
internal sealed class PathErrorTests
{
    private static readonly PathContext Context =
        new() { Now = new DateTimeOffset(2026, 3, 2, 11, 30, 0, TimeSpan.Zero) };

    [TestCase("", 0, "got the end")]
    [TestCase("1 +", 3, "got the end")]
    [TestCase("(1 + 2", 6, "expected ')'")]
    [TestCase("status = 'open", 9, "expected a closing '")]
    [TestCase("status == 'a'", 8, "expected a value")]
    [TestCase("status 'a'", 7, "expected an operator or the end, got a string")]
    [TestCase("a and and", 0, "element")]
    [TestCase("status and", 10, "got the end")]
    [TestCase("status # 1", 7, "got the character '#'")]
    [TestCase("@2026-13-01", 0, "expected a date")]
    [TestCase("@T25:00", 0, "expected a date")]
    [TestCase("/* open", 0, "comment's end")]
    [TestCase("3000000000", 0, "2147483647")]
    [TestCase("$it", 0, "expected $this")]
    [TestCase("status.$this", 7, "expected an element or function")]
    [TestCase("period.wher(start)", 7, "nearest: where")]
    [TestCase("period.exits()", 7, "nearest: exists")]
    [TestCase("1.toLong()", 2, "expected a function that is implemented, got toLong()")]
    [TestCase("code.subsume(%x)", 5, "nearest: subsumes")]
    [TestCase("name.elementDefinition().minimum", 25, "nearest: min")]
    [TestCase("where()", 0, "expected 1 arguments for where(), got 0")]
    [TestCase("status.matches('(')", 7, "regular expression")]
    [TestCase("status.matches('(?=a)')", 7, "look-around")]
    [TestCase("hospitalisation.exists()", 0, "nearest: hospitalization")]
    [TestCase("Encounter.name", 10, "expected an element of Encounter, got 'name'")]
    [TestCase("Encounter.hospitalization.status", 26, "Encounter.hospitalization")]
    [TestCase("Encounter.location.where(status = 'active').period.begin", 51, "got 'begin'")]
    [TestCase("Observation.valueQuantity", 12, "write value.ofType(Quantity)")]
    [TestCase("valueBoolean", 0, "write value.ofType(boolean)")]
    [TestCase("Encouter.status", 0, "expected the name of an R4 element")]
    [TestCase("value is Quantty", 9, "nearest: Quantity")]
    [TestCase("value.ofType(FHIR.Nothing)", 13, "expected a type")]
    public void Compile_BrokenText_FailsWithItsPlace(string text, int position, string message)
    {
        var error = Assert.Throws<FhirPathException>(() => PathExpression.Compile(text));
        Assert.That(error?.Message, Does.Contain(message));
        Assert.That(error?.Position, Is.EqualTo(position));
    }

    [TestCase("name.exists()", "Encounter", "expected an element of Encounter, got 'name'")]
    [TestCase("location.where(name = 'x').exists()", "Encounter", "expected an element of Encounter.location")]
    [TestCase("location.exists($this.location.id = 'x' and $this.name = 'x')", "Encounter", "Encounter.location")]
    [TestCase("location.select(period | period).code", "Encounter", "that this path can have, got 'code'")]
    [TestCase("extension('http://x').valueString = 'x'", "Encounter", "write value.ofType(string)")]
    [TestCase("Patient.name", "Encounter", "expected a path on Encounter, got one on Patient")]
    [TestCase("status", "Encouter", "nearest: Encounter")]
    public void Compile_ForAFocusType_RefusesWhatThatTypeNeverHas(string text, string type, string message) =>
        Assert.That(
        () => PathExpression.Compile(text, focusType: type),
        Throws.TypeOf<FhirPathException>().With.Message.Contains(message));

    [TestCase("location.where(status = 'active').location.resolve().name", "Encounter")]
    [TestCase("Encounter.status = 'finished' and Resource.id.exists() and %trigger.name.empty().not()", "Encounter")]
    [TestCase("participant.individual.reference.first().startsWith('x')", "Encounter")]
    [TestCase("code.text in ('a') and for.reference = 'x' and input.value.ofType(Reference).reference.exists()",
        "Task")]
    public void Compile_ForAFocusType_TakesWhatItMayHave(string text, string type) =>
        Assert.That(() => PathExpression.Compile(text, focusType: type), Throws.Nothing);

    [Test]
    public void Evaluate_ChoiceByItsJsonName_FailsWhereTheTypeIsMet()
    {
        // Device.property has a valueQuantity of its own, so that the name alone is no error.
        var observation = FhirOrchestrator.Fhir.Json.Resource.Create("Observation");
        Assert.That(
            () => PathExpression.Compile("valueQuantity.value").Evaluate(observation, Context),
            Throws.TypeOf<FhirPathException>().With.Message.Contains("value.ofType(Quantity)"));
    }

    [TestCase("1 < 'a'", "ordered type")]
    [TestCase("1 + 'a'", "System.Integer and System.String")]
    [TestCase("(1 | 2) + 1", "expected one item")]
    [TestCase("(1 | 2) and true", "expected one item")]
    [TestCase("@2026-01-01 + 1 'mo'", "unit of time")]
    [TestCase("1.startsWith('a')", "expected a string as input")]
    [TestCase("(1 | 'a').sort()", "sort keys")]
    [TestCase("'a'.memberOf('http://example.org/none')", "codes are known")]
    [TestCase("defineVariable('resource', 1)", "new name")]
    public void Evaluate_ValuesThatDoNotFit_Fails(string text, string message) => Assert.That(
        () => PathExpression.Compile(text).Evaluate((PathItem?)null, Context),
        Throws.TypeOf<FhirPathException>().With.Message.Contains(message));

    [Test]
    public void Compile_TooLong_Fails() => Assert.That(
        () => PathExpression.Compile(new string(' ', PathExpression.LengthMax) + "1"),
        Throws.TypeOf<FhirPathException>());

    [TestCase("(", ")")]
    [TestCase("-", "")]
    [TestCase("iif(true, ", ")")]
    [TestCase("(1 + ", ")")]
    public void Compile_TooDeep_Fails(string open, string close)
    {
        var text = string.Concat(Enumerable.Repeat(open, 600)) + "1" + string.Concat(Enumerable.Repeat(close, 600));
        Assert.That(
            () => PathExpression.Compile(text), Throws.TypeOf<FhirPathException>().With.Message.Contains("levels"));
    }

    [Test]
    public void Compile_LongChain_FailsInsteadOfOverflowingTheStack() => Assert.That(
        () => PathExpression.Compile("item" + string.Concat(Enumerable.Repeat(".item", 3000))),
        Throws.TypeOf<FhirPathException>().With.Message.Contains("levels"));

    [Test]
    public void Compile_LongUnion_IsOneLevel()
    {
        var union = PathExpression.Compile(string.Join(" | ", Enumerable.Range(1, 1000)));
        Assert.That(union.Evaluate((PathItem?)null, Context), Has.Count.EqualTo(1000));
    }

    [Test]
    public void Evaluate_BeyondItsSteps_Fails()
    {
        var expression = PathExpression.Compile("(1|2|3|4|5|6|7|8|9).repeat($this + 1).count()");
        Assert.That(
            () => expression.Evaluate((PathItem?)null, Context with { StepsMax = 5000 }),
            Throws.TypeOf<FhirPathException>().With.Message.Contains("steps"));
    }

    [Test]
    public void Evaluate_BeyondItsItems_Fails()
    {
        const string Ten = "(1|2|3|4|5|6|7|8|9|10)";
        var expression = PathExpression.Compile($"{Ten}.select({Ten}.select({Ten}.select({Ten}))).count()");
        Assert.That(
            () => expression.Evaluate((PathItem?)null, Context with { ItemsMax = 1000 }),
            Throws.TypeOf<FhirPathException>().With.Message.Contains("items"));
    }

    [TestCase("(1|2|3|4|5|6|7|8|9|10|11|12|13|14|15|16|17|18|19|20|21|22|23|24|25|26).aggregate($total & $total, 'a')")]
    [TestCase("(1|2|3|4|5|6|7|8|9|10|11|12|13|14).aggregate($total.replace('a', 'aaaa'), 'a')")]
    public void Evaluate_TextThatGrowsForEver_Fails(string text) => Assert.That(
        () => PathExpression.Compile(text).Evaluate((PathItem?)null, Context),
        Throws.TypeOf<FhirPathException>().With.Message.Contains("expected a text of at most"));

    [Test]
    public void IsTrue_SeveralItems_Fails() => Assert.That(
        () => PathExpression.Compile("true | false").IsTrue(null, Context), Throws.TypeOf<FhirPathException>());
}
