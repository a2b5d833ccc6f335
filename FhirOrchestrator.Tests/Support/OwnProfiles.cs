using System.Runtime.CompilerServices;
using FhirOrchestrator.Fhir.Definitions.Packages;
using FhirOrchestrator.Fhir.Json;
using FhirOrchestrator.Fhir.Profiles;

namespace FhirOrchestrator.Tests.Support;

/// <summary>A validator that knows the repository's folder <c>profiles/</c>.</summary>
internal static class OwnProfiles
{
    /// <summary>The canonical URL that this project's profiles begin with.</summary>
    public const string Url = "https://fhirorchestrator.dev/fhir/StructureDefinition/";

    private static readonly Lazy<Validator> Known =
        new(() => new Validator(ProfileCatalog.Of(ConformanceSet.Load(Folder()))));

    public static Validator Validator => Known.Value;

    /// <summary>What is wrong with a resource against one of this project's profiles.</summary>
    public static IEnumerable<ValidationIssue> Errors(Resource resource, string profile) =>
        Validator.Validate(resource, new ValidationOptions { Profiles = [Url + profile] }).Errors;

    private static string Folder([CallerFilePath] string here = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here) ?? "/", "..", "..", "profiles"));
}
