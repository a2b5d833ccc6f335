using System.Globalization;
using System.Security.Cryptography;
using FhirOrchestrator.Fhir.Json;

namespace FhirOrchestrator.Subscriptions;

/// <summary>The version of a resource as this product counts it: sweep and reading must say the same.</summary>
internal static class ResourceVersions
{
    /// <summary>
    /// The version of a deleted resource, followed by the ETag of the deletion where the EHR tells it. Without one a
    /// second deletion, after the resource had been brought back, counts as the first.
    /// </summary>
    public const string Deleted = "deleted";

    /// <summary>
    /// <c>meta.versionId</c>; a hash of the content without <c>meta</c> where the EHR keeps no versions.
    /// </summary>
    public static string Of(Resource resource) => resource.VersionId is { Length: > 0 } version
        ? version
        : "sha256:" + Convert.ToHexStringLower(SHA256.HashData(resource.With("meta", null).ToUtf8()));

    /// <summary>True where a version is known to come before another: most servers count, some do not.</summary>
    public static bool IsBefore(string one, string other) =>
        long.TryParse(one, NumberStyles.None, CultureInfo.InvariantCulture, out var first)
        && long.TryParse(other, NumberStyles.None, CultureInfo.InvariantCulture, out var second)
        && first < second;
}
