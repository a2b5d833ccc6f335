using FhirOrchestrator.Fhir.Definitions;

namespace FhirOrchestrator.Fhir.Profiles;

/// <summary>The profiles, extensions and value sets that a validator knows.</summary>
internal sealed class ProfileCatalog
{
    private readonly Func<string, string?, string, bool?> _codes = FhirDefinitions.R4.Codes;

    /// <summary>What R4 itself defines.</summary>
    public static ProfileCatalog R4 { get; } = new();

    /// <summary>
    /// Whether a value set has a code; null where its codes are not known here. Without a system any of the value
    /// set's systems will do.
    /// </summary>
    public bool? HasCode(string valueSet, string? system, string code) =>
        _codes(valueSet, system, code);
}
