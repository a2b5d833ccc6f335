using System.Collections.Immutable;
using System.Text;
using FhirOrchestrator.Fhir.Json;
using FhirOrchestrator.Fhir.Notifications;
using FhirOrchestrator.Tests.Support;

namespace FhirOrchestrator.Tests.Fhir.Notifications;

internal sealed class NotificationReaderTests
{
    private const string Examples = "data/backport/ig-1.2.0-ballot/examples";

    [TestCase("empty", NotificationType.EventNotification, 2, null)]
    [TestCase("empty-with-auth", NotificationType.EventNotification, 2, null)]
    [TestCase("id-only", NotificationType.EventNotification, 2, "Encounter/86009987-eabe-42bf-8c02-b112b18cb616")]
    [TestCase("id-only-with-query", NotificationType.EventNotification, 2,
        "Encounter/86009987-eabe-42bf-8c02-b112b18cb616")]
    [TestCase("id-only-with-auth", NotificationType.EventNotification, 2,
        "Encounter/86009987-eabe-42bf-8c02-b112b18cb616")]
    [TestCase("full-resource", NotificationType.EventNotification, 2, "Encounter/86009987-eabe-42bf-8c02-b112b18cb616")]
    [TestCase("full-resource-with-query", NotificationType.EventNotification, 2,
        "Encounter/86009987-eabe-42bf-8c02-b112b18cb616")]
    [TestCase("multi-resource", NotificationType.EventNotification, 2,
        "Encounter/86009987-eabe-42bf-8c02-b112b18cb616")]
    [TestCase("handshake", NotificationType.Handshake, 0, null)]
    [TestCase("heartbeat", NotificationType.Heartbeat, 2, null)]
    [TestCase("error", NotificationType.QueryStatus, 3, null)]
    public void Read_ExampleOfTheGuide_GivesTypeCountAndFocus(string name, NotificationType type, long count,
        string? focus)
    {
        var read = NotificationReader.Read(Load($"{Examples}/Bundle-r4-notification-{name}.json"));

        Assert.That(read, Is.Not.Null);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(read!.Type, Is.EqualTo(type));
            Assert.That(read.SubscriptionId, Is.EqualTo("admission"));
            Assert.That(read.EventsSinceStart, Is.EqualTo(count));
            Assert.That(read.Events.FirstOrDefault()?.Focus?.Path, Is.EqualTo(focus));
        }
    }

    [Test]
    public void Read_FullResourceExample_CarriesTheResource()
    {
        var read = NotificationReader.Read(Load($"{Examples}/Bundle-r4-notification-full-resource.json"));

        Assert.That(read?.Events.Single().Resource?.Root.Text("status"), Is.EqualTo("in-progress"));
    }

    [Test]
    public void Read_ErrorExample_TellsTheError()
    {
        var read = NotificationReader.Read(Load($"{Examples}/Bundle-r4-notification-error.json"));

        Assert.That(
            read?.Errors, Is.EqualTo(ImmutableArray.Create(
                "http://terminology.hl7.org/CodeSystem/subscription-error|no-response")));
    }

    [Test]
    public void ReadStatuses_R4BShape_IsRead()
    {
        var shape = "data/backport/ig-1.2.0-ballot/r4b-shape/SubscriptionStatus-r4b-notification-status.json";
        var read = NotificationReader.ReadStatuses(Load(shape)).Single();

        using (Assert.EnterMultipleScope())
        {
            Assert.That(read.Topic, Is.EqualTo("http://hl7.org/SubscriptionTopic/admission"));
            Assert.That(read.Events.Single().Number, Is.EqualTo(2));
        }
    }

    [Test]
    public void Read_CandleShape_EntriesWithoutRequestAndNumbersAsNumbers_IsRead()
    {
        var read = NotificationReader.Read(Parse("""
            {"resourceType":"Bundle","type":"history","extension":[],"entry":[
             {"fullUrl":"urn:uuid:1","resource":{"resourceType":"Parameters","extension":[],"parameter":[
               {"name":"subscription","valueReference":{"reference":"http://ehr/fhir/r4/Subscription/s1"}},
               {"name":"status","valueCode":"active"},{"name":"type","valueCode":"event-notification"},
               {"name":"events-since-subscription-start","valueInteger":7},
               {"name":"notification-event","part":[{"name":"event-number","valueInteger":7},
                 {"name":"timestamp","valueInstant":"2026-11-20T15:00:00.1234567+00:00"},
                 {"name":"focus","valueReference":{"reference":"http://ehr/fhir/r4/Encounter/e1"}}]}]}},
             {"fullUrl":"http://ehr/fhir/r4/Encounter/e1","resource":{"resourceType":"Encounter","id":"e1",
               "meta":{"versionId":"3"}}}]}
            """));

        var told = read!.Events.Single();
        using (Assert.EnterMultipleScope())
        {
            Assert.That(read.EventsSinceStart, Is.EqualTo(7));
            Assert.That(told.Number, Is.EqualTo(7));
            Assert.That(told.At?.Ticks % 10_000_000, Is.EqualTo(1234567));
            Assert.That(told.Focus?.Base, Is.EqualTo("http://ehr/fhir/r4"));
            Assert.That(told.Version, Is.EqualTo("3"));
        }
    }

    [Test]
    public void Read_DeletionEntry_IsDeleted()
    {
        var read = NotificationReader.Read(Parse("""
            {"resourceType":"Bundle","type":"history","entry":[
             {"resource":{"resourceType":"Parameters","parameter":[
               {"name":"subscription","valueReference":{"reference":"Subscription/s1"}},
               {"name":"type","valueCode":"event-notification"},
               {"name":"notification-event","part":[{"name":"event-number","valueString":"1"},
                 {"name":"focus","valueReference":{"reference":"Encounter/e1"}}]}]}},
             {"fullUrl":"http://ehr/Encounter/e1","request":{"method":"DELETE","url":"Encounter/e1"},
              "response":{"status":"204","etag":"W/\"4\""}}]}
            """));

        Assert.That(read?.Events.Single(), Has.Property("IsDeleted").True.And.Property("Version").EqualTo("4"));
    }

    [Test]
    public void Read_StatusMissingAndFocusABundle_IsRead()
    {
        var read = NotificationReader.Read(Parse("""
            {"resourceType":"Bundle","type":"history","entry":[
             {"resource":{"resourceType":"Parameters","parameter":[
               {"name":"subscription","valueReference":{"reference":"Subscription/s1"}},
               {"name":"type","valueCode":"event-notification"},
               {"name":"notification-event","part":[{"name":"event-number","valueString":"1"},
                 {"name":"focus","valueReference":{"reference":"urn:uuid:0f"}}]}]}}]}
            """));

        Assert.That(read?.Events.Single().Focus?.Text, Is.EqualTo("urn:uuid:0f"));
    }

    [TestCase("""{"resourceType":"Encounter","id":"e1"}""")]
    [TestCase("""{"resourceType":"Bundle","type":"history"}""")]
    [TestCase("""{"resourceType":"Bundle","type":"history","entry":[{"resource":{"resourceType":"Patient"}}]}""")]
    [TestCase("""
        {"resourceType":"Bundle","type":"history","entry":[
         {"resource":{"resourceType":"Parameters","parameter":[{"name":"type","valueCode":"gossip"}]}}]}
        """)]
    [TestCase("""
        {"resourceType":"Bundle","type":"history","entry":[{"resource":{"resourceType":"Parameters"}},null,5]}
        """)]
    [TestCase("""{"resourceType":"Bundle","type":"transaction","entry":[]}""")]
    public void Read_NoNotification_Null(string json) => Assert.That(NotificationReader.Read(Parse(json)), Is.Null);

    [Test]
    public void Read_TwoEventsOfOneResource_PairsInOrder()
    {
        var read = NotificationReader.Read(Parse("""
            {"resourceType":"Bundle","type":"history","entry":[
             {"resource":{"resourceType":"Parameters","parameter":[
               {"name":"subscription","valueReference":{"reference":"Subscription/s1"}},
               {"name":"type","valueCode":"event-notification"},
               {"name":"notification-event","part":[{"name":"event-number","valueString":"1"},
                 {"name":"focus","valueReference":{"reference":"Encounter/e1"}}]},
               {"name":"notification-event","part":[{"name":"event-number","valueString":"2"},
                 {"name":"focus","valueReference":{"reference":"Encounter/e1"}}]}]}},
             {"resource":{"resourceType":"Encounter","id":"e1","meta":{"versionId":"1"}}},
             {"resource":{"resourceType":"Encounter","id":"e1","meta":{"versionId":"2"}}}]}
            """));

        Assert.That(read?.Events.Select(each => each.Version), Is.EqualTo(ImmutableArray.Create("1", "2")));
    }

    [Test]
    public void ReadClassic_Resource_IsItsOwnFocus()
    {
        var body = Parse("""{"resourceType":"Encounter","id":"e1","meta":{"versionId":"2"}}""");
        var told = NotificationReader.ReadClassic("Encounter", "e1", body, isDeleted: false)?.Events.Single();

        Assert.That(told?.Focus?.Path, Is.EqualTo("Encounter/e1"));
        Assert.That(told?.Version, Is.EqualTo("2"));
    }

    [Test]
    public void ReadClassic_Nothing_IsGoAndLook() =>
        Assert.That(NotificationReader.ReadClassic(null, null, null, isDeleted: false)?.Events, Is.Empty);

    [Test]
    public void ReadClassic_AddressContradictsBody_Null()
    {
        var body = Parse("""{"resourceType":"Encounter","id":"e1"}""");

        Assert.That(NotificationReader.ReadClassic("Patient", "e1", body, isDeleted: false), Is.Null);
        Assert.That(NotificationReader.ReadClassic("Encounter", "e2", body, isDeleted: false), Is.Null);
    }

    [Test]
    public void ReadClassic_DeletionByAddress_IsDeleted() =>
        Assert.That(
            NotificationReader.ReadClassic("Encounter", "e1", null, isDeleted: true)?.Events.Single().IsDeleted,
                Is.True);

    [Test]
    public void ReadClassic_Transaction_IsOneEventAnEntry()
    {
        var body = Parse("""
            {"resourceType":"Bundle","type":"transaction","entry":[
             {"resource":{"resourceType":"Encounter","id":"e1"}},{"resource":{"resourceType":"Patient","id":"p1"}}]}
            """);
        var read = NotificationReader.ReadClassic(null, null, body, isDeleted: false);

        Assert.That(
            read?.Events.Select(each => each.Focus?.Path),
                Is.EqualTo(ImmutableArray.Create("Encounter/e1", "Patient/p1")));
    }

    [TestCase("application/fhir+json", true)]
    [TestCase("application/fhir+json; charset=utf-8", true)]
    [TestCase("application/fhir+json;fhirVersion=4.0;charset=\"UTF-8\"", true)]
    [TestCase("application/json", true)]
    [TestCase("application/fhir+json; charset=iso-8859-1", false)]
    [TestCase("application/fhir+xml", false)]
    [TestCase("", false)]
    [TestCase(null, false)]
    public void IsFhirJson_MediaType_Judged(string? mediaType, bool expected) =>
        Assert.That(NotificationWords.IsFhirJson(mediaType), Is.EqualTo(expected));

    private static Resource Load(string relative)
    {
        Assert.That(Resource.Read(File.ReadAllBytes(SharedFolder.Path(relative))).Succeeded(out var resource), Is.True);
        return resource!;
    }

    private static Resource Parse(string json)
    {
        Assert.That(Resource.Read(Encoding.UTF8.GetBytes(json)).Succeeded(out var resource), Is.True);
        return resource!;
    }
}
