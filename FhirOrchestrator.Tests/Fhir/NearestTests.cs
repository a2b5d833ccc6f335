using FhirOrchestrator.Fhir;

namespace FhirOrchestrator.Tests.Fhir;

internal sealed class NearestTests
{
    private static readonly string[] Words = ["Name", "BaseUrl", "Kind", "Writes", "Since"];

    [TestCase("Wirtes", "Writes")]
    [TestCase("kind", "Kind")]
    [TestCase("Base_Url", "BaseUrl")]
    [TestCase("Sinc", "Since")]
    public void Of_SlipOfThePen_TheWordMeant(string word, string meant) =>
        Assert.That(Nearest.Of(word, Words), Is.EqualTo(meant));

    [TestCase("Colour")]
    [TestCase("")]
    [TestCase("Authentication")]
    public void Of_SomethingElse_Nothing(string word) => Assert.That(Nearest.Of(word, Words), Is.Null);
}
