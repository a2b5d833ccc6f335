using FhirOrchestrator.Fhir.Json;

namespace FhirOrchestrator.Sandbox.Hospital;

/// <summary>Where a patient goes at discharge: NUBC, HL7, a local code, or nothing recorded.</summary>
/// <param name="Key">How the sandbox's doors name it.</param>
/// <param name="Weight">How often chance chooses it; 0: only when asked for.</param>
internal sealed record Disposition(string Key, string System, string Code, string Display, int Weight,
    bool IsDeath = false)
{
    /// <summary>Nothing recorded, as in most real records.</summary>
    public static readonly Disposition None = new("none", "", "", "", 12);

    private const string Nubc = "https://www.nubc.org/CodeSystem/PatDischargeStatus";
    private const string Hl7 = "http://terminology.hl7.org/CodeSystem/discharge-disposition";

    public static readonly ImmutableArray<Disposition> All =
    [
        new("01", Nubc, "01", "Discharged to home or self care (routine discharge)", 40),
        new("02", Nubc, "02", "Discharged/transferred to a short-term general hospital for inpatient care", 2),
        new("03", Nubc, "03", "Discharged/transferred to skilled nursing facility", 4),
        new("06", Nubc, "06", "Discharged/transferred to home under care of organized home health service", 8),
        new("07", Nubc, "07", "Left against medical advice or discontinued care", 2),
        new("20", Nubc, "20", "Expired", 0, IsDeath: true),
        new("30", Nubc, "30", "Still patient", 0),
        new("50", Nubc, "50", "Hospice - home", 1),
        new("51", Nubc, "51", "Hospice - medical facility", 1),
        new("62", Nubc, "62", "Discharged/transferred to an inpatient rehabilitation facility", 2),
        new("home", Hl7, "home", "Home", 16),
        new("alt-home", Hl7, "alt-home", "Alternative home", 2),
        new("other-hcf", Hl7, "other-hcf", "Other healthcare facility", 2),
        new("hosp", Hl7, "hosp", "Hospice", 1),
        new("long", Hl7, "long", "Long-term care", 1),
        new("aadvice", Hl7, "aadvice", "Left against advice", 1),
        new("exp", Hl7, "exp", "Expired", 0, IsDeath: true),
        new("psy", Hl7, "psy", "Psychiatric hospital", 1),
        new("rehab", Hl7, "rehab", "Rehabilitation", 2),
        new("snf", Hl7, "snf", "Skilled nursing facility", 2),
        new("local", Elements.Sandbox + "CodeSystem/disposition", "4", "Discharged, guesthouse", 1),
        None,
    ];

    public static Disposition? Find(string key) => All.FirstOrDefault(each => each.Key == key);

    public static Disposition Draw(Dice dice) =>
        dice.Weighted([.. All.Where(each => each.Weight > 0).Select(each => (each, each.Weight))]);

    /// <summary>The element for <c>Encounter.hospitalization</c>; null for <see cref="None"/>.</summary>
    public ObjectNode? ToConcept() => Code.Length == 0 ? null : Elements.Concept(System, Code, Display);
}
