using System.Diagnostics;
using System.Globalization;
using FhirOrchestrator.Fhir.Json;

namespace FhirOrchestrator.Fhir.Patch;

/// <summary>What an operation of a FHIRPath Patch does (R4, fhirpatch).</summary>
internal enum PathPatchKind
{
    /// <summary>Appends to a list, or sets what is not there yet.</summary>
    Add,

    /// <summary>Puts an item into a list.</summary>
    Insert,

    /// <summary>Takes an element away; done also where there is none.</summary>
    Delete,

    /// <summary>Puts a value in the place of one.</summary>
    Replace,

    /// <summary>Moves an item inside its list.</summary>
    Move,
}

/// <summary>An operation of a FHIRPath Patch, read.</summary>
/// <param name="Path">The FHIRPath expression.</param>
/// <param name="Name">Of an addition, the element to add.</param>
/// <param name="Value">Of an addition, insertion or replacement.</param>
/// <param name="Index">Of an insertion, where; of a move, from where.</param>
/// <param name="Destination">Of a move, to where.</param>
internal sealed record PathPatchOperation(
    PathPatchKind Kind, string Path, string? Name, PatchValue? Value, int? Index, int? Destination)
{
    public string Title => Name is null
        ? $"{Kind.ToString().ToLowerInvariant()} {Path}"
        : $"add {Name} to {Path}";
}

/// <summary>A FHIRPath Patch (R4, fhirpatch): Parameters, read whole before anything is done.</summary>
internal sealed class PathPatch
{
    private PathPatch(ImmutableArray<PathPatchOperation> operations) => Operations = operations;

    public ImmutableArray<PathPatchOperation> Operations { get; }

    /// <summary>Reads a patch.</summary>
    public static Patched<PathPatch> Read(Resource resource)
    {
        if (resource.Type != "Parameters")
        {
            return PatchProblem.Malformed($"expected Parameters, got {resource.Type}");
        }

        var parameters = resource.Root.Items("parameter");
        if (parameters.Length > PatchLimits.OperationsMax)
        {
            return PatchProblem.Malformed(
                $"expected at most {PatchLimits.OperationsMax} operations, got {parameters.Length}");
        }

        var operations = ImmutableArray.CreateBuilder<PathPatchOperation>(parameters.Length);
        for (var at = 0; at < parameters.Length; at++)
        {
            if (!ReadOperation(parameters[at] as ObjectNode).Succeeded(out var operation, out var problem))
            {
                return problem.In(at, "unread");
            }

            operations.Add(operation);
        }

        return new PathPatch(operations.DrainToImmutable());
    }

    private static Patched<PathPatchOperation> ReadOperation(ObjectNode? parameter)
    {
        if (parameter?.Text("name") != "operation")
        {
            return PatchProblem.Malformed("expected a parameter with the name 'operation', got another");
        }

        var parts = new Dictionary<string, ObjectNode>(StringComparer.Ordinal);
        foreach (var part in parameter.Children("part"))
        {
            var name = part.Text("name") ?? "";
            if (name is not ("type" or "path" or "name" or "value" or "index" or "source" or "destination"))
            {
                return PatchProblem.Malformed(
                    $"expected the part type, path, name, value, index, source or destination, got '{name}'");
            }

            if (!parts.TryAdd(name, part))
            {
                return PatchProblem.Malformed($"expected the part '{name}' once, got it twice");
            }
        }

        PathPatchKind? kind = Text(parts, "type") switch
        {
            "add" => PathPatchKind.Add,
            "insert" => PathPatchKind.Insert,
            "delete" => PathPatchKind.Delete,
            "replace" => PathPatchKind.Replace,
            "move" => PathPatchKind.Move,
            _ => null,
        };
        return kind is { } known
            ? ReadOperation(known, parts)
            : PatchProblem.Malformed("expected type add, insert, delete, replace or move, got another or none");
    }

    private static Patched<PathPatchOperation> ReadOperation(
        PathPatchKind kind, Dictionary<string, ObjectNode> parts)
    {
        ImmutableArray<string> needed = kind switch
        {
            PathPatchKind.Add => ["path", "name", "value"],
            PathPatchKind.Insert => ["path", "index", "value"],
            PathPatchKind.Delete => ["path"],
            PathPatchKind.Replace => ["path", "value"],
            PathPatchKind.Move => ["path", "source", "destination"],
            _ => throw new UnreachableException(),
        };
        var word = kind.ToString().ToLowerInvariant();
        if (needed.FirstOrDefault(each => !parts.ContainsKey(each)) is { } absent)
        {
            return PatchProblem.Malformed($"expected the part '{absent}' for {word}, got none");
        }

        if (parts.Keys.FirstOrDefault(each => each != "type" && !needed.Contains(each)) is { } tooMany)
        {
            return PatchProblem.Malformed($"expected no part '{tooMany}' for {word}, got one");
        }

        PatchValue? value = null;
        if (parts.TryGetValue("value", out var part) && !PatchValue.Read(part).Succeeded(out value, out var problem))
        {
            return problem;
        }

        foreach (var each in needed)
        {
            var isRight = each switch
            {
                "path" or "name" => Text(parts, each) is { Length: > 0 },
                "index" or "source" or "destination" => Index(parts, each) is >= 0,
                _ => true,
            };
            if (!isRight)
            {
                return PatchProblem.Malformed(
                    $"expected {(each is "path" or "name" ? "valueString" : "a valueInteger from 0 on")} "
                    + $"for '{each}', got another value");
            }
        }

        return new PathPatchOperation(
            kind, Text(parts, "path") ?? "", Text(parts, "name"), value,
            Index(parts, "index") ?? Index(parts, "source"), Index(parts, "destination"));
    }

    private static string? Text(Dictionary<string, ObjectNode> parts, string name) =>
        parts.TryGetValue(name, out var part) ? part.Text("valueString") ?? part.Text("valueCode") : null;

    private static int? Index(Dictionary<string, ObjectNode> parts, string name)
    {
        var number = parts.TryGetValue(name, out var part)
            ? (part["valueInteger"] ?? part["valueUnsignedInt"] ?? part["valuePositiveInt"]) as NumberNode
            : null;
        return int.TryParse(number?.Text, NumberStyles.None, CultureInfo.InvariantCulture, out var index)
            ? index
            : null;
    }
}
