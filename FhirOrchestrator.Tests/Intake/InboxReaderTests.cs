using System.Text;
using FhirOrchestrator.Facts;
using FhirOrchestrator.Intake;
using FhirOrchestrator.Storage;

namespace FhirOrchestrator.Tests.Intake;

internal sealed class InboxReaderTests
{
    private const string Status = "\"resource\":{\"resourceType\":\"Parameters\",\"parameter\":[" +
        "{\"name\":\"subscription\",\"valueReference\":{\"reference\":\"Subscription/s\"}}," +
        "{\"name\":\"status\",\"valueCode\":\"active\"},";

    private static readonly EhrAddress Address = new(new Uri("https://ehr.example/fhir"));

    [Test]
    public void Read_BackportIdOnly_GivesEachResourceOnce()
    {
        var read = Read("POST", null, Bundle("event-notification",
            Event("Encounter/e1"), Event("https://ehr.example/fhir/Encounter/e2/_history/5"), Event("Encounter/e1")));

        Assert.That(Hints(read), Is.EqualTo("Encounter/e1 Encounter/e2|5"));
    }

    [Test]
    public void Read_BackportFull_TellsTheVersion()
    {
        var read = Read("POST", null, Bundle("event-notification", Event("Encounter/e1"))
            .Replace("]}}]", "]}},{\"fullUrl\":\"https://ehr.example/fhir/Encounter/e1\",\"resource\":"
                + "{\"resourceType\":\"Encounter\",\"id\":\"e1\",\"meta\":{\"versionId\":\"7\"}}}]",
                StringComparison.Ordinal));

        Assert.That(Hints(read), Is.EqualTo("Encounter/e1|7"));
    }

    [Test]
    public void Read_BackportEmpty_AsksToLook()
    {
        var read = (ReadDelivery.News)Read(
            "POST", null, Bundle("event-notification", "{\"name\":\"event-number\",\"valueString\":\"1\"}"));

        Assert.That(read.Look, Is.True);
        Assert.That(read.Hints, Is.Empty);
    }

    [TestCase("handshake")]
    [TestCase("heartbeat")]
    [TestCase("query-status")]
    public void Read_NoNews_IsNothing(string type)
    {
        var read = Read("POST", null, Bundle(type, Event("Encounter/e1")));

        Assert.That(read, Is.EqualTo(new ReadDelivery.Nothing(type)));
    }

    [Test]
    public void Read_EmptyPost_AsksToLook() =>
        Assert.That(((ReadDelivery.News)Read("POST", null, "")).Look, Is.True);

    [TestCase("PUT", "Encounter/e1", "", "Encounter/e1")]
    [TestCase(
        "PUT", "Encounter/e1", """{"resourceType":"Encounter","id":"e1","meta":{"versionId":"3"}}""", "Encounter/e1|3")]
    [TestCase("POST", null, """{"resourceType":"Encounter","id":"e1"}""", "Encounter/e1")]
    [TestCase("DELETE", "Encounter/e1", "", "Encounter/e1!")]
    [TestCase("DELETE", "Encounter/e1", "{}", "Encounter/e1!")]
    public void Read_Classic_GivesTheResource(string method, string? target, string body, string hints) =>
        Assert.That(Hints(Read(method, target, body)), Is.EqualTo(hints));

    [Test]
    public void Read_ClassicTransaction_GivesEveryResource()
    {
        var read = Read("POST", null, """
            {"resourceType":"Bundle","type":"transaction","entry":[
            {"resource":{"resourceType":"Task","id":"t1"}},{"resource":{"resourceType":"Task","id":"t2"}}]}
            """);

        Assert.That(Hints(read), Is.EqualTo("Task/t1 Task/t2"));
    }

    [Test]
    public void Read_SweepsFind_GivesKeyAndVersion()
    {
        var read = InboxReader.Read(
            Delivery("GET", "Encounter/e1", []) with { Origin = Origin.Sweep, Version = "4" }, Address);

        Assert.That(Hints(read), Is.EqualTo("Encounter/e1|4"));
    }

    [Test]
    public void Read_OnlyForeignReferences_IsSetAsideAndNeverFollowed()
    {
        var read = Read("POST", null, Bundle("event-notification", Event("https://evil.example/fhir/Encounter/e1")));

        Assert.That(Reason(read), Is.EqualTo(UnreadableReasons.ForeignReference));
    }

    [Test]
    public void Read_OwnAndForeignReferences_GivesTheOwnAndCountsTheOthers()
    {
        var read = (ReadDelivery.News)Read("POST", null, Bundle(
            "event-notification", Event("https://evil.example/fhir/Encounter/e1"), Event("Encounter/e2")));

        Assert.That(Hints(read), Is.EqualTo("Encounter/e2"));
        Assert.That(read.Foreign, Is.EqualTo(1));
    }

