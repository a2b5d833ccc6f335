using FhirOrchestrator.Plans;
using FhirOrchestrator.Scenarios;
using FhirOrchestrator.Tests.Plans;

namespace FhirOrchestrator.Tests.Scenarios;

/// <summary>The repository's own packages, held to their own scenarios.</summary>
internal sealed class OwnScenariosTests
{
    private static IEnumerable<TestCaseData> Discharge => Cases(OwnPackages.Discharge);

    private static IEnumerable<TestCaseData> Referral => Cases(OwnPackages.Referral);

    [TestCaseSource(nameof(Discharge))]
    public Task DischargeFollowUp_Scenario_Passes(string file) => PassesAsync(OwnPackages.Discharge, file);

    [TestCaseSource(nameof(Referral))]
    public Task ReferralIntake_Scenario_Passes(string file) => PassesAsync(OwnPackages.Referral, file);

    private static IEnumerable<TestCaseData> Cases(WorkflowPackage package) =>
        package.Scenarios.Select(scenario => new TestCaseData(scenario.File));

    private static async Task PassesAsync(WorkflowPackage package, string file)
    {
        var scenario = package.Scenarios.Single(each => each.File == file);
        var result = await ScenarioRunner.RunAsync(package, scenario, CancellationToken.None);
        Assert.That(result.Problems, Is.Empty, scenario.Title);
        Assert.That(result.Passed);
    }
}
