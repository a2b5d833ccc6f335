using FhirOrchestrator.Fhir.Json;

namespace FhirOrchestrator.Sandbox.Hospital;

/// <summary>What an admission writes down.</summary>
/// <param name="Bed">The id of the bed.</param>
internal sealed record Admission(string Id, Resource Patient, string Bed, DateTimeOffset At)
{
    public bool IsReadmission { get; init; }
}

/// <summary>Inpatient stays and referrals as the hospital writes them.</summary>
internal static class StaySeed
{
    private static readonly ImmutableArray<string> Reasons =
    [
        "Community-acquired pneumonia", "Heart failure, decompensated", "Hip fracture after a fall",
            "Acute appendicitis",
        "Transient ischaemic attack", "COPD with exacerbation", "Urosepsis", "Atrial fibrillation, new", "Pancreatitis",
        "Syncope of unknown cause", "Diabetic ketoacidosis", "Deep vein thrombosis",
    ];

    private static readonly ImmutableArray<(string Code, int Weight)> Priorities =
        [("routine", 60), ("urgent", 25), ("asap", 10), ("stat", 5)];

    /// <summary>A stay in progress.</summary>
    public static Resource Stay(Admission admission, Dice dice)
    {
        var doctor = $"doctor-{1 + dice.Below(5)}";
        return Resource.Create(
            "Encounter",
            ("id", admission.Id),
            ("identifier", Node.Array(Elements.Identifier(
                "VN", "Visit number", Elements.VisitNumberSystem, dice.Digits(9)))),
            ("status", "in-progress"),
            ("class", Elements.Coding(Elements.ActCode, "IMP", "inpatient encounter")),
            ("subject", Elements.ReferenceTo(admission.Patient)),
            ("participant", Node.Array(Node.Object(
                ("type", Node.Array(Elements.Concept(
                    "http://terminology.hl7.org/CodeSystem/v3-ParticipationType", "ATND", "attender"))),
                ("individual", Elements.Reference($"Practitioner/{doctor}", HouseSeed.NameOf(doctor)))))),
            ("period", Elements.Period(admission.At)),
            ("reasonCode", Node.Array(Elements.Text(dice.Pick(Reasons)))),
            ("hospitalization", Node.Object(
                ("admitSource", Elements.Concept(
                    "http://terminology.hl7.org/CodeSystem/admit-source", "emd", "From accident/emergency department")),
                ("reAdmission", admission.IsReadmission
                    ? Elements.Concept("http://terminology.hl7.org/CodeSystem/v2-0092", "R", "Re-admission")
                    : null))),
            ("location", Node.Array(InBed(admission.Bed, admission.At))),
            ("serviceProvider", Elements.Reference(Elements.Hospital, Elements.HospitalName)));
    }

    /// <summary>An <c>Encounter.location</c>: lying in a bed from an instant on.</summary>
    public static ObjectNode InBed(string bed, DateTimeOffset from) => Node.Object(
        ("location", Elements.Reference($"Location/{bed}", $"Bed {bed["bed-".Length..].ToUpperInvariant()}")),
        ("status", "active"),
        ("physicalType", Elements.Concept(
            "http://terminology.hl7.org/CodeSystem/location-physical-type", "bd", "Bed")),
        ("period", Elements.Period(from)));

    /// <summary>A referral that asks to be worked on.</summary>
    /// <param name="encounter">The stay that it belongs to; null for one from outside.</param>
    public static Resource Referral(
        string id, Resource patient, Resource? encounter, string? service, Dice dice, DateTimeOffset at)
    {
        var (code, name) = HouseSeed.Services.FirstOrDefault(each => each.Id == service) is { Id: not null } named
            ? named
            : dice.Pick(HouseSeed.Services);
        var requester = encounter is null ? HouseSeed.Gp(dice.Below(4)) : $"doctor-{1 + dice.Below(5)}";
        return Resource.Create(
            "ServiceRequest",
            ("id", id),
            ("identifier", Node.Array(Elements.Identifier(
                "PLAC", "Placer Identifier", Elements.OrderNumberSystem, dice.Digits(8)))),
            ("status", "active"),
            ("intent", "order"),
            ("category", Node.Array(Elements.Concept(Elements.Snomed, Elements.Referral, "Patient referral"))),
            ("priority", dice.Weighted(Priorities)),
            ("code", Elements.Concept(Elements.ServiceSystem, code, $"Referral to {name}")),
            ("subject", Elements.ReferenceTo(patient)),
            ("encounter", encounter is null ? null : Elements.Reference(encounter.Path)),
            ("authoredOn", Resource.InstantText(at)),
            ("requester", Elements.Reference($"Practitioner/{requester}", HouseSeed.NameOf(requester))),
            ("performer", Node.Array(Elements.Reference($"Organization/service-{code}", name))),
            ("reasonCode", Node.Array(Elements.Text(dice.Pick(Reasons)))));
    }

    /// <summary>The kinds of requests that look like referrals to work on and are none.</summary>
    public static readonly ImmutableArray<string> DecoyKinds =
        ["lab", "do-not-perform", "proposal", "draft", "revoked"];

    /// <summary>A request that must not start anything, or null for an unknown kind.</summary>
    public static Resource? Decoy(string kind, Resource referral) => kind switch
    {
        "lab" => referral
            .With("category", Node.Array(Elements.Concept(Elements.Snomed, "108252007", "Laboratory procedure")))
            .With("code", Elements.Text("Complete blood count"))
            .With("performer", null),
        "do-not-perform" => referral.With("doNotPerform", true),
        "proposal" => referral.With("intent", "proposal"),
        "draft" => referral.With("status", "draft"),
        "revoked" => referral.With("status", "revoked"),
        _ => null,
    };
}
