using System.Text;
using FhirOrchestrator.Fhir.Json;

namespace FhirOrchestrator.Tests.Fhir.Search;

/// <summary>
/// What searches mean, case by case (R4, search). The matcher in memory and the store's SQL both run the table, so they
/// cannot come to differ.
/// </summary>
internal static class SearchCases
{
    /// <summary>The resources that the cases look for, each with an id.</summary>
    public static IReadOnlyList<Resource> Resources { get; } =
    [
        Read("""
            {"resourceType":"Patient","id":"p1","meta":{"profile":["http://example.org/P|2.0"],
             "tag":[{"system":"http://t","code":"x"}]},
             "identifier":[{"system":"urn:mrn","value":"12345"}],"active":true,
             "name":[{"family":"Müller","given":["Peter  James"]},{"use":"nickname","given":["Jim"]}],
             "telecom":[{"system":"phone","value":"555 6473"}],"gender":"male","birthDate":"1982-01-23",
             "address":[{"city":"Bern","line":["Main, 1"]}],"generalPractitioner":[{"reference":"Practitioner/d1"}],
             "managingOrganization":{"reference":"http://other.example/fhir/Organization/o1"}}
            """),
        Read("""
            {"resourceType":"Patient","id":"p2","identifier":[{"system":"urn:mrn","value":"999"},{"value":"12345"}],
             "active":false,"name":[{"family":"Peterson"}],"gender":"female","birthDate":"1982-08",
             "deceasedDateTime":"2020-03-01T10:00:00Z","generalPractitioner":[{"reference":"Organization/d1"}],
             "managingOrganization":{"reference":"http://own.example/fhir/Organization/o1"}}
            """),
        Read("""{"resourceType":"Patient","id":"p3","deceasedBoolean":false,"name":[{"text":"von Straße"}]}"""),
        Read("""
            {"resourceType":"Encounter","id":"e1","status":"finished",
             "class":{"system":"http://terminology.hl7.org/CodeSystem/v3-ActCode","code":"IMP"},
             "type":[{"coding":[
              {"system":"http://snomed.info/sct","code":"1"},{"system":"http://local","code":"a,b"}]}],
             "subject":{"reference":"Patient/p1"},"period":{"start":"2021-01-10T08:00:00+01:00","end":"2021-01-12"}}
            """),
        Read("""
            {"resourceType":"Encounter","id":"e2","status":"in-progress",
             "class":{"system":"http://terminology.hl7.org/CodeSystem/v3-ActCode","code":"AMB"},
             "type":[{"text":"only text"}],"subject":{"reference":"Patient/p2/_history/3"},
             "period":{"start":"2021-01-11T00:00:00Z"}}
            """),
        Read("""
            {"resourceType":"Encounter","id":"e3","status":"finished","subject":{"display":"somebody"},
            "length":{"value":90,"unit":"min","system":"http://unitsofmeasure.org","code":"min"}}
            """),
        Read("""
            {"resourceType":"Task","id":"t1","status":"requested","intent":"order","for":{"reference":"Patient/p1"},
            "focus":{"reference":"urn:uuid:53fefa32-fcbb-4ff8-8a92-55ee120877b7"},
            "authoredOn":"2024-05-01T10:00:30.250Z",
            "instantiatesCanonical":"http://plan|1.0"}
            """),
        Read("""
            {"resourceType":"ActivityDefinition","id":"a1","status":"active","url":"http://example.org/ad",
            "library":["http://lib|1.0"],"useContext":[{"code":{"code":"age"},"valueQuantity":{"value":5.40,"unit":"kg",
            "system":"http://unitsofmeasure.org","code":"kg"}}]}
            """),
        Read("""
            {"resourceType":"RiskAssessment","id":"r1","status":"final","subject":{"reference":"Patient/p1"},
            "prediction":[{"probabilityDecimal":0.15}]}
            """),
    ];

    /// <summary>Type, query, and the ids of what matches, in alphabetical order.</summary>
    public static IEnumerable<TestCaseData> All() => Table.Select(each =>
        new TestCaseData(each.Type, each.Query, each.Ids).SetArgDisplayNames($"{each.Type}?{each.Query}"));

