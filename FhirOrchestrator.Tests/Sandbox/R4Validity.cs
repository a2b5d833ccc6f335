using System.Collections.Immutable;
using FhirOrchestrator.Fhir.Json;
using FhirOrchestrator.Fhir.Profiles;

namespace FhirOrchestrator.Tests.Sandbox;

/// <summary>Checks what the sandbox writes against R4.</summary>
internal static class R4Validity
{
    /// <summary>Everything that is wrong with a resource.</summary>
    public static ImmutableArray<string> Problems(Resource resource) =>
        [.. Validator.R4.Validate(resource).Errors.Select(error => error.ToString())];
}
