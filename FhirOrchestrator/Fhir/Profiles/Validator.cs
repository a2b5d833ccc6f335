using FhirOrchestrator.Fhir.Json;
using FhirOrchestrator.Fhir.Path;

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

    /// <summary>
    /// Whether an item conforms to a profile or type by its canonical URL, for <c>conformsTo</c>; null where the URL is
    /// not known here. A resource must conform to R4 too.
    /// </summary>
    public bool? Conforms(PathItem item, string canonical)
    {
        if (!ProfileCatalog.IsType(canonical) && catalog.Find(canonical).Profile is null)
        {
            return null;
        }

        return item is ElementItem { IsResource: true, Node: ObjectNode root } && Resource.From(root) is { } resource
            ? Validate(resource, new ValidationOptions { Profiles = [canonical] }).IsValid
            : new ValidationRun(new ValidationOptions(), catalog).Conforms(item, canonical);
    }

    /// <summary>
    /// Whether an item is of a slice of a profile, for <c>slice</c>: the profile's canonical URL, and the slice's name
    /// or element id. Null where there is no such profile or slice.
    /// </summary>
    public bool? IsOfSlice(PathItem item, string canonical, string slice) =>
        new ValidationRun(new ValidationOptions(), catalog).IsOfSlice(item, canonical, slice);

    /// <summary>
    /// What expressions may ask a validator, which is made when they first do: <c>conformsTo</c>, <c>slice</c>,
    /// <c>memberOf</c>, <c>subsumes</c> and <c>subsumedBy</c>.
    /// </summary>
    public static PathContext ContextOf(Func<Validator> validator) => new()
    {
        Codes = (valueSet, system, code) => validator().HasCode(valueSet, system, code),
        Subsumes = (system, code, other) => validator().Subsumes(system, code, other),
        Conforms = (item, canonical) => validator().Conforms(item, canonical),
        Slices = (item, canonical, slice) => validator().IsOfSlice(item, canonical, slice),
    };

    private bool? HasCode(string valueSet, string? system, string code) => catalog.HasCode(valueSet, system, code);

    private bool? Subsumes(string system, string code, string other) => catalog.Subsumes(system, code, other);

    /// <summary>Validates a resource.</summary>
    public ValidationReport Validate(Resource resource, ValidationOptions? options = null)
    {
        var run = new ValidationRun(options ?? new ValidationOptions(), catalog);
        run.Trail.Down(resource.Type);
        new ShapeWalk(run).Resource(resource.Root);
        return run.Report();
    }
}
