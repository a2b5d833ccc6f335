using FhirOrchestrator.Chains;
using FhirOrchestrator.Fhir.Json;
using FhirOrchestrator.Outcomes;

namespace FhirOrchestrator.Tests.Outcomes;

internal sealed class ContentHashTests
{
    [Test]
    public void Of_ReorderedMembersServerMetaAndNarrative_IsTheSame()
    {
        var sent = Sample.CallTask();
        var back = Reversed(sent).With("text", Node.Object(("status", "generated"), ("div", "<div/>")))
            .WithVersion("77", Sample.Now.AddDays(1)).WithId("other");
        Assert.That(ContentHash.Of(back), Is.EqualTo(ContentHash.Of(sent)));
    }

    [TestCase("2026-03-01T08:00:00Z")]
    [TestCase("2026-03-01T09:00:00.000+01:00")]
    public void Of_SameInstantWrittenOtherwise_IsTheSame(string text)
    {
        var sent = Sample.CallTask().With("authoredOn", "2026-03-01T08:00:00.000Z");
        Assert.That(ContentHash.Of(sent.With("authoredOn", text)), Is.EqualTo(ContentHash.Of(sent)));
    }

    [Test]
    public void Of_ReferenceWithVersion_IsTheSame()
    {
        var sent = Sample.CallTask();
        var back = sent.With("focus", Elements.Reference("Encounter/e1/_history/3"));
        Assert.That(ContentHash.Of(back), Is.EqualTo(ContentHash.Of(sent)));
    }

    [TestCase("status", "accepted")]
    [TestCase("priority", "urgent")]
    [TestCase("x-unknown", "1")]
    public void Of_AnythingAPersonCanChange_IsAnother(string element, string value)
    {
        var sent = Sample.CallTask();
        Assert.That(ContentHash.Of(sent.With(element, value)), Is.Not.EqualTo(ContentHash.Of(sent)));
    }

    [Test]
    public void Of_NoteOrOwner_IsAnother()
    {
        var sent = Sample.CallTask();
        Assert.Multiple(() =>
        {
            Assert.That(
                ContentHash.Of(sent.With("note", Node.Array(Node.Object(("text", "called"))))),
                Is.Not.EqualTo(ContentHash.Of(sent)));
            Assert.That(
                ContentHash.Of(sent.With("owner", Elements.Reference("Practitioner/1"))),
                Is.Not.EqualTo(ContentHash.Of(sent)));
        });
    }

    [TestCase("1", "2", Authorship.Known, TestName = "OwnWrite_OlderNumber_IsKnown")]
    [TestCase("3", "2", Authorship.Theirs, TestName = "OwnWrite_NewerNumber_IsTheirs")]
    public void OwnWrite_EditedContent_IsByVersion(string seenVersion, string knownVersion, object expected)
    {
        var known = Sample.EffectOf(Sample.CallTask().WithVersion(knownVersion, Sample.Now));
        var seen = Sample.CallTask("accepted").WithVersion(seenVersion, Sample.Now);
        Assert.That(OwnWrite.Of(seen, known), Is.EqualTo(expected));
    }

    [Test]
    public void OwnWrite_SameVersionOrSameHash_IsOurs()
    {
        var known = Sample.EffectOf(Sample.CallTask()) with { Version = "5" };
        Assert.Multiple(() =>
        {
            Assert.That(OwnWrite.Of(Sample.CallTask().WithVersion("9", null), known), Is.EqualTo(Authorship.Ours));
            Assert.That(
                OwnWrite.Of(Sample.CallTask("failed").WithVersion("5", null), known), Is.EqualTo(Authorship.Ours));
        });
    }

    [Test]
    public void OwnWrite_ContentTheChainHasTakenIn_IsKnown()
    {
        var theirs = Sample.CallTask("accepted").WithVersion("2", Sample.Now);
        var known = Sample.EffectOf(Sample.CallTask()) with { Body = theirs.ToUtf8() };
        Assert.That(OwnWrite.Of(theirs, known), Is.EqualTo(Authorship.Known));
    }

    [TestCase("call/2", false)]
    [TestCase("7b0f6a3e-0000-5000-8000-000000000001/call/2", true)]
    [TestCase("7b0f6a3e-0000-5000-8000-000000000001/call/0", false)]
    [TestCase("7b0f6a3e-0000-5000-8000-000000000001/call/2/3", false)]
    public void EffectIdentity_Value_IsReadBack(string value, bool isOurs)
    {
        var task = Resource.Create("Task", ("identifier", Node.Array(Elements.Identifier(Sample.Installation, value))));
        var identity = EffectIdentity.Of(task, Sample.Installation);
        Assert.That(identity?.Value, isOurs ? Is.EqualTo(value) : Is.Null);
        Assert.That(EffectIdentity.Of(task, "urn:uuid:another"), Is.Null);
    }

    [TestCase("notify.send", "notify", 1)]
    [TestCase("notify.send.3", "notify", 3)]
    [TestCase("notify", "notify", 0)]
    [TestCase("notify.sender", "notify.sender", 0)]
    public void SendTask_Name_IsReadBack(string effect, string step, int generation)
    {
        var read = SendTask.Read(new StepName(effect));
        Assert.That((read.Step.Value, read.Generation), Is.EqualTo((step, generation)));
        Assert.That(generation == 0 || SendTask.Of(read.Step, generation).Value == effect);
    }

    private static Resource Reversed(Resource resource) =>
        Resource.From(Reversed(resource.Root)) ?? throw new InvalidOperationException("a resource stays one");

    private static Node Reversed(Node node) => node switch
    {
        ObjectNode content => new ObjectNode(
            [.. content.Members.Reverse().Select(member => new Member(member.Name, Reversed(member.Value)))]),
        ArrayNode array => new ArrayNode([.. array.Items.Select(Reversed)]),
        _ => node,
    };
}
