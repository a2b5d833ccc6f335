using FhirOrchestrator.Settings;

namespace FhirOrchestrator.Tests.Settings;

internal sealed class NearestTests
{
    private static readonly string[] Words = ["Name", "BaseUrl", "Kind", "Writes", "Since"];

    [TestCase("Wirtes", "Writes")]
    [TestCase("kind", "Kind")]
    [TestCase("Base_Url", "BaseUrl")]
    [TestCase("Sinc", "Since")]
    public void Find_SlipOfThePen_TheWordMeant(string word, string meant) =>
        Assert.That(Nearest.Find(word, Words), Is.EqualTo(meant));

    [TestCase("Colour")]
    [TestCase("")]
    [TestCase("Authentication")]
    public void Find_SomethingElse_Nothing(string word) => Assert.That(Nearest.Find(word, Words), Is.Null);
}
