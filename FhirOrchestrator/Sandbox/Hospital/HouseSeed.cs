using System.Globalization;
using FhirOrchestrator.Fhir.Json;

namespace FhirOrchestrator.Sandbox.Hospital;

/// <summary>
/// The hospital as a house: organizations, people who work there, wards, rooms and beds. The same every time.
/// </summary>
internal static class HouseSeed
{
    private const string PhysicalType = "http://terminology.hl7.org/CodeSystem/location-physical-type";
    private const string RoleSystem = "http://terminology.hl7.org/CodeSystem/practitioner-role";
    private const int RoomsAWard = 5;

    /// <summary>The services that take referrals: id, name.</summary>
    public static readonly ImmutableArray<(string Id, string Name)> Services =
    [
        ("cardiology", "Cardiology"), ("neurology", "Neurology"), ("orthopedics", "Orthopedics"),
        ("pulmonology", "Pulmonology"), ("dermatology", "Dermatology"), ("physiotherapy", "Physiotherapy"),
    ];

    /// <summary>The wards: id, name.</summary>
    public static readonly ImmutableArray<(string Id, string Name)> Wards =
    [
        ("2a", "Ward 2A Internal Medicine"), ("2b", "Ward 2B Cardiology"), ("3a", "Ward 3A Surgery"),
        ("3b", "Ward 3B Neurology"), ("4a", "Ward 4A Geriatrics"),
    ];

    private static readonly ImmutableArray<(string Id, string Given, string Family, string Gender, string Role)> Staff =
    [
        ("doctor-1", "Mira", "Castellan", "female", "doctor"), ("doctor-2", "Oskar", "Lindqvist", "male", "doctor"),
        ("doctor-3", "Priya", "Raman", "female", "doctor"), ("doctor-4", "Tomasz", "Wilk", "male", "doctor"),
        ("doctor-5", "Hanna", "Oyelaran", "female", "doctor"), ("nurse-1", "June", "Abernathy", "female", "nurse"),
        ("nurse-2", "Idris", "Benali", "male", "nurse"), ("nurse-3", "Sofie", "Maes", "female", "nurse"),
        ("gp-1", "Clara", "Whitlock", "female", "doctor"), ("gp-2", "Yusuf", "Demir", "male", "doctor"),
        ("gp-3", "Ellen", "Marsh", "female", "doctor"), ("gp-4", "Diego", "Fuentes", "male", "doctor"),
    ];

    /// <summary>All resources of the house.</summary>
    public static IEnumerable<Resource> Build() =>
    [
        Organization("hospital", Elements.HospitalName, "prov", "Healthcare Provider", partOf: null),
        .. Services.Select(each => Organization($"service-{each.Id}", each.Name, "dept", "Hospital Department",
            "hospital")),
        .. Enumerable.Range(1, 4).Select(n => Organization(
            $"practice-{n}", $"Family Practice {"Elm,Station,Mill,Orchard".Split(',')[n - 1]} Street", "prov",
            "Healthcare Provider", partOf: null)),
        .. Staff.Select(each => Practitioner(each.Id, each.Given, each.Family, each.Gender)),
        .. Staff.Select(each => Role(each.Id, each.Role)),
        Place("site", Elements.HospitalName, "si", "Site", partOf: null),
        .. Wards.SelectMany(Ward),
    ];

    /// <summary>A general practitioner's id for a number.</summary>
    public static string Gp(int number) => $"gp-{1 + (number % 4)}";

    /// <summary>The name of a member of staff.</summary>
    public static string NameOf(string id)
    {
        var (_, given, family, _, _) = Staff.First(each => each.Id == id);
        return $"Dr. {given} {family}";
    }

    private static IEnumerable<Resource> Ward((string Id, string Name) ward)
    {
        yield return Place($"ward-{ward.Id}", ward.Name, "wa", "Ward", "site");
        for (var room = 1; room <= RoomsAWard; room++)
        {
            var number = $"{ward.Id}-{room.ToString(CultureInfo.InvariantCulture)}";
            var label = number.ToUpperInvariant();
            yield return Place($"room-{number}", $"Room {label}", "ro", "Room", $"ward-{ward.Id}");
            yield return Place($"bed-{number}-a", $"Bed {label}-A", "bd", "Bed", $"room-{number}");
            yield return Place($"bed-{number}-b", $"Bed {label}-B", "bd", "Bed", $"room-{number}");
        }
    }

    private static Resource Organization(string id, string name, string type, string typeName, string? partOf) =>
        Resource.Create(
            "Organization",
            ("id", id),
            ("active", true),
            ("type", Node.Array(Elements.Concept(
                "http://terminology.hl7.org/CodeSystem/organization-type", type, typeName))),
            ("name", name),
            ("telecom", Node.Array(Node.Object(("system", "phone"), ("value", "+1 555 0100"), ("use", "work")))),
            ("partOf", partOf is null ? null : Elements.Reference($"Organization/{partOf}")));

    private static Resource Practitioner(string id, string given, string family, string gender) => Resource.Create(
        "Practitioner",
        ("id", id),
        ("identifier", Node.Array(Node.Object(("system", Elements.Sandbox + "staff"), ("value", id)))),
        ("active", true),
        ("name", Node.Array(Node.Object(
            ("text", id.StartsWith("nurse", StringComparison.Ordinal) ? $"{given} {family}" : $"Dr. {given} {family}"),
            ("family", family),
            ("given", Node.Array(given))))),
        ("telecom", Node.Array(Node.Object(
            ("system", "phone"), ("value", $"+1 555 02{(id[^1] - '0') * 11:00}"), ("use", "work")))),
        ("gender", gender));

    private static Resource Role(string id, string role)
    {
        var isGp = id.StartsWith("gp", StringComparison.Ordinal);
        return Resource.Create(
            "PractitionerRole",
            ("id", $"role-{id}"),
            ("active", true),
            ("practitioner", Elements.Reference($"Practitioner/{id}")),
            ("organization", Elements.Reference(isGp ? $"Organization/practice-{id[^1]}" : Elements.Hospital)),
            ("code", Node.Array(Elements.Concept(RoleSystem, role, role == "doctor" ? "Doctor" : "Nurse"))),
            ("specialty", isGp ? Node.Array(Elements.Text("General practice")) : null));
    }

    private static Resource Place(string id, string name, string type, string typeName, string? partOf) =>
        Resource.Create(
            "Location",
            ("id", id),
            ("status", "active"),
            ("name", name),
            ("mode", "instance"),
            ("physicalType", Elements.Concept(PhysicalType, type, typeName)),
            ("managingOrganization", Elements.Reference(Elements.Hospital, Elements.HospitalName)),
            ("partOf", partOf is null ? null : Elements.Reference($"Location/{partOf}")));
}
