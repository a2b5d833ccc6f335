namespace FhirOrchestrator.Tests.Fhir.Profiles;

/// <summary>What a profile may ask of an element, besides slices (R4, ElementDefinition).</summary>
internal sealed class ProfileRulesTests
{
    [TestCase("""{"path":"Patient.name","min":1}""", """ "name":[{"text":"x"}] """, "")]
    [TestCase("""{"path":"Patient.name","min":1}""", """ "active":true """, "Patient")]
    [TestCase("""{"path":"Patient.name","min":2}""", """ "name":[{"text":"x"}] """, "Patient")]
    [TestCase("""{"path":"Patient.name","max":"1"}""", """ "name":[{"text":"x"},{"text":"y"}] """, "Patient.name")]
    [TestCase("""{"path":"Patient.photo","max":"0"}""", """ "photo":[{"title":"x"}] """, "Patient.photo")]
    [TestCase("""{"path":"Patient.gender","fixedCode":"male"}""", """ "gender":"male" """, "")]
    [TestCase("""{"path":"Patient.gender","fixedCode":"male"}""", """ "gender":"female" """, "Patient.gender")]
    [TestCase("""{"path":"Patient.birthDate","maxValueDate":"2000-01-01"}""", """ "birthDate":"2000-01-02" """,
        "Patient.birthDate")]
    [TestCase("""{"path":"Patient.birthDate","minValueDate":"2000-01-01"}""", """ "birthDate":"2000-01-02" """, "")]
    [TestCase("""{"path":"Patient.name.family","maxLength":3}""", """ "name":[{"family":"abcd"}] """,
        "Patient.name[0].family")]
    [TestCase("""{"path":"Patient.deceased[x]","type":[{"code":"boolean"}]}""", """ "deceasedBoolean":true """, "")]
    [TestCase("""{"path":"Patient.deceased[x]","type":[{"code":"boolean"}]}""", """ "deceasedDateTime":"2020" """,
        "Patient.deceased.ofType(dateTime)")]
    [TestCase(
        """
        {"path":"Patient.maritalStatus","binding":{"strength":"required",
         "valueSet":"http://hl7.org/fhir/ValueSet/administrative-gender"}}
        """,
        """ "maritalStatus":{"coding":[{"system":"http://hl7.org/fhir/administrative-gender","code":"none"}]} """,
        "Patient.maritalStatus")]
    [TestCase(
        """
        {"path":"Patient","constraint":[{"key":"x-1","severity":"error","human":"born after the flood",
         "expression":"birthDate.exists() implies birthDate > @1900-01-01"}]}
        """,
        """ "birthDate":"1850-01-01" """, "Patient")]
    [TestCase(
        """
        {"path":"Patient.contact","constraint":[{"key":"x-1","severity":"error","human":"of the patient",
         "expression":"%resource.active and gender is code"}]}
        """,
        """ "active":true,"contact":[{"gender":"male","name":{"text":"x"}}] """, "")]
    public void Patient_AgainstAProfile_IsRefusedWhereItBreaksIt(string element, string members, string at) =>
        ProfileCases.Check("Patient", element, $$"""{"resourceType":"Patient",{{members}}}""", at);

    [TestCase("male", "")]
    [TestCase("female", "Patient.link[0].other")]
    public void Reference_ToAProfileInTheSameResource_IsFollowed(string gender, string at)
    {
        const string other = """
            {"resourceType":"StructureDefinition","url":"http://example.org/StructureDefinition/man","name":"Man",
             "status":"active","kind":"resource","abstract":false,"type":"Patient","derivation":"constraint",
             "baseDefinition":"http://hl7.org/fhir/StructureDefinition/Patient",
             "differential":{"element":[{"path":"Patient"},{"path":"Patient.gender","fixedCode":"male"}]}}
            """;
        var report = ProfileCases.Validate(
            "Patient",
            """
            {"path":"Patient.link.other","type":[{"code":"Reference",
             "targetProfile":["http://example.org/StructureDefinition/man"]}]}
            """,
            $$"""
            {"resourceType":"Patient","contained":[{"resourceType":"Patient","id":"o","gender":"{{gender}}"}],
             "link":[{"other":{"reference":"#o"},"type":"seealso"}]}
            """,
            other);

        Assert.That(string.Join(' ', report.Errors.Select(error => error.Location)), Is.EqualTo(at));
    }
}
