using FhirOrchestrator.Sandbox.Hospital;
using FhirOrchestrator.Sandbox.Publisher;

namespace FhirOrchestrator.Sandbox;

/// <summary>How the sandbox EHR is set up.</summary>
internal sealed record SandboxSettings
{
    /// <summary>The path of its FHIR base in this server. Default <c>/sandbox/fhir</c>.</summary>
    public string FhirPath { get; init; } = "/sandbox/fhir";

    /// <summary>
    /// The FHIR base as subscribers know it, without a slash at its end; read at each use, because a port may only be
    /// known after the start.
    /// </summary>
    public required Func<string> BaseUrl { get; init; }

    /// <summary>
    /// The folder of profiles and code lists that <c>$validate</c> knows besides R4's own; null or absent for none.
    /// </summary>
    public string? ProfilesFolder { get; init; }

    /// <summary>What the hospital does by itself.</summary>
    public HospitalDaySettings Day { get; init; } = new();

    /// <summary>False: the store stays empty until somebody loads it. Default true.</summary>
    public bool HasHospital { get; init; } = true;

    /// <summary>How the publisher errs on purpose from the start; null: as it was last told.</summary>
    public Misbehaviour? Misbehaviour { get; init; }
}
