using FhirOrchestrator.Fhir.Json;

namespace FhirOrchestrator.Sandbox.Hospital;

/// <summary>FHIR elements and code systems as the sandbox hospital writes them.</summary>
internal static class Elements
{
    public const string Sandbox = "https://fhirorchestrator.dev/sandbox/";
    public const string MrnSystem = Sandbox + "mrn";
    public const string VisitNumberSystem = Sandbox + "visit-number";
    public const string OrderNumberSystem = Sandbox + "order-number";
    public const string ServiceSystem = Sandbox + "CodeSystem/service";
    public const string IdentifierType = "http://terminology.hl7.org/CodeSystem/v2-0203";
    public const string ActCode = "http://terminology.hl7.org/CodeSystem/v3-ActCode";
    public const string Snomed = "http://snomed.info/sct";
    public const string Referral = "3457005";
    public const string Hospital = "Organization/hospital";
    public const string HospitalName = "Harbour View Hospital";

    public static ObjectNode Coding(string system, string code, string display) =>
        Node.Object(("system", system), ("code", code), ("display", display));

    public static ObjectNode Concept(string system, string code, string display) =>
        Node.Object(("coding", Node.Array(Coding(system, code, display))), ("text", display));

    public static ObjectNode Text(string text) => Node.Object(("text", text));

    public static ObjectNode Reference(string path, string? display = null) =>
        Node.Object(("reference", path), ("display", display));

    public static ObjectNode ReferenceTo(Resource resource) => Reference(resource.Path, NameOf(resource));

    public static ObjectNode Period(DateTimeOffset? start, DateTimeOffset? end = null) => Node.Object(
        ("start", start is { } from ? Resource.InstantText(from) : null),
        ("end", end is { } to ? Resource.InstantText(to) : null));

    /// <summary>An identifier with its type and who assigned it.</summary>
    public static ObjectNode Identifier(string typeCode, string typeDisplay, string system, string value) =>
        Node.Object(
        ("use", "official"),
        ("type", Concept(IdentifierType, typeCode, typeDisplay)),
        ("system", system),
        ("value", value),
        ("assigner", Reference(Hospital, HospitalName)));

    /// <summary>The name to show for a patient, practitioner, organization or place.</summary>
    public static string? NameOf(Resource resource) => resource.Root["name"] switch
    {
        TextNode name => name.Value,
        ArrayNode names when names.Items.OfType<ObjectNode>().FirstOrDefault() is { } first =>
            first.Text("text") ?? string.Join(' ', first.Items("given").Select(each => each.AsText)
                .Append(first.Text("family")).Where(each => each is not null)),
        _ => null,
    };

    /// <summary>The value of the identifier of a type (<c>MR</c>, <c>VN</c>), null where there is none.</summary>
    public static string? IdentifierOf(Resource resource, string typeCode) => resource.Root.Children("identifier")
        .FirstOrDefault(each => each.Child("type")?.Children("coding").Any(c => c.Text("code") == typeCode) == true)
        ?.Text("value");
}
