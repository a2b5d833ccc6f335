using System.Globalization;
using FhirOrchestrator.Fhir.Json;

namespace FhirOrchestrator.Sandbox.Hospital;

/// <summary>Invented people.</summary>
internal static class PatientSeed
{
    private static readonly ImmutableArray<string> Women =
    [
        "Ada", "Beatrix", "Carmen", "Dorothea", "Elif", "Fatima", "Greta", "Hildegard", "Ines", "Johanna", "Kamala",
        "Ludmila", "Mathilda", "Noor", "Ottilie", "Paloma", "Rosalind", "Selma", "Thuy", "Wanda",
    ];

    private static readonly ImmutableArray<string> Men =
    [
        "Anton", "Bruno", "Cyrus", "Desmond", "Emeka", "Farid", "Gustav", "Henrik", "Ibrahim", "Jasper", "Kenji",
        "Leopold", "Marek", "Nikolai", "Osman", "Pablo", "Rafael", "Stellan", "Thaddeus", "Viktor",
    ];

    private static readonly ImmutableArray<string> Families =
    [
        "Ashdown", "Birkeland", "Cordero", "Dragomir", "Eastwick", "Fairweather", "Gutenberg", "Halloran", "Ivanenko",
        "Jankowski", "Kilbride", "Lavoie", "Montague", "Nakamura", "Okonkwo", "Petrakis", "Quintero", "Rosewall",
        "Sandoval", "Tamboer", "Underhill", "Vasquez", "Winterbourne", "Yilmaz", "Zielinski",
    ];

    private static readonly ImmutableArray<(string Code, string Name)> Languages =
        [("es", "Spanish"), ("de", "German"), ("fr", "French"), ("tr", "Turkish"), ("pl", "Polish"),
            ("vi", "Vietnamese")];

    /// <summary>
    /// One person; <paramref name="number"/> decides about the general practitioner: every second one has one.
    /// </summary>
    public static Resource Build(string id, int number, Dice dice, DateTimeOffset now)
    {
        var isWoman = dice.Chance(52);
        var given = dice.Pick(isWoman ? Women : Men);
        var family = dice.Pick(Families);
        var born = now.UtcDateTime.Date.AddDays(-(19 * 365) - dice.Below(74 * 365));
        var isForeign = dice.Chance(25);
        var language = isForeign ? dice.Pick(Languages) : ("en", "English");
        var needsInterpreter = isForeign && dice.Chance(60);
        var gp = HouseSeed.Gp(number / 2);
        return Resource.Create(
            "Patient",
            ("id", id),
            ("extension", needsInterpreter ? Node.Array(Node.Object(
                ("url", "http://hl7.org/fhir/StructureDefinition/patient-interpreterRequired"),
                ("valueBoolean", true))) : null),
            ("identifier", Node.Array(Elements.Identifier(
                "MR", "Medical record number", Elements.MrnSystem, dice.Digits(7)))),
            ("active", true),
            ("name", Node.Array(Node.Object(
                ("use", "official"), ("text", $"{given} {family}"), ("family", family), ("given", Node.Array(given))))),
            ("telecom", Telecom(given, family, dice)),
            ("gender", isWoman ? "female" : "male"),
            ("birthDate", born.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)),
            ("address", Node.Array(Node.Object(
                ("use", "home"),
                ("line", Node.Array($"{1 + dice.Below(98)} {dice.Pick(Families)} Street")),
                ("city", "Port Ellery"),
                ("postalCode", dice.Digits(5)),
                ("country", "US")))),
            ("communication", Node.Array(Node.Object(
                ("language", Elements.Concept("urn:ietf:bcp:47", language.Item1, language.Item2)),
                    ("preferred", true)))),
            ("generalPractitioner", number % 2 == 1
                ? Node.Array(Elements.Reference($"Practitioner/{gp}", HouseSeed.NameOf(gp)))
                : null),
            ("managingOrganization", Elements.Reference(Elements.Hospital, Elements.HospitalName)));
    }

    /// <summary>A care team that names a primary care provider, for one who has none on file.</summary>
    public static Resource CareTeam(string id, Resource patient, int number)
    {
        var gp = HouseSeed.Gp(number);
        return Resource.Create(
            "CareTeam",
            ("id", id),
            ("status", "active"),
            ("name", "Primary care"),
            ("subject", Elements.ReferenceTo(patient)),
            ("participant", Node.Array(Node.Object(
                ("role", Node.Array(Elements.Concept(Elements.Snomed, "446050000", "Primary care provider"))),
                ("member", Elements.Reference($"Practitioner/{gp}", HouseSeed.NameOf(gp)))))));
    }

    // The preferred way to be reached has rank 1; some have a phone only, few have nothing.
    private static ArrayNode? Telecom(string given, string family, Dice dice)
    {
        if (dice.Chance(5))
        {
            return null;
        }

        var prefersMail = dice.Chance(30);
        var phone = Node.Object(
            ("system", "phone"), ("value", $"+1 555 01{dice.Digits(2)}"), ("use", dice.Chance(70) ? "mobile" : "home"),
            ("rank", prefersMail ? 2 : 1));
        var mail = Node.Object(
            ("system", "email"),
            ("value", $"{given}.{family}@example.org".ToLowerInvariant()),
            ("use", "home"),
            ("rank", 1));
        return prefersMail ? Node.Array(phone, mail) : Node.Array(phone);
    }
}
