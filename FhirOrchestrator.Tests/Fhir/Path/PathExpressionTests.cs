using System.Text;
using FhirOrchestrator.Fhir.Json;
using FhirOrchestrator.Fhir.Path;

namespace FhirOrchestrator.Tests.Fhir.Path;

internal sealed class PathExpressionTests
{
    private const string EncounterJson = """
        {"resourceType":"Encounter","id":"e1","status":"finished",
         "contained":[{"resourceType":"Location","id":"ward","name":"Ward 3"}],
         "class":{"system":"http://terminology.hl7.org/CodeSystem/v3-ActCode","code":"IMP"},
         "subject":{"reference":"Patient/p1"},
         "location":[{"location":{"reference":"#ward"},"status":"active"}],
         "period":{"start":"2026-02-27T08:15:00-05:00","end":"2026-03-02T10:00:00-05:00"},
         "length":{"value":3,"unit":"days","system":"http://unitsofmeasure.org","code":"d"},
         "hospitalization":{"dischargeDisposition":{"coding":[
           {"system":"http://terminology.hl7.org/CodeSystem/discharge-disposition","code":"home"}]}}}
        """;

    private static readonly PathContext Context =
        new() { Now = new DateTimeOffset(2026, 3, 2, 20, 0, 0, TimeSpan.FromHours(-5)) };

    private static readonly PathItem Encounter = PathItem.Of(Read(EncounterJson));

    [TestCase("status = 'finished' and class.code = 'IMP'")]
    [TestCase("Encounter.hospitalization.dischargeDisposition.coding.exists(code = 'home')")]
    [TestCase("period.end > period.start + 2 days")]
    [TestCase("period.end >= today() - 1 day")]
    [TestCase("period.end < now() and now() - 24 hours < period.end")]
    [TestCase("length = 3 days and length <= 72 hours and length > 2 'd'")]
    [TestCase("subject.resolve() is Patient")]
    [TestCase("subject.where(resolve() is Patient).exists()")]
    [TestCase("location.location.resolve().name = 'Ward 3'")]
    [TestCase("location.location.resolve() is Location")]
    [TestCase("contained.name.select(%resource is Encounter)")]
    [TestCase("%context.id = 'e1' and %rootResource.id = 'e1'")]
    [TestCase("status.memberOf('http://hl7.org/fhir/ValueSet/encounter-status')")]
    [TestCase("defineVariable('s', status).select(%s = 'finished')")]
    [TestCase("period.end.is(dateTime) and status.is(string) and status.is(code)")]
    [TestCase("period.start.toString().startsWith('2026-02-27T08:15')")]
    [TestCase("(5 'mg' + 0.005 'g') = 10 'mg' and 1 'L' = 10 'dL' and 37 'Cel' = 98.6 '[degF]'")]
    [TestCase("120 'mm[Hg]' = 12 'cm[Hg]' and 1 '10*3/uL' = 1000 '/uL' and 5 'mmol/L' > 0.004 'mol/L'")]
    [TestCase("@2024-01-31 + 1 month = @2024-02-29 and @2024-02-29 - 1 year = @2023-02-28")]
    [TestCase("1 year = 12 months and (1 year = 365 days).empty() and 1 year ~ 1 'a'")]
    public void IsTrue_OnAnEncounter_Holds(string text) =>
        Assert.That(PathExpression.Compile(text).IsTrue(Encounter, Context), Is.True);

    [TestCase("status = 'planned'")]
    [TestCase("reasonCode.exists()")]
    [TestCase("reasonCode.coding.code = 'x'")]
    [TestCase("subject.resolve() is Group")]
    [TestCase("class.code.memberOf('http://hl7.org/fhir/ValueSet/encounter-status')")]
    public void IsTrue_OnAnEncounter_DoesNotHold(string text) =>
        Assert.That(PathExpression.Compile(text).IsTrue(Encounter, Context), Is.False);

    [Test]
    public void IsTrue_BooleanWithoutValue_IsNotTrueAndNotDifferent()
    {
        var patient = PathItem.Of(Read(
            """{"resourceType":"Patient","_active":{"extension":[{"url":"http://x","valueCode":"unknown"}]}}"""));
        Assert.That(PathExpression.Compile("active").IsTrue(patient, Context), Is.False);
        Assert.That(PathExpression.Compile("active != true").IsTrue(patient, Context), Is.False);
        Assert.That(PathExpression.Compile("active.extension('http://x').value = 'unknown'").IsTrue(patient, Context));
    }

    [Test]
    public void Evaluate_QuantityWithComparator_ComparesToNothing()
    {
        var observation = PathItem.Of(Read("""
            {"resourceType":"Observation","valueQuantity":{"value":5,"comparator":"<","unit":"mg","code":"mg",
             "system":"http://unitsofmeasure.org"}}
            """));
        Assert.That(PathExpression.Compile("value > 3 'mg'").Evaluate(observation, Context), Is.Empty);
        Assert.That(PathExpression.Compile("value = 5 'mg'").Evaluate(observation, Context), Is.Empty);
    }

    [Test]
    public void Evaluate_ReferenceInABundle_FindsTheEntry()
    {
        var bundle = Read("""
            {"resourceType":"Bundle","entry":[
             {"fullUrl":"urn:uuid:1","resource":{"resourceType":"Task","id":"t","for":{"reference":"urn:uuid:2"},
              "focus":{"reference":"ServiceRequest/s"}}},
             {"fullUrl":"urn:uuid:2","resource":{"resourceType":"Patient","id":"p"}},
             {"fullUrl":"http://x/ServiceRequest/s","resource":{"resourceType":"ServiceRequest","id":"s"}}]}
            """);
        var found = PathExpression.Compile("entry.resource.ofType(Task).select(for | focus).resolve()")
            .Evaluate(bundle, Context);
        Assert.That(found.Select(item => item.TypeName), Is.EqualTo((string[])["Patient", "ServiceRequest"]));
    }

