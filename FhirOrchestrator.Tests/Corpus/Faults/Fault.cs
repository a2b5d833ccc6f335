using FhirOrchestrator.Fhir.Json;

namespace FhirOrchestrator.Tests.Corpus.Faults;

/// <summary>A resource with one thing wrong, and where.</summary>
/// <param name="Kind">What is wrong, such as <c>missing</c>.</param>
/// <param name="Path">The FHIRPath of the fault.</param>
/// <param name="Root">The resource with the fault.</param>
internal sealed record Fault(string Kind, string Path, ObjectNode Root)
{
    /// <summary>True where an issue's location is the fault's place, one above it, or one below.</summary>
    public bool IsAt(string location) => Covers(location, Path) || Covers(Path, location);

    private static bool Covers(string above, string below) =>
        Plain(below).StartsWith(Plain(above), StringComparison.Ordinal);

    private static string Plain(string path)
    {
        var at = path.IndexOf(".ofType(", StringComparison.Ordinal);
        while (at >= 0)
        {
            path = path[..at] + path[(path.IndexOf(')', at) + 1)..];
            at = path.IndexOf(".ofType(", StringComparison.Ordinal);
        }

        return path + ".";
    }
}

/// <summary>An object of a resource: its type, its place, and how to put another in its place.</summary>
internal sealed record Site(
    ObjectNode Node, FhirOrchestrator.Fhir.Definitions.TypeDefinition Type, string Path,
    Func<Node, ObjectNode> Replace);
