using FhirOrchestrator.Fhir.Path;

namespace FhirOrchestrator.Tests.Fhir.Path;

/// <summary>What ends an expression that would take too long, beside its steps and items.</summary>
internal sealed class PathBudgetTests
{
    private static readonly PathContext Context =
        new() { Now = new DateTimeOffset(2026, 3, 2, 11, 30, 0, TimeSpan.Zero) };

    [Test]
    public void Evaluate_BeyondItsTime_Fails()
    {
        var context = Context with { Clock = new LeapingTime(), TimeMax = TimeSpan.FromSeconds(10) };
        var error = Failure("'x'.repeatAll($this)", context);
        Assert.That(error.Message, Does.Contain("at most 10 seconds").And.Contain("character"));
        Assert.That(error.IsBudget);
    }

    [Test]
    public void Evaluate_WithinItsTime_IsNotStopped() => Assert.That(
        PathExpression.Compile("1 + 1").Evaluate((PathItem?)null, Context with { Clock = new LeapingTime() }),
        Has.Count.EqualTo(1));

    [TestCase("'x'.repeatAll($this)")]
    [TestCase("'x'.repeatAll($this | 'y')")]
    [TestCase("1.repeat($this + 1)")]
    public void Evaluate_WithoutEnd_IsABudgetWithItsPlace(string text)
    {
        var error = Failure(text, Context with { StepsMax = 50_000 });
        Assert.That(error.IsBudget);
        Assert.That(error.Position, Is.GreaterThanOrEqualTo(0));
    }

    [Test]
    public void Evaluate_SplitIntoTooMany_Fails() => Assert.That(
        Failure("'a,b,c,d'.split(',')", Context with { ItemsMax = 3 }).Message, Does.Contain("at most 3 items"));

    [TestCase("'a'.matches('(a{1,100}){1,100}')")]
    [TestCase("'a'.matches('a{1,1000000}')")]
    public void Compile_PatternOfTooManyStates_Fails(string text) => Assert.That(
        () => PathExpression.Compile(text), Throws.TypeOf<FhirPathException>().With.Message.Contains("repetitions"));

    [TestCase("'(x+x+)+y'")]
    [TestCase("'(a|a?)+b'")]
    [TestCase("'(.*)*(.*)*c'")]
    public void Evaluate_PatternThatWouldBacktrack_Ends(string pattern)
    {
        var text = $"('x' | 'a').join().replace('', 'xxaaxxaaxxaaxxaaxxaaxxaaxxaaxxaaxxaa').matches({pattern})";
        Assert.That(PathExpression.Compile(text).Evaluate((PathItem?)null, Context), Has.Count.EqualTo(1));
    }

    [TestCase("1 +", 1, 4)]
    [TestCase("1\n  + nothing(", 2, 13)]
    [TestCase("\n\n$it", 3, 1)]
    public void PlaceIn_BrokenText_IsLineAndColumn(string text, int line, int column)
    {
        var error = Assert.Throws<FhirPathException>(() => PathExpression.Compile(text));
        Assert.That(error?.PlaceIn(text), Is.EqualTo((line, column)));
    }

    private static FhirPathException Failure(string text, PathContext context) =>
        Assert.Throws<FhirPathException>(
            () => PathExpression.Compile(text).Evaluate((PathItem?)null, context))!; // Throws has failed otherwise

    // Three seconds pass between two looks.
    private sealed class LeapingTime : TimeProvider
    {
        private long _stamp;

        public override long TimestampFrequency => 1;

        public override long GetTimestamp() => _stamp += 3;
    }
}
