using System.Text;
using FhirOrchestrator.Fhir.Json;
using FhirOrchestrator.Plans;
using FhirOrchestrator.Subscriptions;

namespace FhirOrchestrator.Tests.Subscriptions;

internal sealed class KindProfilesTests
{
    private static readonly Uri Endpoint = new("https://orchestrator.example/hooks/token");

    private static readonly SubscriptionTemplate Template = new(
        "subscription",
        Resource.Create(
            "Subscription", ("status", "off"), ("reason", "follow up"), ("criteria", "x"), ("x-unknown", "kept")),
        "Encounter?class=IMP,ACUTE&patient=Patient/1");

    [Test]
    public void Load_EmbeddedFiles_AreAllReadable() => Assert.That(
        string.Join(' ', KindProfiles.Load().Names),
        Is.EqualTo("candle hapi medplum sandbox sandbox-classic sandbox-classic-empty sandbox-empty sandbox-full"));

    [TestCase("\"form\": \"backport\"", "\"form\": \"backprt\"",
        "Kinds/k.json: expected classic, backport, got \"backprt\" at form; did you mean \"backport\"?")]
    [TestCase("\"search\": true", "\"serch\": true, \"search\": true",
        "Kinds/k.json: expected a known key, got \"serch\" at serch; did you mean \"search\"?")]
    [TestCase("\"search\": true", "\"about2\": 1", "Kinds/k.json: expected true or false, got none at search")]
    [TestCase("\"activationSeconds\": 20", "\"activationSeconds\": 0",
        "Kinds/k.json: expected a whole number from 1 to 3600, got another value at activationSeconds")]
    [TestCase(
        "\"verbs\": [\"POST\"]",
        "\"verbs\": [\"PATCH\"]",
        "Kinds/k.json: expected POST, PUT or DELETE, got \"PATCH\" at verbs")]
    [TestCase("\"content\": \"id-only\"", "\"content\": \"all\"",
        "Kinds/k.json: expected empty, id-only, full-resource, got \"all\" at content")]
    [TestCase("\"form\": \"backport\"", "\"form\": \"classic\"",
        "Kinds/k.json: expected empty or full-resource in the classic form, got \"id-only\" at content")]
    public void Of_WrongFile_SaysWhatAndWhere(string right, string wrong, string problem)
    {
        var text = Embedded("sandbox");
        Assert.That(text, Does.Contain(right));

        var thrown = Assert.Throws<InvalidDataException>(
            () => KindProfiles.Of(new Dictionary<string, byte[]>
            {
                ["k"] = Encoding.UTF8.GetBytes(text.Replace(right, wrong, StringComparison.Ordinal)),
            }));

        Assert.That(thrown?.Message.Split(Environment.NewLine), Does.Contain(problem));
    }

    [Test]
    public void Of_LikeSomethingUnknown_SaysTheNearest()
    {
        var thrown = Assert.Throws<InvalidDataException>(
            () => KindProfiles.Of(new Dictionary<string, byte[]>
            {
                ["sandbox"] = Encoding.UTF8.GetBytes(Embedded("sandbox")),
                ["k"] = "{\"like\":\"sandbx\"}"u8.ToArray(),
            }));

        Assert.That(thrown?.Message, Does.Contain("did you mean \"sandbox\"?"));
    }

    [Test]
    public void Submission_Backport_HasTopicFilterContentAndSecret()
    {
        var submission = Submission.Of(Template, KindProfiles.Load()["sandbox"], Endpoint, "s3cret");

        Assert.That(submission.Resource?.Root.ToString(), Is.EqualTo("""
            {"resourceType":"Subscription",
            "meta":{"profile":[
            "http://hl7.org/fhir/uv/subscriptions-backport/StructureDefinition/backport-subscription"]},
            "status":"requested",
            "criteria":"https://fhirorchestrator.dev/sandbox/SubscriptionTopic/encounter-changed",
            "_criteria":{"extension":[{
            "url":"http://hl7.org/fhir/uv/subscriptions-backport/StructureDefinition/backport-filter-criteria",
            "valueString":"Encounter?class=IMP,ACUTE&patient=Patient/1"}]},
            "channel":{"type":"rest-hook","endpoint":"https://orchestrator.example/hooks/token",
            "payload":"application/fhir+json","_payload":{"extension":[{
            "url":"http://hl7.org/fhir/uv/subscriptions-backport/StructureDefinition/backport-payload-content",
            "valueCode":"id-only"}]},
            "header":["X-FhirOrchestrator-Secret: s3cret"]},
            "reason":"follow up","x-unknown":"kept"}
            """.Replace("\n", "", StringComparison.Ordinal)));
    }

    [TestCase("hapi", "requested", "application/fhir+json")]
    [TestCase("medplum", "active", "application/fhir+json")]
    [TestCase("sandbox-classic", "requested", "application/fhir+json")]
    [TestCase("sandbox-classic-empty", "requested", null)]
    public void Submission_Classic_HasCriteriaAndTheKindsStatus(string kind, string status, string? payload)
    {
        var resource = Submission.Of(Template, KindProfiles.Load()[kind], Endpoint, "s3cret").Resource;

        Assert.Multiple(() =>
        {
            Assert.That(resource?.Root.Text("criteria"), Is.EqualTo(Template.Criteria));
            Assert.That(resource?.Root.Text("status"), Is.EqualTo(status));
            Assert.That(resource?.Root.Child("channel")?.Text("payload"), Is.EqualTo(payload));
        });
    }

    [Test]
    public void Submission_NoTopicForTheType_SaysThatOnlyTheSweepLooks()
    {
        var task = Template with { Criteria = "Task?code=fulfill" };

        var submission = Submission.Of(task, KindProfiles.Load()["candle"], Endpoint, "s3cret");

        Assert.That(submission.Resource, Is.Null);
        Assert.That(
            submission.Problem,
            Is.EqualTo("expected a topic for Task in the kind candle, got none: only the sweep looks for it"));
    }

    [Test]
    public void Submission_NarrowTopic_LeavesOutFiltersThatItLacksAndSaysWhatItLacks()
    {
        var submission = Submission.Of(Template, KindProfiles.Load()["candle"], Endpoint, "s3cret");

        Assert.That(
            submission.Resource?.Root.Child("_criteria")?.ToString(), Does.Contain("\"Encounter?patient=Patient/1\""));
        Assert.That(submission.Problem, Does.Contain("the sweep finds the rest"));
    }

    [Test]
    public void Submission_HeaderThatWouldBeCut_IsRefused()
    {
        var kinds = KindProfiles.Load();

        Assert.That(Submission.Of(Template, kinds["medplum"], Endpoint, "a:b").Resource, Is.Null);
        Assert.That(Submission.Of(Template, kinds["hapi"], Endpoint, "a:b").Resource, Is.Not.Null);
    }

    private static string Embedded(string name)
    {
        using var stream = typeof(KindProfiles).Assembly.GetManifestResourceStream($"Kinds/{name}.json");
        using var reader = new StreamReader(stream ?? Stream.Null);
        return reader.ReadToEnd();
    }
}