    [Test]
    public void Evaluate_WithResolver_AsksItForLiteralReferences()
    {
        var patient = Read("""{"resourceType":"Patient","id":"p1","birthDate":"1950-01-01"}""");
        var context = Context with { Resolve = reference => reference == "Patient/p1" ? patient : null };
        var found = PathExpression.Compile("subject.resolve().birthDate").Evaluate(Encounter, context);
        Assert.That(found.Single().AsText(), Is.EqualTo("1950-01-01"));
    }

    [Test]
    public void Variables_OfAnExpression_AreThoseThatTheCallerSupplies()
    {
        var expression = PathExpression.Compile(
            "%trigger.status = %ucum or defineVariable('x', 1).exists(%x = %resource.id.length()) or %`vs-a`.exists()");
        Assert.That(expression.Variables, Is.EqualTo((string[])["trigger"]));
    }

    [Test]
    public void Evaluate_VariableThatIsNotThere_Fails() =>
        Assert.That(
            () => PathExpression.Compile("%trigger.status").Evaluate(Encounter, Context.With("triger", Encounter)),
            Throws.TypeOf<FhirPathException>().With.Message.Contains("nearest: triger"));

    [Test]
    public void Evaluate_Variable_HasTheCallersValue() => Assert.That(
        PathExpression.Compile("%a + 1").Evaluate((PathItem?)null, Context.With("a", PathItem.OfInteger(4)))[0]
            .AsText(),
        Is.EqualTo("5"));

    [Test]
    public void Evaluate_AsOnACollection_FiltersWhereLenientAndFailsWhereStrict()
    {
        const string Text = "(location.status | status) as code";
        Assert.That(PathExpression.Compile(Text).Evaluate(Encounter, Context), Has.Count.EqualTo(2));
        Assert.That(
            () => PathExpression.Compile(Text, PathDialect.Strict).Evaluate(Encounter, Context),
            Throws.TypeOf<FhirPathException>());
    }

    [Test]
    public void Evaluate_Decimal_KeepsItsText()
    {
        var observation = PathItem.Of(Read("""{"resourceType":"Observation","valueQuantity":{"value":1.50}}"""));
        Assert.That(
            PathExpression.Compile("value.value").Evaluate(observation, Context).Single().AsText(), Is.EqualTo("1.50"));
    }

    [Test]
    public void Evaluate_BoundaryOfAnEndlessQuotient_HasNoFurtherPlace() => Assert.That(
        PathExpression.Compile("(-1.58 / 7).highBoundary(6)").Evaluate(Encounter, Context)[0].AsText(),
        Is.EqualTo("-0.225714"));

    [Test]
    public void Evaluate_NowWithoutAClock_Fails() => Assert.That(
        () => PathExpression.Compile("now()").Evaluate(Encounter, new PathContext()),
        Throws.TypeOf<FhirPathException>().With.Message.Contains("Now"));

    [TestCase("UTC", "2026-07-01T23:30:00.000Z", "2026-07-01")]
    [TestCase("America/St_Johns", "2026-07-01T21:00:00.000-02:30", "2026-07-01")]
    [TestCase("Pacific/Kiritimati", "2026-07-02T13:30:00.000+14:00", "2026-07-02")]
    public void At_AClockInAZone_TellsTheTimeThere(string zone, string now, string today)
    {
        var context = PathContext.At(new ZonedTime(TimeZoneInfo.FindSystemTimeZoneById(zone)));
        Assert.That(
            PathExpression.Compile("now() | today()").Evaluate(Encounter, context).Select(item => item.AsText()),
            Is.EqualTo((string[])[now, today]));
    }

    [Test]
    public void Evaluate_TypeUnknownToR4_ReadsTheJson()
    {
        var topic = PathItem.Of(Read("""{"resourceType":"SubscriptionTopic","status":"active","title":"x"}"""));
        Assert.That(PathExpression.Compile("status = 'active'").IsTrue(topic, Context), Is.True);
    }

    [Test]
    public void ToNode_OfSystemValues_IsJson()
    {
        Assert.That(PathItem.OfBoolean(true).ToNode()?.ToString(), Is.EqualTo("true"));
        Assert.That(PathItem.OfDecimal(1.50m).ToNode()?.ToString(), Is.EqualTo("1.50"));
        Assert.That(PathItem.OfQuantity(3, "day").ToNode()?.ToString(), Is.EqualTo(
            """{"value":3,"unit":"d","system":"http://unitsofmeasure.org","code":"d"}"""));
        Assert.That(PathItem.OfDateTime(Context.Now).AsText(), Is.EqualTo("2026-03-02T20:00:00.000-05:00"));
    }

    private sealed class ZonedTime(TimeZoneInfo zone) : TimeProvider
    {
        public override TimeZoneInfo LocalTimeZone => zone;

        public override DateTimeOffset GetUtcNow() => new(2026, 7, 1, 23, 30, 0, TimeSpan.Zero);
    }

    private static Resource Read(string json) =>
        Resource.Read(Encoding.UTF8.GetBytes(json)).Value ?? throw new InvalidOperationException("expected a resource");
}
