using FhirOrchestrator.Fhir.Json;
using FhirOrchestrator.Fhir.Profiles;

namespace FhirOrchestrator.Tests.Fhir.Profiles;

/// <summary>The forms of R4's primitive types.</summary>
internal sealed class PrimitiveCheckTests
{
    [TestCase("date", "2020", true)]
    [TestCase("date", "2020-02-29", true)]
    [TestCase("date", "2021-02-29", false)]
    [TestCase("date", "0000", false)]
    [TestCase("date", "2020-00", false)]
    [TestCase("date", "2020-01-00", false)]
    [TestCase("date", "2020-1-1", false)]
    [TestCase("date", "2020-01-01T00:00:00Z", false)]
    [TestCase("dateTime", "2020-01", true)]
    [TestCase("dateTime", "2020-01-01T23:59:60Z", true)]
    [TestCase("dateTime", "2020-01-01T23:59:59.123456789+14:00", true)]
    [TestCase("dateTime", "2020-01-01T23:59:59+14:01", false)]
    [TestCase("dateTime", "2020-01-01T24:00:00Z", false)]
    [TestCase("dateTime", "2020-01-01T23:59Z", false)]
    [TestCase("dateTime", "2020-01-01T23:59:59", false)]
    [TestCase("dateTime", "2020-01-01T23:59:59.Z", false)]
    [TestCase("instant", "2020-01-01", false)]
    [TestCase("instant", "2020-01-01T00:00:00-13:59", true)]
    [TestCase("time", "23:59:60", true)]
    [TestCase("time", "23:59:59.5", true)]
    [TestCase("time", "23:59", false)]
    [TestCase("code", "a b", true)]
    [TestCase("code", "a  b", false)]
    [TestCase("code", "a ", false)]
    [TestCase("id", "A-1.b", true)]
    [TestCase("id", "a_b", false)]
    [TestCase("oid", "urn:oid:1.2.840", true)]
    [TestCase("oid", "urn:oid:1.02", false)]
    [TestCase("oid", "urn:oid:1", false)]
    [TestCase("uuid", "urn:uuid:c757873d-ec9a-4326-a141-556f43239520", true)]
    [TestCase("uuid", "urn:uuid:C757873D-ec9a-4326-a141-556f43239520", false)]
    [TestCase("uri", "a/b#c", true)]
    [TestCase("uri", "a b", false)]
    [TestCase("base64Binary", "QUJD", true)]
    [TestCase("base64Binary", "QU JD\n", true)]
    [TestCase("base64Binary", "QUJ", false)]
    [TestCase("base64Binary", "QU=D", false)]
    [TestCase("string", " ", true)]
    [TestCase("string", "", false)]
    public void Expected_OfText_SaysWhatIsMissing(string type, string text, bool isRight) =>
        Assert.That(PrimitiveCheck.Expected(type, new TextNode(text)), isRight ? Is.Null : Is.Not.Null);

    [TestCase("integer", "2147483647", true)]
    [TestCase("integer", "2147483648", false)]
    [TestCase("integer", "1.0", false)]
    [TestCase("integer", "1e2", false)]
    [TestCase("positiveInt", "0", false)]
    [TestCase("unsignedInt", "-1", false)]
    [TestCase("decimal", "1.50e-3", true)]
    public void Expected_OfANumber_SaysWhatIsMissing(string type, string number, bool isRight) =>
        Assert.That(PrimitiveCheck.Expected(type, new NumberNode(number)), isRight ? Is.Null : Is.Not.Null);

    [TestCase("integer")]
    [TestCase("decimal")]
    [TestCase("boolean")]
    public void Expected_TextForANumberOrBoolean_SaysWhatIsMissing(string type) =>
        Assert.That(PrimitiveCheck.Expected(type, new TextNode("1")), Is.Not.Null);
}
