using FhirOrchestrator.Fhir.Json;

namespace FhirOrchestrator.Fhir.Definitions.Packages;

/// <summary>Why a file of a package cannot be used.</summary>
/// <param name="File">The file, as the package names it.</param>
/// <param name="Reason">What was expected, and what is there.</param>
internal sealed record ConformanceProblem(string File, string Reason)
{
    public override string ToString() => $"{File}: {Reason}";
}

/// <summary>What a folder or package gave: the resources that can be used, and why the others cannot.</summary>
internal sealed record ConformanceFiles(
    ImmutableArray<ConformanceFile> Files, ImmutableArray<ConformanceProblem> Problems);

/// <summary>A conformance resource and the file that it stands in.</summary>
internal sealed record ConformanceFile(string Name, ObjectNode Resource);
