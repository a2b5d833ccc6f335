using FhirOrchestrator.Fhir.Json;
using FhirOrchestrator.Sandbox;
using FhirOrchestrator.Sandbox.Publisher;

namespace FhirOrchestrator.Tests.Sandbox.Publisher;

internal sealed class SubscriptionGateTests
{
    private const string Hook = "http://subscriber.test/hooks/t";

    private static readonly SubscriptionReader Reader =
        new((type, query) => StoreRecords.Compile(type, query, PublisherBed.BaseUrl));

    [TestCase("\"status\":\"requested\"", "\"status\":\"active\"", "Subscription.status")]
    [TestCase("\"status\":\"requested\",", "", "Subscription.status")]
    [TestCase("\"reason\":\"test\",", "", "Subscription.reason")]
    [TestCase("rest-hook", "websocket", "Subscription.channel.type")]
    [TestCase("rest-hook", "email", "Subscription.channel.type")]
    [TestCase("encounter-changed", "moon-changed", "Subscription.criteria")]
    [TestCase("application/fhir+json", "application/fhir+xml", "Subscription.channel.payload")]
    [TestCase("id-only", "everything", "Subscription.channel.payload")]
    [TestCase("http://subscriber.test", "ftp://subscriber.test", "Subscription.channel.endpoint")]
    [TestCase("http://subscriber.test", "http://user:pw@subscriber.test", "Subscription.channel.endpoint")]
    [TestCase("status=finished", "colour=blue", "Subscription.criteria.extension[0]")]
    [TestCase("status=finished", "Patient?name=x", "Subscription.criteria.extension[0]")]
    [TestCase("status=finished", "_sort=date", "Subscription.criteria.extension[0]")]
    [TestCase("Authorization: Bearer t0ken", "no colon", "Subscription.channel.header[0]")]
    [TestCase("Authorization: Bearer t0ken", "Host: elsewhere", "Subscription.channel.header[0]")]
    [TestCase("Authorization: Bearer t0ken", "X-A: sealed.AAAA", "Subscription.channel.header[0]")]
    [TestCase("\"reason\":", "\"end\":\"2001-01-01T00:00:00Z\",\"reason\":", "Subscription.end")]
    [TestCase("\"reason\":", "\"modifierExtension\":[{\"url\":\"http://x\"}],\"reason\":", "Subscription.extension")]
    [TestCase(
        "\"type\":\"rest-hook\"",
        "\"extension\":[{\"url\":\"http://hl7.org/fhir/uv/subscriptions-backport/StructureDefinition/backport-heartbeat-period\",\"valueUnsignedInt\":60}],\"type\":\"rest-hook\"",
        "Subscription.channel.extension")]
    [TestCase(
        "\"reason\":",
        "\"extension\":[{\"url\":\"http://hl7.org/fhir/5.0/StructureDefinition/extension-Subscription.topic\"}],\"reason\":",
        "Subscription.extension")]
    public async Task Admit_Unsupported_IsRefusedWithTheElement(string replace, string by, string path)
    {
        var json = SubscriptionJson.Topic(Hook, "id-only", "status=finished");
        Assert.That(json, Does.Contain(replace));

        var admitted = await AdmitAsync(json.Replace(replace, by, StringComparison.Ordinal));

        Assert.That(admitted, Is.InstanceOf<Admission.Refused>());
        Assert.That(((Admission.Refused)admitted).Refusals.Select(each => each.Path), Does.Contain(path));
    }

    [TestCase("Encounter?class=IMP&frequency=1")]
    [TestCase("Spaceship?status=active")]
    [TestCase("Encounter?_count=1")]
    public async Task Admit_ClassicCriteriaThatCannotBeMatched_IsRefused(string criteria) =>
        Assert.That(await AdmitAsync(SubscriptionJson.Classic(Hook, criteria)), Is.InstanceOf<Admission.Refused>());

    [Test]
    public async Task Admit_PayloadContentWithoutTopic_IsRefused()
    {
        var json = SubscriptionJson.Topic(Hook, "id-only")
            .Replace(SubscriptionJson.EncounterTopic, "Encounter?class=IMP", StringComparison.Ordinal);

        Assert.That(await AdmitAsync(json), Is.InstanceOf<Admission.Refused>());
    }

    [TestCase("Encounter?class=IMP,ACUTE,NONAC")]
    [TestCase("ServiceRequest?status=active")]
    [TestCase("Patient")]
    [TestCase("Task?owner=Organization/hospital")]
    public async Task Admit_ClassicCriteria_IsAccepted(string criteria) =>
        Assert.That(await AdmitAsync(SubscriptionJson.Classic(Hook, criteria)), Is.InstanceOf<Admission.Accepted>());

    [Test]
    public async Task Admit_ReadEditedAndWrittenBack_KeepsTheSecret()
    {
        var stored = ((Admission.Accepted)await AdmitAsync(SubscriptionJson.Topic(Hook, "id-only"))).Resource;
        var again = await AdmitAsync(stored.With("reason", "edited"));

        var seal = await new MemoryLedger().ReadSealAsync(CancellationToken.None);
        Assert.That(again, Is.InstanceOf<Admission.Accepted>());
        Assert.That(
            Reader.Read(((Admission.Accepted)again).Resource, seal).Subscription?.Headers,
            Is.EqualTo(new ChannelHeader[] { new("Authorization", "Bearer t0ken"), new("X-Secret", "a:b") }));
    }

    [Test]
    public async Task Admit_SealedSecretForAnotherEndpoint_IsRefused()
    {
        var stored = ((Admission.Accepted)await AdmitAsync(SubscriptionJson.Topic(Hook, "id-only"))).Resource;
        var stolen = PublisherBed.Parse(
            stored.Root.ToString().Replace("subscriber.test", "thief.test", StringComparison.Ordinal));

        Assert.That(await AdmitAsync(stolen), Is.InstanceOf<Admission.Refused>());
    }

    [Test]
    public async Task Admit_ErrorOfTheServer_IsTakenOff()
    {
        var json = SubscriptionJson.Topic(Hook, "id-only").Replace(
            "\"reason\":", "\"error\":\"mine\",\"reason\":", StringComparison.Ordinal);

        Assert.That(((Admission.Accepted)await AdmitAsync(json)).Resource.Root["error"], Is.Null);
    }

    private static Task<Admission> AdmitAsync(string json) => AdmitAsync(PublisherBed.Parse(json));

    private static Task<Admission> AdmitAsync(Resource proposed) =>
        new SubscriptionGate(Reader, new MemoryLedger(), TimeProvider.System).AdmitAsync(proposed, CancellationToken.None);
}
