namespace FhirOrchestrator.Tests.Plans;

internal sealed class OwnPackagesTests
{
    [Test]
    public void LoadAll_OwnPackages_HaveNoProblems()
    {
        var all = OwnPackages.All;
        Assert.That(all.Problems.Select(problem => problem.ToString()), Is.Empty);
        Assert.That(
            all.Packages.Select(package => package.Name),
            Is.EqualTo(new[] { "discharge-follow-up", "referral-intake" }));
    }
}
