using FhirOrchestrator.Fhir.Json;

namespace FhirOrchestrator.Fhir.Profiles;

/// <summary>Extensions: an absolute URL, a value or nested extensions, and what their definition says.</summary>
internal static class ExtensionCheck
{
    public static void Run(ValidationRun run, ObjectNode extension, bool isModifier)
    {
        if (extension.Text("url") is { } url && url.Contains('|', StringComparison.Ordinal))
        {
            run.Error("invalid", "expected an extension's URL without a version, got one with it");
        }

        var hasValue = extension.Members.Any(member =>
            member.Name.StartsWith("value", StringComparison.Ordinal)
            || member.Name.StartsWith("_value", StringComparison.Ordinal));
        if (hasValue == (extension["extension"] is not null))
        {
            run.Error(
                "invariant",
                $"expected ext-1: either extensions or a value, got {(hasValue ? "both" : "none")}");
        }
    }
}
