namespace FhirOrchestrator.Fhir.Path;

/// <summary>The resources that speed is measured on: made up, of the size and shape that an EHR sends.</summary>
internal static class PathSpeedSamples
{
    /// <summary>A finished inpatient Encounter of about 3 kB.</summary>
    public const string Encounter = """
        {"resourceType":"Encounter","id":"b6ad5f2e-7f0f-4c0e-9d3a-3f0f6f3a2c11",
         "meta":{"versionId":"7","lastUpdated":"2026-03-02T10:04:11.512Z","source":"urn:source:adt",
          "profile":["http://hl7.org/fhir/us/core/StructureDefinition/us-core-encounter"]},
         "text":{"status":"generated","div":"<div xmlns=\"http://www.w3.org/1999/xhtml\">Inpatient stay</div>"},
         "identifier":[{"use":"official","system":"urn:oid:1.2.36.146.595.217.0.1","value":"V-2026-004711"},
          {"use":"secondary","system":"urn:oid:1.2.36.146.595.217.0.9","value":"4711"}],
         "status":"finished",
         "statusHistory":[
          {"status":"planned","period":{"start":"2026-02-20T09:00:00-05:00","end":"2026-02-27T08:15:00-05:00"}},
          {"status":"in-progress","period":{"start":"2026-02-27T08:15:00-05:00","end":"2026-03-02T10:00:00-05:00"}}],
         "class":{"system":"http://terminology.hl7.org/CodeSystem/v3-ActCode","code":"IMP",
          "display":"inpatient encounter"},
         "type":[{"coding":[{"system":"http://snomed.info/sct","code":"183452005",
           "display":"Emergency hospital admission (procedure)"}],"text":"Emergency hospital admission"}],
         "priority":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/v3-ActPriority","code":"EM"}]},
         "subject":{"reference":"Patient/2f6f7f1a-0f4e-4f8e-9a53-f8a9c2c3d4e5","display":"Example, Person"},
         "participant":[
          {"type":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/v3-ParticipationType","code":"ATND"}]}],
           "period":{"start":"2026-02-27T08:15:00-05:00","end":"2026-03-02T10:00:00-05:00"},
           "individual":{"reference":"Practitioner/11","display":"Dr. Example"}},
          {"type":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/v3-ParticipationType","code":"DIS"}]}],
           "individual":{"reference":"Practitioner/12","display":"Dr. Sample"}}],
         "period":{"start":"2026-02-27T08:15:00-05:00","end":"2026-03-02T10:00:00-05:00"},
         "length":{"value":3.07,"unit":"days","system":"http://unitsofmeasure.org","code":"d"},
         "reasonCode":[{"coding":[{"system":"http://snomed.info/sct","code":"233604007","display":"Pneumonia"}]}],
         "diagnosis":[{"condition":{"reference":"Condition/77"},
           "use":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/diagnosis-role","code":"DD"}]},
           "rank":1},
          {"condition":{"reference":"Condition/78","display":"Type 2 diabetes mellitus"},
           "use":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/diagnosis-role","code":"CM",
            "display":"Comorbidity diagnosis"}]},"rank":2}],
         "hospitalization":{
          "admitSource":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/admit-source","code":"emd"}]},
          "dischargeDisposition":{"coding":[
           {"system":"http://terminology.hl7.org/CodeSystem/discharge-disposition","code":"home","display":"Home"}]}},
         "location":[{"location":{"reference":"Location/ward-3","display":"Ward 3"},"status":"completed",
           "period":{"start":"2026-02-27T09:00:00-05:00","end":"2026-03-02T10:00:00-05:00"}}],
         "serviceProvider":{"reference":"Organization/1","display":"Example Hospital"}}
        """;

    /// <summary>A requested Task with three inputs.</summary>
    public const string Task = """
        {"resourceType":"Task","id":"t1","meta":{"versionId":"2","lastUpdated":"2026-03-02T10:04:11.512Z"},
         "status":"requested","intent":"order","priority":"routine",
         "code":{"coding":[{"system":"http://hl7.org/fhir/CodeSystem/task-code","code":"fulfill"}]},
         "focus":{"reference":"ServiceRequest/1"},"for":{"reference":"Patient/1"},
         "authoredOn":"2026-03-02T10:00:00-05:00","lastModified":"2026-03-02T10:00:00-05:00",
         "requester":{"reference":"Practitioner/11"},"owner":{"reference":"Organization/1"},
         "input":[
          {"type":{"coding":[{"system":"urn:example:inputs","code":"a"}]},"valueString":"first"},
          {"type":{"coding":[{"system":"urn:example:inputs","code":"x"}]},"valueDateTime":"2026-03-05T09:00:00-05:00"},
          {"type":{"coding":[{"system":"urn:example:inputs","code":"b"}],"text":"third"},
           "valueReference":{"reference":"Appointment/3"}}]}
        """;
}