    // A field and not a function: it is a table.
    private static readonly (string Type, string Query, string Ids)[] Table =
    [
        ("Patient", "", "p1 p2 p3"),
        ("Patient", "_id=p1", "p1"),
        ("Patient", "_id=p1,p3", "p1 p3"),
        ("Patient", "_id:not=p1", "p2 p3"),
        ("Patient", "_id=|p1", "p1"),
        ("Patient", "_id=http://x|p1", ""),
        ("Patient", "_id=p1&_id=p2", ""),
        ("Patient", "identifier=urn:mrn|12345", "p1"),
        ("Patient", "identifier=12345", "p1 p2"),
        ("Patient", "identifier=|12345", "p1 p2"),
        ("Patient", "identifier=urn:mrn|", "p1 p2"),
        ("Patient", "identifier=urn%3Amrn%7C999", "p2"),
        ("Patient", "identifier:not=urn:mrn|999", "p1 p3"),
        ("Patient", "identifier:missing=true", "p3"),
        ("Patient", "gender=male", "p1"),
        ("Patient", "gender=http://hl7.org/fhir/administrative-gender|male", "p1"),
        ("Patient", "gender=http://wrong|male", ""),
        ("Patient", "gender=male,female", "p1 p2"),
        ("Patient", "gender:not=male", "p2 p3"),
        ("Patient", "gender:missing=false", "p1 p2"),
        ("Patient", "active=true", "p1"),
        ("Patient", "active=false", "p2"),
        ("Patient", "deceased=true", "p2"),
        ("Patient", "death-date=2020", "p2"),
        ("Patient", "_tag=http://t|x", "p1"),
        ("Patient", "_profile=http://example.org/P", "p1"),
        ("Patient", "_profile=http://example.org/P|2.0", "p1"),
        ("Patient", "_profile=http://example.org/P|1.0", ""),
        ("Patient", "phone=555 6473", "p1"),
        ("Patient", "telecom=phone|555%206473", "p1"),
        ("Patient", "name=peter", "p1 p2"),
        ("Patient", "name=MULLER", "p1"),
        ("Patient", "name=peter+james", "p1"),
        ("Patient", "name=von strasse", "p3"),
        ("Patient", "name=eter", ""),
        ("Patient", "name:contains=eter", "p1 p2"),
        ("Patient", "name:contains=zzz,JIM", "p1"),
        ("Patient", "name:exact=Peterson", "p2"),
        ("Patient", "name:exact=peterson", ""),
        ("Patient", "given=jim&family=mull", "p1"),
        ("Patient", "address=main\\, 1", "p1"),
        ("Patient", "address=main, 1", "p1"),
        ("Patient", "birthdate=1982", "p1 p2"),
        ("Patient", "birthdate=1982-01", "p1"),
        ("Patient", "birthdate=1982-01-23", "p1"),
        ("Patient", "birthdate=1982-08-01", ""),
        ("Patient", "birthdate=ne1982-01", "p2"),
        ("Patient", "birthdate=ge1982-01-23", "p1 p2"),
        ("Patient", "birthdate=gt1982-01-23", "p2"),
        ("Patient", "birthdate=lt1982-01-24", "p1"),
        ("Patient", "birthdate=le1982-08-31", "p1 p2"),
        ("Patient", "birthdate=sa1982-01-23", "p2"),
        ("Patient", "birthdate=eb1982-08-01", "p1"),
        ("Patient", "general-practitioner=d1", "p1 p2"),
        ("Patient", "general-practitioner=Practitioner/d1", "p1"),
        ("Patient", "general-practitioner:Organization=d1", "p2"),
        ("Patient", "general-practitioner:Organization=Practitioner/d1", ""),
        ("Patient", "organization=Organization/o1", "p2"),
        ("Patient", "organization=http://own.example/fhir/Organization/o1", "p2"),
        ("Patient", "organization=http://other.example/fhir/Organization/o1", "p1"),
        ("Patient", "organization:missing=true", "p3"),
        ("Encounter", "class=IMP,ACUTE,NONAC", "e1"),
        ("Encounter", "class=http://terminology.hl7.org/CodeSystem/v3-ActCode|AMB", "e2"),
        ("Encounter", "status=finished", "e1 e3"),
        ("Encounter", "status:not=finished", "e2"),
        ("Encounter", "type=http://snomed.info/sct|1", "e1"),
        ("Encounter", "type=a\\,b", "e1"),
        ("Encounter", "type=a,b", ""),
        ("Encounter", "type:missing=true", "e3"),
        ("Encounter", "patient=Patient/p1", "e1"),
        ("Encounter", "patient=p1,p2", "e1 e2"),
        ("Encounter", "subject:Patient=p2", "e2"),
        ("Encounter", "subject=Patient/p1/_history/1", "e1"),
        ("Encounter", "subject:missing=false", "e1 e2 e3"),
        ("Encounter", "patient:missing=true", "e3"),
        ("Encounter", "date=2021-01-10", ""),
        ("Encounter", "date=2021-01", "e1"),
        ("Encounter", "date=ge2021-01-12", "e2"),
        ("Encounter", "date=ge2021-01-11", "e1 e2"),
        ("Encounter", "date=gt2021-01-12", "e2"),
        ("Encounter", "date=lt2021-01-11", "e1"),
        ("Encounter", "date=le2021-01-11T00:00:00Z", "e1"),
        ("Encounter", "date=sa2021-01-10T23:00Z", "e2"),
        ("Encounter", "date=eb2021-01-13", "e1"),
        ("Encounter", "date=ge2021-01-10&date=le2021-01-11", "e1"),
        ("Encounter", "date=ge2021-01-10&date=le2021-01-12", "e1 e2"),
        ("Encounter", "date=lt2021-01-10T08:00:00%2B01:00", ""),
        ("Encounter", "date=lt2021-01-10T08:00:00+00:00", "e1"),
        ("Encounter", "length=90", "e3"),
        ("Encounter", "length=gt1e2", ""),
        ("Encounter", "length=gt89.5|http://unitsofmeasure.org|min", "e3"),
        ("Encounter", "length=90||h", ""),
        ("Encounter", "length=9e1", "e3"),
        ("Task", "authored-on=2024-05-01T10:00:30.250Z", "t1"),
        ("Task", "authored-on=2024-05-01T10:00:30.2Z", "t1"),
        ("Task", "authored-on=gt2024-05-01T10:00:30.250Z", ""),
        ("Task", "authored-on=2024-05-01T10:00", "t1"),
        ("Task", "focus=urn:uuid:53fefa32-fcbb-4ff8-8a92-55ee120877b7", "t1"),
        ("Task", "patient=Patient/p1", "t1"),
        ("Task", "status=http://hl7.org/fhir/task-status|requested", "t1"),
        ("ActivityDefinition", "url=http://example.org/ad", "a1"),
        ("ActivityDefinition", "url=http://example.org/a", ""),
        ("ActivityDefinition", "depends-on=http://lib", "a1"),
        ("ActivityDefinition", "depends-on=http://lib|1.0", "a1"),
        ("ActivityDefinition", "depends-on=http://lib|2.0", ""),
        ("ActivityDefinition", "context-quantity=5.4|http://unitsofmeasure.org|kg", "a1"),
        ("ActivityDefinition", "context-quantity=5", "a1"),
        ("ActivityDefinition", "context-quantity=5.0", ""),
        ("ActivityDefinition", "context-quantity=le5.40", "a1"),
        ("RiskAssessment", "probability=gt0.1", "r1"),
        ("RiskAssessment", "probability=0.1", ""),
        ("RiskAssessment", "probability=0.15", "r1"),
    ];

    private static Resource Read(string json) =>
        FhirOrchestrator.Fhir.Json.Resource.Read(Encoding.UTF8.GetBytes(json)).Value
        ?? throw new InvalidOperationException("expected a resource");
}