    [TestCase("hello", UnreadableReasons.NotJson)]
    [TestCase("{\"resourceType\":\"Encounter\",\"id\":", UnreadableReasons.NotJson)]
    [TestCase("{\"resourceType\":\"Encounter\",\"id\":\"e1\",\"id\":\"e2\"}", UnreadableReasons.NotJson)]
    [TestCase("{\"resourceType\":\"Encounter\",\"id\":\"e\\u00001\"}", UnreadableReasons.NotJson)]
    [TestCase("{\"resourceType\":\"Encounter\",\"id\":\"\\ud800\"}", UnreadableReasons.NotJson)]
    [TestCase("[1,2]", UnreadableReasons.NotFhir)]
    [TestCase("{\"a\":1}", UnreadableReasons.NotFhir)]
    [TestCase("{\"resourceType\":\"Bundle\",\"type\":\"searchset\"}", UnreadableReasons.UnknownForm)]
    [TestCase("{\"resourceType\":\"Encounter\"}", UnreadableReasons.Contradiction)]
    [TestCase("{\"resourceType\":\"Encounter\",\"id\":\"../x\"}", UnreadableReasons.ForeignReference)]
    public void Read_Garbage_IsUnreadableWithTheReason(string body, string reason) =>
        Assert.That(Reason(Read("POST", null, body)), Is.EqualTo(reason));

    [Test]
    public void Read_BadUtf8_IsUnreadable() => Assert.That(
        Reason(InboxReader.Read(Delivery("POST", null, [0x7b, 0xff, 0xfe, 0x7d]), Address)),
        Is.EqualTo(UnreadableReasons.NotJson));

    [Test]
    public void Read_DeepNesting_IsUnreadable()
    {
        var read = Read("POST", null, new string('[', 100_000));

        Assert.That(Reason(read), Is.EqualTo(UnreadableReasons.NotJson));
    }

    [Test, CancelAfter(20_000)]
    public void Read_VeryWideObject_IsReadInTime()
    {
        var wide = new StringBuilder("{\"resourceType\":\"Encounter\",\"id\":\"e1\"");
        for (var count = 0; count < 300_000; count++)
        {
            wide.Append(System.Globalization.CultureInfo.InvariantCulture, $",\"n{count}\":1");
        }

        Assert.That(Hints(Read("POST", null, wide.Append('}').ToString())), Is.EqualTo("Encounter/e1"));
    }

    [Test]
    public void Read_AddressAndBodyDisagree_IsUnreadable() => Assert.That(
        Reason(Read("PUT", "Encounter/e1", """{"resourceType":"Encounter","id":"e2"}""")),
        Is.EqualTo(UnreadableReasons.Contradiction));

    [Test]
    public void Read_DeleteOfNothing_IsUnreadable() =>
        Assert.That(Reason(Read("DELETE", null, "")), Is.EqualTo(UnreadableReasons.NoTarget));

    [Test]
    public void Read_EveryByteOfANotificationChanged_NeverThrows()
    {
        var whole = Encoding.UTF8.GetBytes(Bundle("event-notification", Event("Encounter/e1"), Event("Task/t1")));
        var count = 0;
        for (var at = 0; at < whole.Length; at++)
        {
            foreach (var with in (byte[])[0, (byte)'"', (byte)'{', 0xff, (byte)(whole[at] ^ 0x20)])
            {
                var mutant = (byte[])whole.Clone();
                mutant[at] = with;
                Assert.That(() => InboxReader.Read(Delivery("POST", null, mutant), Address), Throws.Nothing);
                count++;
            }
        }

        TestContext.Out.WriteLine($"{count} mutants read, none threw");
    }

    private static string Bundle(string type, params ReadOnlySpan<string> events)
    {
        var told = string.Join(
            ',', events.ToArray().Select(parts => $$"""{"name":"notification-event","part":[{{parts}}]}"""));
        var kind = $$"""{"name":"type","valueCode":"{{type}}"}""";
        return "{\"resourceType\":\"Bundle\",\"type\":\"history\",\"entry\":[{" + Status
            + kind + (told.Length == 0 ? "" : "," + told) + "]}}]}";
    }

    private static string Event(string focus) =>
        """{"name":"event-number","valueString":"1"},"""
        + $$$"""{"name":"focus","valueReference":{"reference":"{{{focus}}}"}}""";

    private static ReadDelivery Read(string method, string? target, string body) =>
        InboxReader.Read(Delivery(method, target, Encoding.UTF8.GetBytes(body)), Address);

    private static Delivery Delivery(string method, string? target, byte[] body) => new()
    {
        Ehr = new EhrId("north"),
        Package = "discharge",
        Subscription = "subscription",
        Origin = Origin.Notification,
        Method = method,
        Target = target,
        Body = body,
    };

    private static string Hints(ReadDelivery read) => string.Join(' ', ((ReadDelivery.News)read).Hints.Select(hint =>
        $"{hint.Key.Path}{(hint.Version is null ? "" : $"|{hint.Version}")}{(hint.IsDeleted ? "!" : "")}"));

    private static string Reason(ReadDelivery read) => ((ReadDelivery.Unreadable)read).Reason;
}
