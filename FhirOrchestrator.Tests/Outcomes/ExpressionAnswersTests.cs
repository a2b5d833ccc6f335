using FhirOrchestrator.Chains;
using FhirOrchestrator.Fhir.Path;
using FhirOrchestrator.Outcomes;

namespace FhirOrchestrator.Tests.Outcomes;

internal sealed class ExpressionAnswersTests
{
    private static readonly ExpressionKey Key = new("x");

    [TestCase("true", true)]
    [TestCase("%trigger.status = 'finished'", true)]
    [TestCase("%trigger.status = 'planned'", false)]
    [TestCase("%appointments.exists()", false)]
    [TestCase("%appointments", false)]
    [TestCase("%patient.name", true)]
    [TestCase("status = 'finished'", true)]
    [TestCase("%call.status = 'running'", true)]
    [TestCase("%steps.where(status = 'running').count() = 2", true)]
    [TestCase("%steps.where(kind = 'human-task').name = 'call'", true)]
    [TestCase("%chain.started.exists()", true)]
    [TestCase("%chain.reason.code = 'x'", false)]
    [TestCase("%round = 1", true)]
    public void Evaluate_Criterion_IsTrueOrNot(string text, bool expected) =>
        Assert.That(One(text).IsTrue, Is.EqualTo(expected));

    [TestCase("2 days", 48)]
    [TestCase("1 'h'", 1)]
    [TestCase("'P7D'", 168)]
    [TestCase("'PT4H'", 4)]
    [TestCase("iif(%trigger.status = 'finished', 1 hour, 1 day)", 1)]
    [TestCase("1 month", 31 * 24)]
    public void Evaluate_TimeSpan_IsGiven(string text, double hours) =>
        Assert.That(One(text).Span?.TotalHours, Is.EqualTo(hours));

    [Test]
    public void Evaluate_Instant_IsGiven() =>
        Assert.That(One("%trigger.period.end").Instant, Is.EqualTo(Sample.Now.AddHours(-1)));

    [Test]
    public void Evaluate_Text_IsTheFirstItems() =>
        Assert.That(One("%patient.generalPractitioner.reference").Text, Is.EqualTo("Practitioner/gp"));

    [Test]
    public void Evaluate_Failure_IsAProblemWithoutData()
    {
        var sheet = Ask("(true | false)");
        Assert.That(sheet.Values[0].IsTrue, Is.False);
        Assert.That(sheet.Problems.Single().Key, Is.EqualTo(Key));
        Assert.That(sheet.Problems.Single().Words, Does.Not.Contain("Canary"));
    }

    [Test]
    public void Evaluate_Versions_AreThoseLookedAt()
    {
        Assert.That(Ask("%patient.active").Versions, Is.EqualTo(["Encounter/e1/_history/1", "Patient/p1/_history/1"]));
        Assert.That(Ask("true").Versions, Is.EqualTo(["Encounter/e1/_history/1"]));
    }

    [Test]
    public void Evaluate_DeletedTrigger_IsEmptyNotUndefined()
    {
        var gone = new DossierResource("trigger", "Encounter", "e1", "2", null, Sample.Now);
        var chain = With("%trigger.exists()") with { Dossier = Sample.Dossier().With(gone) };
        var sheet = ExpressionAnswers.Evaluate(chain, new Question([new Ask(Key)]));
        Assert.That(sheet.Values[0].IsTrue, Is.False);
        Assert.That(sheet.Problems, Is.Empty);
    }

    [Test]
    public void Evaluate_Output_IsThatOfTheStepAsked()
    {
        var call = new StepState
        {
            Phase = StepPhase.Waiting, Round = 2, Outputs = [new StepOutput("outcome", Coded: Sample.Concern)],
        };
        var chain = With(
            "%output.where(type = 'outcome').code = 'reached-concern' and %round = 2 "
            + "and %call.outcome = 'reached-concern'")
            with { State = Sample.State(call: call) };
        var value = ExpressionAnswers.Evaluate(chain, new Question([new Ask(Key, Sample.Call, 2)])).Values[0];
        Assert.That(value.IsTrue);
    }

    [Test]
    public void Evaluate_Resolve_FindsWhatTheDossierHas() =>
        Assert.That(One("%trigger.subject.resolve().active").IsTrue);

    [TestCase("P1Y2M3W4DT5H6M7S", "2027-05-26T13:06:07Z")]
    [TestCase("P1M", "2026-04-01T08:00:00Z")]
    [TestCase("1 month", "2026-04-01T08:00:00Z")]
    [TestCase("1.5 days", "2026-03-02T20:00:00Z")]
    [TestCase("-P1D", "2026-02-28T08:00:00Z")]
    public void CalendarSpan_Text_EndsThere(string text, string end) =>
        Assert.That(Sample.Now + CalendarSpan.Parse(text, Sample.Now), Is.EqualTo(DateTimeOffset.Parse(
            end, System.Globalization.CultureInfo.InvariantCulture)));

    [TestCase("P")]
    [TestCase("PT")]
    [TestCase("P1H")]
    [TestCase("PT1D")]
    [TestCase("P1.5M")]
    [TestCase("P999999999D")]
    [TestCase("soon")]
    [TestCase("3 kg")]
    [TestCase("")]
    public void CalendarSpan_NoSpan_IsNull(string text) => Assert.That(CalendarSpan.Parse(text, Sample.Now), Is.Null);

    [Test]
    public void CalendarSpan_MonthFromJanuary31_EndsInFebruary()
    {
        var from = new DateTimeOffset(2026, 1, 31, 0, 0, 0, TimeSpan.Zero);
        Assert.That(from + CalendarSpan.Parse("P1M", from), Is.EqualTo(from.AddDays(28)));
    }

    private static ChainView With(string text)
    {
        var package = Sample.Package();
        return Sample.View(package: package with
        {
            Expressions = package.Expressions.SetItem(Key, PathExpression.Compile(text)),
        });
    }

    private static AnswerSheet Ask(string text) =>
        ExpressionAnswers.Evaluate(With(text), new Question([new Ask(Key, Sample.Call, 1)]));

    private static ExpressionValue One(string text)
    {
        var sheet = Ask(text);
        Assert.That(sheet.Problems, Is.Empty);
        return sheet.Values[0];
    }
}
