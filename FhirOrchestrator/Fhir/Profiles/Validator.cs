using FhirOrchestrator.Fhir.Json;

namespace FhirOrchestrator.Fhir.Profiles;

/// <summary>
/// Validates resources against R4 and profiles of it (R4, validation). Immutable; serves all threads.
/// </summary>
internal sealed class Validator(ProfileCatalog catalog)
{
    /// <summary>The validator that knows what R4 itself defines.</summary>
    public static Validator R4 { get; } = new(ProfileCatalog.R4);

    /// <summary>Validates the bytes of a resource: what is no JSON, or no resource, is fatal.</summary>
    public ValidationReport Validate(ReadOnlySpan<byte> utf8, ValidationOptions? options = null)
    {
        var (resource, problem) = Resource.Read(utf8);
        return resource is not null
            ? Validate(resource, options)
            : new ValidationReport(
                [new(IssueSeverity.Fatal, "structure", JsonFaultTrail.Find(utf8), problem?.Message ?? "no resource")]);
    }

    /// <summary>Validates a resource.</summary>
    public ValidationReport Validate(Resource resource, ValidationOptions? options = null)
    {
        var run = new ValidationRun(options ?? new ValidationOptions(), catalog);
        run.Trail.Down(resource.Type);
        new ShapeWalk(run).Resource(resource.Root);
        return run.Report();
    }
}
