using FhirOrchestrator.Sandbox.Publisher;

namespace FhirOrchestrator.Tests.Sandbox.Publisher;

internal sealed class MisbehaviourTests
{
    [Test]
    public void Decide_None_SendsEverythingOnceAtOnce() =>
        Assert.That(
            Enumerable.Range(1, 1000).Select(each => Misbehaviour.None.Decide(each)),
            Is.All.EqualTo(new Mischief(1, TimeSpan.Zero)));

    [Test]
    public void Decide_SameSeed_SameMischief()
    {
        var one = new Misbehaviour { DropPercent = 5, ReorderPercent = 20, Seed = 3 };
        var other = one with { };

        Assert.That(
            Enumerable.Range(1, 500).Select(each => one.Decide(each)),
            Is.EqualTo(Enumerable.Range(1, 500).Select(each => other.Decide(each))));
    }

    [Test]
    public void Decide_Percentages_AreAboutMet()
    {
        var misbehaviour = new Misbehaviour { DropPercent = 5, ReorderPercent = 20, Duplicates = true, Seed = 11 };
        var all = Enumerable.Range(1, 10_000).Select(each => misbehaviour.Decide(each)).ToList();

        using (Assert.EnterMultipleScope())
        {
            Assert.That(all.Count(each => each.Copies == 0), Is.InRange(400, 600));
            Assert.That(all.Count(each => each.Copies == 2), Is.InRange(9_400, 9_600));
            Assert.That(all.Count(each => each.Hold > TimeSpan.Zero), Is.InRange(1_700, 2_100));
        }
    }

    [TestCase(101, 0, 10)]
    [TestCase(-1, 0, 10)]
    [TestCase(0, 101, 10)]
    [TestCase(0, 0, 0)]
    [TestCase(0, 0, 60_001)]
    public void Problem_OutOfRange_IsNamed(int drop, int reorder, int hold) =>
        Assert.That(
            new Misbehaviour { DropPercent = drop, ReorderPercent = reorder, HoldMillisecondsMax = hold }.Problem,
            Does.StartWith("expected "));
}
