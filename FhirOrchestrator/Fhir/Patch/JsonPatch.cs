using System.Diagnostics;
using FhirOrchestrator.Fhir.Json;

namespace FhirOrchestrator.Fhir.Patch;

/// <summary>
/// A JSON Patch (RFC 6902): read whole before anything is done, applied whole or not at all. What its operations do not
/// know is ignored, as the RFC asks.
/// </summary>
internal sealed class JsonPatch
{
    private readonly ImmutableArray<Operation> _operations;

    private JsonPatch(ImmutableArray<Operation> operations) => _operations = operations;

    private enum Kind
    {
        Add,
        Remove,
        Replace,
        Move,
        Copy,
        Test,
    }

    private sealed record Operation(Kind Kind, string Op, JsonPointer Path, JsonPointer? From, Node? Value)
    {
        public string Name => From is null ? $"{Op} {Path}" : $"{Op} {From} to {Path}";
    }

    /// <summary>Reads a patch.</summary>
    public static Patched<JsonPatch> Read(Node document)
    {
        if (document is not ArrayNode array)
        {
            return PatchProblem.Malformed("expected an array of operations, got something else");
        }

        if (array.Items.Length > PatchLimits.OperationsMax)
        {
            return PatchProblem.Malformed(
                $"expected at most {PatchLimits.OperationsMax} operations, got {array.Items.Length}");
        }

        var operations = ImmutableArray.CreateBuilder<Operation>(array.Items.Length);
        for (var at = 0; at < array.Items.Length; at++)
        {
            if (!ReadOperation(array.Items[at] as ObjectNode).Succeeded(out var operation, out var problem))
            {
                return problem.In(at, (array.Items[at] as ObjectNode)?.Text("op") ?? "no op");
            }

            operations.Add(operation);
        }

        return new JsonPatch(operations.DrainToImmutable());
    }

    /// <summary>The document with the patch applied; the document itself stays as it is.</summary>
    public Patched<Node> Apply(Node document)
    {
        var result = document;
        var copied = 0;
        for (var at = 0; at < _operations.Length; at++)
        {
            var operation = _operations[at];
            if (!Apply(result, operation, ref copied).Succeeded(out var changed, out var problem))
            {
                return problem.In(at, operation.Name);
            }

            result = changed;
        }

        return result;
    }

    private static Patched<Operation> ReadOperation(ObjectNode? node)
    {
        if (node is null)
        {
            return PatchProblem.Malformed("expected an object, got something else");
        }

        Kind? kind = node.Text("op") switch
        {
            "add" => Kind.Add,
            "remove" => Kind.Remove,
            "replace" => Kind.Replace,
            "move" => Kind.Move,
            "copy" => Kind.Copy,
            "test" => Kind.Test,
            _ => null,
        };
        if (kind is not { } known)
        {
            return PatchProblem.Malformed("expected op add, remove, replace, move, copy or test, got another or none");
        }

        if (!ReadPointer(node, "path").Succeeded(out var path, out var problem))
        {
            return problem;
        }

        JsonPointer? from = null;
        if (known is Kind.Move or Kind.Copy && !ReadPointer(node, "from").Succeeded(out from, out problem))
        {
            return problem;
        }

        var hasValue = known is Kind.Add or Kind.Replace or Kind.Test;
        var value = hasValue ? node["value"] : null;
        return hasValue && value is null
            ? PatchProblem.Malformed("expected a value, got none")
            : new Operation(known, node.Text("op") ?? "", path, from, value);
    }

    private static Patched<JsonPointer> ReadPointer(ObjectNode node, string name) => node[name] switch
    {
        TextNode text => JsonPointer.Parse(text.Value) is { } pointer
            ? pointer
            : PatchProblem.Malformed(
                $"expected a JSON Pointer such as /name/0/family in {name}, got '{text.Value}'"),
        null => PatchProblem.Malformed($"expected a JSON Pointer in {name}, got none"),
        _ => PatchProblem.Malformed($"expected a JSON Pointer in {name}, got no text"),
    };

    private static Patched<Node> Apply(Node document, Operation operation, ref int copied)
    {
        var path = operation.Path;
        switch (operation.Kind)
        {
            case Kind.Add:
                return JsonEdit.Add(document, path, Given(operation));
            case Kind.Remove:
                return JsonEdit.Remove(document, path);
            case Kind.Replace:
                return JsonEdit.Replace(document, path, Given(operation));
            case Kind.Test:
                return path.Find(document) is not { } found ? None(path)
                    : JsonEquality.AreEqual(found, Given(operation)) ? document
                    : new PatchProblem(PatchFault.TestFailed, $"expected the value given at '{path}', got another");
            case Kind.Move:
                return Move(document, operation.From ?? throw new UnreachableException(), path);
            case Kind.Copy:
                var from = operation.From ?? throw new UnreachableException();
                if (from.Find(document) is not { } original)
                {
                    return None(from);
                }

                copied += PatchLimits.Weigh(original).Count;
                return copied > PatchLimits.CopiedMax
                    ? PatchProblem.NotApplicable($"expected at most {PatchLimits.CopiedMax} values copied, got more")
                    : JsonEdit.Add(document, path, original);
            default:
                throw new UnreachableException();
        }
    }

    private static Patched<Node> Move(Node document, JsonPointer from, JsonPointer path)
    {
        if (from.Find(document) is not { } moved)
        {
            return None(from);
        }

        if (from.IsAbove(path))
        {
            return PatchProblem.NotApplicable($"expected a place outside '{from}', got '{path}'");
        }

        if (from.Text == path.Text)
        {
            return document;
        }

        return JsonEdit.Remove(document, from).Succeeded(out var without, out var problem)
            ? JsonEdit.Add(without, path, moved)
            : problem;
    }

    private static Node Given(Operation operation) => operation.Value ?? throw new UnreachableException();

    private static PatchProblem None(JsonPointer pointer) =>
        PatchProblem.NotApplicable($"expected a value at '{pointer}', got none");
}
