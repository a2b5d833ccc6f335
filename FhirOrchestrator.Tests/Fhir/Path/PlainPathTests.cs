using System.Text;
using FhirOrchestrator.Fhir.Json;
using FhirOrchestrator.Fhir.Path;

namespace FhirOrchestrator.Tests.Fhir.Path;

/// <summary>
/// A plain path that is compared with a literal is read from the JSON without making items: whatever stands there, the
/// answer is the one of the full evaluation.
/// </summary>
internal sealed class PlainPathTests
{
    private const string Json = """
        {"resourceType":"Patient","id":"p","active":true,"gender":"female","birthDate":"1974-12-25",
         "_gender":{"extension":[{"url":"http://x","valueCode":"a"}]},
         "_language":{"extension":[{"url":"http://x","valueCode":"unknown"}]},
         "implicitRules":null,
         "name":[{"family":"Only","_family":{"id":"f"},"given":["One"]}],
         "telecom":[{"system":"phone","rank":1,"value":""},{"system":"phone","rank":2}],
         "maritalStatus":{"coding":[{"system":"s","code":"M","userSelected":false}],"text":["M"]},
         "contact":[{"name":{"given":["A",null],"_given":[null,{"id":"x"}]},"gender":"female"}],
         "communication":[{"language":{"text":"en"},"preferred":"yes"}],
         "multipleBirthInteger":3,"deceasedBoolean":false,
         "contained":[{"resourceType":"Practitioner","id":"c","gender":"male"}],
         "managingOrganization":{"reference":"Organization/1","identifier":{"value":"7"}}}
        """;

    private static readonly PathContext Context =
        new() { Now = new DateTimeOffset(2026, 3, 2, 11, 30, 0, TimeSpan.Zero) };

    private static readonly string[] Literals =
        ["'female'", "'M'", "'One'", "'1974-12-25'", "''", "true", "false", "'true'", "1", "@1974-12-25"];

    private static readonly PathItem Patient = PathItem.Of(
        Resource.Read(Encoding.UTF8.GetBytes(Json)).Value
        ?? throw new InvalidOperationException("expected a resource"));

    [Test]
    public void Evaluate_PathAndLiteral_IsTheSameAsInFull(
        [Values(
            "id", "active", "gender", "birthDate", "language", "implicitRules", "name.family", "name.given",
            "name.use", "telecom.system", "telecom.value", "telecom.rank", "maritalStatus.coding.code",
            "maritalStatus.coding.userSelected", "maritalStatus.text", "maritalStatus", "contact.name.given",
            "contact.gender", "communication.preferred", "communication.language.text", "multipleBirth", "deceased",
            "contained.id", "contained.gender", "managingOrganization.identifier.value", "managingOrganization.id",
            "Patient.gender", "Resource.id", "$this.gender", "Practitioner.gender", "name.family.id")]
        string path)
    {
        foreach (var literal in Literals)
        {
            foreach (var dialect in (PathDialect[])[PathDialect.Lenient, PathDialect.Strict])
            {
                var plain = Answer($"{path} = {literal}", dialect);
                Assert.That(plain, Is.EqualTo(Answer($"{path}.select($this) = {literal}", dialect)), literal);
                Assert.That(
                    Answer($"{path} != {literal}", dialect),
                    Is.EqualTo(Answer($"{path}.select($this) != {literal}", dialect)), literal);
            }
        }
    }

    private static string Answer(string text, PathDialect dialect)
    {
        try
        {
            var items = PathExpression.Compile(text, dialect).Evaluate(Patient, Context);
            return string.Join(", ", items.Select(item => item.AsText()));
        }
        catch (FhirPathException)
        {
            return "error";
        }
    }
}
