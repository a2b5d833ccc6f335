using System.Collections.Immutable;
using FhirOrchestrator.Fhir;
using FhirOrchestrator.Fhir.Json;
using FhirOrchestrator.Fhir.Notifications;

namespace FhirOrchestrator.Tests.Fhir.Notifications;

internal sealed class NotificationWriterTests
{
    private const string BaseUrl = "https://ehr.test/fhir";
    private static readonly Guid Id = Guid.Parse("6f1d8d0b-5f2f-4f0e-a6a5-0d9f8e3c9a11");
    private static readonly DateTimeOffset At = new(2026, 11, 20, 15, 30, 0, 125, TimeSpan.Zero);

    [Test]
    public void Write_EachContentAndForm_ReadsBackTheSame(
        [Values] PayloadContent content, [Values] StatusForm form, [Values] bool isDeleted)
    {
        var written = Event(isDeleted);
        var read = NotificationReader.Read(Write(written, content, form));

        Assert.That(read, Is.Not.Null);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(read!.Type, Is.EqualTo(NotificationType.EventNotification));
            Assert.That(read.Subscription, Is.EqualTo(BaseUrl + "/Subscription/s1"));
            Assert.That(read.Status, Is.EqualTo("active"));
            Assert.That(read.EventsSinceStart, Is.EqualTo(12));
            Assert.That(read.Topic, content == PayloadContent.Empty ? Is.Null : Is.EqualTo("https://topic.test/e"));
            Assert.That(read.Events, Has.Length.EqualTo(1));
            Assert.That(read.Events[0].Number, Is.EqualTo(12));
            Assert.That(read.Events[0].At, Is.EqualTo(At));
            Assert.That(
                read.Events[0].Focus?.Path, content == PayloadContent.Empty ? Is.Null : Is.EqualTo("Encounter/e1"));
            Assert.That(read.Events[0].Version, content == PayloadContent.Empty ? Is.Null : Is.EqualTo("3"));
            Assert.That(read.Events[0].IsDeleted, Is.EqualTo(isDeleted && content != PayloadContent.Empty));
            Assert.That(
                read.Events[0].Resource?.Path,
                content == PayloadContent.FullResource && !isDeleted ? Is.EqualTo("Encounter/e1") : Is.Null);
        }
    }

    [Test]
    public void Write_EachContentAndForm_EveryEntryHasRequestAndResponse(
        [Values] PayloadContent content, [Values] StatusForm form)
    {
        var bundle = Write(Event(isDeleted: false), content, form);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(bundle.Root.Text("type"), Is.EqualTo("history"));
            foreach (var entry in bundle.Root.Children("entry"))
            {
                Assert.That(entry.Child("request")?.Text("method"), Is.Not.Null);
                Assert.That(entry.Child("response")?.Text("status"), Is.Not.Null);
            }

            var first = bundle.Root.Children("entry").First();
            Assert.That(first.Child("request")?.Text("url"), Is.EqualTo(BaseUrl + "/Subscription/s1/$status"));
            Assert.That(first.Child("response")?.Text("status"), Is.EqualTo("200"));
        }
    }

    [Test]
    public void Write_Empty_HasOnlyTheStatusAndNoFocus()
    {
        var bundle = Write(Event(isDeleted: false), PayloadContent.Empty, StatusForm.Parameters);

        Assert.That(bundle.Root.Items("entry"), Has.Length.EqualTo(1));
        Assert.That(bundle.ToString(), Does.Not.Contain("focus"));
    }

    [Test]
    public void Write_EventNumbers_AreStrings()
    {
        var text = Write(Event(isDeleted: false), PayloadContent.IdOnly, StatusForm.Parameters).Root.ToString();

        Assert.That(text, Does.Contain("""{"name":"event-number","valueString":"12"}"""));
        Assert.That(text, Does.Contain("""{"name":"events-since-subscription-start","valueString":"12"}"""));
    }

    [Test]
    public void Write_TwoVersionsOfOneResource_BothStandInTheBundle()
    {
        var one = Event(isDeleted: false);
        var two = one with { Events = [one.Events[0], Told("4", isDeleted: false) with { Number = 13 }] };

        var read = NotificationReader.Read(Write(two, PayloadContent.FullResource, StatusForm.Parameters));

        Assert.That(read?.Events.Select(each => each.Resource?.VersionId), Is.EqualTo(ImmutableArray.Create("3", "4")));
    }

    [TestCase(NotificationType.Handshake)]
    [TestCase(NotificationType.Heartbeat)]
    public void Write_NoNews_HasOnlyTheStatus(NotificationType type)
    {
        var bundle = Write(
            Event(isDeleted: false) with { Type = type, Events = [] }, PayloadContent.FullResource,
                StatusForm.Parameters);

        Assert.That(bundle.Root.Items("entry"), Has.Length.EqualTo(1));
        Assert.That(NotificationReader.Read(bundle)?.Type, Is.EqualTo(type));
    }

    [Test]
    public void WriteStatuses_Two_IsASearchsetThatReadsBack()
    {
        var status = new Notification
        {
            Type = NotificationType.QueryStatus, Subscription = "Subscription/s1", Status = "error",
                EventsSinceStart = 3,
            Errors = ["http://terminology.hl7.org/CodeSystem/subscription-error|no-response", "nobody answered"],
        };
        var bundle = NotificationWriter.WriteStatuses([(status, Id), (status, Guid.Empty)], BaseUrl, At);

        var read = NotificationReader.ReadStatuses(bundle);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(bundle.Root.Text("type"), Is.EqualTo("searchset"));
            Assert.That(bundle.Root.Children("entry").All(each => each["request"] is null), Is.True);
            Assert.That(read, Has.Length.EqualTo(2));
            Assert.That(read[0].Errors, Is.EqualTo(status.Errors));
            Assert.That(read[0].EventsSinceStart, Is.EqualTo(3));
            Assert.That(NotificationReader.Read(bundle), Is.Null);
        }
    }

    private static Resource Write(Notification notification, PayloadContent content, StatusForm form) =>
        NotificationWriter.Write(notification, new NotificationShape(BaseUrl, content, Id, At, form));

    private static Notification Event(bool isDeleted) => new()
    {
        Type = NotificationType.EventNotification,
        Subscription = "Subscription/s1",
        Topic = "https://topic.test/e",
        Status = "active",
        EventsSinceStart = 12,
        Events = [Told("3", isDeleted)],
    };

    private static NotificationEvent Told(string version, bool isDeleted) => new()
    {
        Number = 12,
        At = At,
        Focus = ResourceReference.Parse("Encounter/e1"),
        Resource = isDeleted ? null : Resource.Create("Encounter", ("id", "e1")).WithVersion(version, At),
        Version = version,
        IsDeleted = isDeleted,
    };
}
