using FhirOrchestrator.Fhir.Definitions;

namespace FhirOrchestrator.Fhir.Path;

/// <summary>The names that expressions may use without defining them, and the nearest one to a wrong name.</summary>
internal static class PathVocabulary
{
    public const string Ucum = "http://unitsofmeasure.org";
    private const string Snomed = "http://snomed.info/sct";
    private const string Loinc = "http://loinc.org";
    private const string ValueSetBase = "http://hl7.org/fhir/ValueSet/";
    private const string ExtensionBase = "http://hl7.org/fhir/StructureDefinition/";

    /// <summary>The type names of the System namespace.</summary>
    public static readonly ImmutableArray<string> SystemTypes =
        ["Boolean", "String", "Integer", "Long", "Decimal", "Date", "DateTime", "Time", "Quantity", "Any"];

    /// <summary>Elements of the values that <c>type()</c> gives.</summary>
    public static readonly ImmutableArray<string> TypeInfoElements = ["namespace", "name", "baseType", "element"];

    /// <summary>
    /// The fixed text of a variable (R4, FHIRPath, "Environment variables"); null for any other name.
    /// </summary>
    public static string? FixedVariable(string name) => name switch
    {
        "ucum" => Ucum,
        "sct" => Snomed,
        "loinc" => Loinc,
        _ when name.StartsWith("vs-", StringComparison.Ordinal) => ValueSetBase + name[3..],
        _ when name.StartsWith("ext-", StringComparison.Ordinal) => ExtensionBase + name[4..],
        _ => null,
    };

    /// <summary>True for variables that are there without the caller.</summary>
    public static bool IsBuiltIn(string name) =>
        name is "context" or "resource" or "rootResource" || FixedVariable(name) is not null;

    /// <summary>True for a name by which some element of R4 is addressed.</summary>
    public static bool IsElement(string name) =>
        FhirDefinitions.R4.ElementNames.Contains(name) || TypeInfoElements.Contains(name);

    /// <summary><c>; nearest: name</c> for the known name that is most alike, nothing where none is.</summary>
    public static string Nearest(string wrong, IEnumerable<string> known) =>
        Fhir.Nearest.Of(wrong, known) is { } best ? $"; nearest: {best}" : "";
}
