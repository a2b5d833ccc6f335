using FhirOrchestrator.Outcomes;
using TaskStatus = FhirOrchestrator.Chains.TaskStatus;

namespace FhirOrchestrator.Tests.Outcomes;

internal sealed class TaskEdgesTests
{
    // fhir.md, 4.1, once more and by hand.
    private static readonly Dictionary<string, string> Table = new()
    {
        ["draft"] = "requested cancelled entered-in-error",
        ["requested"] = "received accepted rejected ready cancelled entered-in-error",
        ["received"] = "accepted rejected cancelled entered-in-error",
        ["accepted"] = "ready in-progress cancelled entered-in-error",
        ["rejected"] = "entered-in-error",
        ["ready"] = "in-progress cancelled entered-in-error",
        ["cancelled"] = "entered-in-error",
        ["in-progress"] = "on-hold completed failed cancelled ready entered-in-error",
        ["on-hold"] = "in-progress cancelled failed entered-in-error",
        ["failed"] = "entered-in-error",
        ["completed"] = "entered-in-error",
        ["entered-in-error"] = "",
    };

    [Test]
    public void IsLegal_EveryPair_IsTheTable()
    {
        foreach (var from in Enum.GetValues<TaskStatus>())
        {
            var legal = Enum.GetValues<TaskStatus>().Where(to => TaskEdges.IsLegal(from, to))
                .Select(TaskStatusCodes.Text).Order(StringComparer.Ordinal);
            var expected = Table[TaskStatusCodes.Text(from)]
                .Split(' ', StringSplitOptions.RemoveEmptyEntries).Order(StringComparer.Ordinal);
            Assert.That(legal, Is.EqualTo(expected), $"from {from}");
        }
    }

    [Test]
    public void Next_EveryPair_WalksLegalEdgesToTheEndOrNowhere()
    {
        foreach (var from in Enum.GetValues<TaskStatus>())
        {
            foreach (var to in Enum.GetValues<TaskStatus>())
            {
                var at = from;
                for (var edge = 0; edge < 6 && TaskEdges.Next(at, to) is { } next; edge++)
                {
                    Assert.That(TaskEdges.IsLegal(at, next), $"{at} -> {next} on the way to {to}");
                    at = next;
                }

                Assert.That(at, Is.EqualTo(to).Or.EqualTo(from), $"{from} to {to} stopped half way");
            }
        }
    }

    [TestCase("requested", "completed", "accepted")]
    [TestCase("ready", "completed", "in-progress")]
    [TestCase("accepted", "failed", "in-progress")]
    [TestCase("accepted", "rejected", null)]
    [TestCase("completed", "cancelled", null)]
    [TestCase("completed", "requested", null)]
    public void Next_Known_IsTheFirstEdge(string from, string to, string? next)
    {
        var found = TaskEdges.Next(Parse(from), Parse(to));
        Assert.That(found is { } status ? TaskStatusCodes.Text(status) : null, Is.EqualTo(next));
    }

    [Test]
    public void Codes_EveryStatus_RoundTrips()
    {
        foreach (var status in Enum.GetValues<TaskStatus>())
        {
            Assert.That(TaskStatusCodes.Parse(TaskStatusCodes.Text(status)), Is.EqualTo(status));
        }

        Assert.That(TaskStatusCodes.Parse("paused"), Is.Null);
    }

    private static TaskStatus Parse(string text) =>
        TaskStatusCodes.Parse(text) ?? throw new ArgumentException("no status", nameof(text));
}
