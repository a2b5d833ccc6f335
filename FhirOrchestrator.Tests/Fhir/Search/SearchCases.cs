using System.Text;
using FhirOrchestrator.Fhir.Json;
using FhirOrchestrator.Fhir.Search;

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
             "identifier":[{"system":"urn:mrn","value":"12345","type":{"text":"Medical record","coding":[
              {"system":"http://terminology.hl7.org/CodeSystem/v2-0203","code":"MR"}]}}],"active":true,
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
        Read("""
            {"resourceType":"Patient","id":"p3","deceasedBoolean":false,"name":[{"text":"von Straße"}],
             "generalPractitioner":[{"identifier":{"system":"urn:npi","value":"77"}}]}
            """),
        Read("""
            {"resourceType":"Observation","id":"o1","status":"final","code":{"coding":[{"code":"hr"}]},
             "valueQuantity":{"value":72,"unit":"beats/min","system":"http://unitsofmeasure.org","code":"/min"}}
            """),
        Read("""
            {"resourceType":"Observation","id":"o2","status":"final","code":{"coding":[{"code":"bp"}]},"component":[
             {"code":{"coding":[{"code":"sys"}]},"valueQuantity":{"value":120}},
             {"code":{"coding":[{"code":"dia"}]},"valueQuantity":{"value":80}}]}
            """),
        Read("""
            {"resourceType":"Observation","id":"o3","status":"final","code":{"coding":[{"code":"when"}]},
             "valueDateTime":"2024-03-01"}
            """),
        Read("""
            {"resourceType":"Observation","id":"o4","status":"final","code":{"coding":[{"code":"tr"}]},
             "valueQuantity":{"value":5,"comparator":"<"}}
            """),
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

    /// <summary>All queries, read.</summary>
    public static IEnumerable<SearchQuery> Queries(string ownBase) => Table.Select(each =>
        SearchQuery.Parse(each.Type, each.Query, ownBase).Query
        ?? throw new InvalidOperationException($"expected a query, got {each.Query}"));

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
        ("RiskAssessment", "probability=ap0.16", "r1"),
        ("RiskAssessment", "probability=ap0.17", ""),
        ("Patient", "identifier:of-type=http://terminology.hl7.org/CodeSystem/v2-0203|MR|12345", "p1"),
        ("Patient", "identifier:of-type=|MR|12345", "p1"),
        ("Patient", "identifier:of-type=http://terminology.hl7.org/CodeSystem/v2-0203|SS|12345", ""),
        ("Patient", "identifier:text=medical rec", "p1"),
        ("Patient", "gender:in=http://hl7.org/fhir/ValueSet/administrative-gender", "p1 p2"),
        ("Patient", "gender:not-in=http://hl7.org/fhir/ValueSet/administrative-gender", "p3"),
        ("Patient", "gender:in=http://hl7.org/fhir/ValueSet/task-status", ""),
        ("Patient", "general-practitioner:identifier=urn:npi|77", "p3"),
        ("Patient", "general-practitioner:identifier=77", "p3"),
        ("Patient", "general-practitioner:identifier=urn:other|77", ""),
        ("Encounter", "type:text=ONLY", "e2"),
        ("Encounter", "class:below=http://terminology.hl7.org/CodeSystem/v3-ActCode|_ActEncounterCode", "e1 e2"),
        ("Encounter", "class:below=http://terminology.hl7.org/CodeSystem/v3-ActCode|IMP", "e1"),
        ("Encounter", "class:above=http://terminology.hl7.org/CodeSystem/v3-ActCode|ACUTE", "e1"),
        ("Encounter", "type:text=nly", ""),
        ("Encounter", "length=ap95", "e3"),
        ("Encounter", "length=90||MIN", "e3"),
        ("Encounter", "length=90|http://unitsofmeasure.org|h", ""),
        ("Encounter", "subject.name=peter", "e1 e2"),
        ("Encounter", "subject:Patient.name=jim", "e1"),
        ("Encounter", "subject:Group.code=x", ""),
        ("Encounter", "subject.general-practitioner=Organization/d1", "e2"),
        ("Encounter", "subject.gender:not=male", "e2"),
        ("Encounter", "subject.birthdate=lt1982-06", "e1"),
        ("Encounter", "subject._has:Task:patient:status=requested", "e1"),
        ("Patient", "_has:Encounter:subject:status=finished", "p1"),
        ("Patient", "_has:Encounter:patient:class=IMP,AMB", "p1 p2"),
        ("Patient", "_has:Task:patient:focus:missing=false", "p1"),
        ("Patient", "_has:RiskAssessment:subject:probability=gt0.1&_has:Task:patient:status=requested", "p1"),
        ("ActivityDefinition", "url:below=http://example.org/", "a1"),
        ("ActivityDefinition", "url:below=http://example.com/", ""),
        ("ActivityDefinition", "url:above=http://example.org/ad/5", "a1"),
        ("ActivityDefinition", "context-type-quantity=age$5.4|http://unitsofmeasure.org|kg", "a1"),
        ("ActivityDefinition", "context-type-quantity=sex$5.4|http://unitsofmeasure.org|kg", ""),
        ("ActivityDefinition", "context-type-quantity=sex$9,age$gt5", "a1"),
        ("ActivityDefinition", "context-type-quantity=sex,age$5.4", "a1"),
        ("ActivityDefinition", "context-type-quantity:missing=false", "a1"),
        ("Observation", "code-value-quantity=hr$72", "o1"),
        ("Observation", "component-code-value-quantity=sys$gt100", "o2"),
        ("Observation", "component-code-value-quantity=dia$gt100", ""),
        ("Observation", "combo-code-value-quantity=hr$72,dia$lt100", "o1 o2"),
        ("Observation", "code-value-date=when$2024", "o3"),
        ("Observation", "code-value-date=when$gt2024-06", ""),
        ("Observation", "code-value-string=hr$x", ""),
        ("Observation", "value-quantity=72||/min", "o1"),
        ("Observation", "value-quantity=72||Beats/Min", "o1"),
        ("Observation", "value-quantity=lt5", "o4"),
        ("Observation", "value-quantity=gt5", "o1"),
    ];

    private static Resource Read(string json) =>
        FhirOrchestrator.Fhir.Json.Resource.Read(Encoding.UTF8.GetBytes(json)).Value
        ?? throw new InvalidOperationException("expected a resource");
}
