using FhirOrchestrator.Fhir;
using FhirOrchestrator.Plans.Shapes;

namespace FhirOrchestrator.Plans;

/// <summary>What a file of a package is.</summary>
internal enum PackageFileKind
{
    Plan,
    Activity,
    Subscription,
    Scenario,

    /// <summary>README.md: for people.</summary>
    Words,
    Unknown,
}

/// <summary>Tells the files of a package apart by their names.</summary>
internal static class PackageFile
{
    private static readonly ImmutableArray<string> Names =
        [
        "plan.json", "activity-NAME.json", "subscription.json", "subscription-NAME.json", "scenarios/NAME.json",
        "README.md",
    ];

    public static PackageFileKind KindOf(string path) => path switch
    {
        "plan.json" => PackageFileKind.Plan,
        "README.md" => PackageFileKind.Words,
        _ when IsJson(path, "scenarios/") => PackageFileKind.Scenario,
        _ when path.Contains('/', StringComparison.Ordinal) => PackageFileKind.Unknown,
        _ when IsJson(path, "activity-") => PackageFileKind.Activity,
        _ when path == "subscription.json" || IsJson(path, "subscription-") => PackageFileKind.Subscription,
        _ => PackageFileKind.Unknown,
    };

    /// <summary>Why a file of an unknown kind is refused.</summary>
    public static Refusal Refusal(string path)
    {
        var extension = Path.GetExtension(path);
        return extension switch
        {
            ".dmn" => new Refusal("decision tables (DMN) are not supported in this version", "condition.expression"),
            ".bpmn" => new Refusal("BPMN is not supported in this version", "plan.json"),
            ".cql" => new Refusal("CQL is not supported", "text/fhirpath"),
            ".map" => new Refusal("StructureMaps are not supported in this version", "dynamicValue"),
            _ => new Refusal($"expected {string.Join(" | ", Names)}, got '{path}'", Nearest.Of(path, Names)),
        };
    }

    private static bool IsJson(string path, string start) =>
        path.StartsWith(start, StringComparison.Ordinal) && path.EndsWith(".json", StringComparison.Ordinal)
        && path.Length > start.Length + 5 && !path[start.Length..].Contains('/', StringComparison.Ordinal);
}
