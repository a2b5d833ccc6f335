using System.Text.Json.Nodes;
using FhirOrchestrator.Facts;
using FhirOrchestrator.Fhir.Json;
using FhirOrchestrator.Matching;
using FhirOrchestrator.Plans;
using FhirOrchestrator.Tests.Tidy;

namespace FhirOrchestrator.Tests.Matching;

/// <summary>The starts of the product's own package, on a stay that is changed one thing at a time.</summary>
internal sealed class StartMatcherTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 20, 12, 0, 0, TimeSpan.Zero);

    private static readonly Lazy<WorkflowPackage> Package = new(() =>
        PackageFolder.LoadAll(Path.Combine(Repository.Root, "subscriptions")).Packages
            .Single(package => package.Name == "discharge-follow-up"));

    [Test]
    public void Judge_FinishedStayOfALivingPatient_Starts() => Assert.That(Judge(_ => { }, _ => { }), Is.Null);

    [TestCase("status", "\"in-progress\"", "not-finished")]
    [TestCase("class", """{"system":"http://terminology.hl7.org/CodeSystem/v3-ActCode","code":"AMB"}""", "not-a-stay")]
    [TestCase("period", """{"start":"2026-11-10T08:00:00Z"}""", "no-discharge-time")]
    [TestCase("partOf", """{"reference":"Encounter/1"}""", "part-of-a-stay")]
    public void Judge_StayThatIsNot_TheConditionIsTheReason(string element, string value, string reason) =>
        Assert.That(Judge(stay => stay[element] = JsonNode.Parse(value), _ => { })?.Reason, Is.EqualTo(reason));

    [Test]
    public void Judge_DeceasedPatient_NotMatched()
    {
        var verdict = Judge(_ => { }, patient => patient["deceasedBoolean"] = true);

        Assert.That(verdict?.Kind, Is.EqualTo(MatchKind.NotMatched));
        Assert.That(verdict?.Reason, Is.EqualTo("deceased"));
    }

    [TestCase("2026-11-13T12:00:00Z", null)]
    [TestCase("2026-11-13T11:59:59Z", MatchReasons.OutsideStartWindow)]
    [TestCase("1990-01-01", MatchReasons.OutsideStartWindow)]
    public void Screen_StartWindow_SevenDaysOnTheClinicalInstant(string end, string? reason)
    {
        var stay = Stay(each => each["period"] = new JsonObject { ["start"] = "1990-01-01", ["end"] = end });

        var screening = StartMatcher.Screen(Package.Value, stay, Now).Single();

        Assert.That(screening.Refused?.Reason, Is.EqualTo(reason));
    }

    [Test]
    public void Screen_AnotherType_NoAnswer() => Assert.That(
        StartMatcher.Screen(Package.Value, Resource.Create("Observation"), Now), Is.Empty);

    [Test]
    public void BusinessKey_VisitNumber_ElseTheStay()
    {
        var plain = StartMatcher.BusinessKey(Package.Value, Stay(_ => { }), Now);
        var numbered = StartMatcher.BusinessKey(
            Package.Value,
            Stay(stay => stay["identifier"] = JsonNode.Parse(
                """
                [{"system":"urn:visits","value":"V7","type":{"coding":[
                  {"system":"http://terminology.hl7.org/CodeSystem/v2-0203","code":"VN"}]}}]
                """)),
            Now);

        Assert.That(plain, Is.EqualTo("Encounter/9"));
        Assert.That(numbered, Does.Contain("V7"));
    }

    private static MatchVerdict? Judge(Action<JsonObject> stay, Action<JsonObject> patient)
    {
        var read = Read("""{"resourceType":"Patient","id":"1","birthDate":"1950-01-01"}""", patient);
        return StartMatcher.Judge(Package.Value, Package.Value.Starts[0], Stay(stay), read, Now);
    }

    private static Resource Stay(Action<JsonObject> change) => Read(
        """
        {"resourceType":"Encounter","id":"9","status":"finished",
         "class":{"system":"http://terminology.hl7.org/CodeSystem/v3-ActCode","code":"IMP"},
         "subject":{"reference":"Patient/1"},
         "period":{"start":"2026-11-10T08:00:00Z","end":"2026-11-19T10:00:00Z"}}
        """,
        change);

    private static Resource Read(string json, Action<JsonObject> change)
    {
        var node = JsonNode.Parse(json)!.AsObject();
        change(node);
        return Resource.Read(System.Text.Encoding.UTF8.GetBytes(node.ToJsonString())).Value!;
    }
}
