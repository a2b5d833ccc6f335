namespace FhirOrchestrator.Tests.Tidy;

internal sealed class SmokeTests
{
    [Test]
    public void Assembly_Loads() => Assert.That(typeof(Program).Assembly.GetName().Name, Is.EqualTo("FhirOrchestrator"));
}
