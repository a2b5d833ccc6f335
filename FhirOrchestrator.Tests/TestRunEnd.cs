using FhirOrchestrator.Tests.Support;

namespace FhirOrchestrator.Tests;

/// <summary>Ends what the whole test run shares.</summary>
[SetUpFixture]
internal sealed class TestRunEnd
{
    [OneTimeTearDown]
    public Task StopCluster() => TestCluster.StopAsync();
}
