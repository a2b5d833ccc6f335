using FhirOrchestrator.Fhir.Json;

namespace FhirOrchestrator.Fhir.Patch;

/// <summary>One change at a pointer (RFC 6902, 4): a new document that shares what did not change.</summary>
internal static class JsonEdit
{
    // What becomes of the object or array that holds the place.
    private delegate Patched<Node> Change(Node holder, string token);

    /// <summary>Sets a member, inserts an item, or replaces the whole document.</summary>
    public static Patched<Node> Add(Node document, JsonPointer pointer, Node value)
    {
        var levels = pointer.Tokens.Length + PatchLimits.Weigh(value).Levels;
        return levels > JsonText.DepthMax
            ? PatchProblem.NotApplicable($"expected at most {JsonText.DepthMax} levels of nesting, got {levels}")
            : pointer.Tokens.IsEmpty ? value
            : At(document, pointer, 0, (holder, token) => AddIn(holder, token, value));
    }

    /// <summary>Takes away what is there.</summary>
    public static Patched<Node> Remove(Node document, JsonPointer pointer) => pointer.Tokens.IsEmpty
        ? PatchProblem.NotApplicable("expected a place inside the document, got the whole of it")
        : At(document, pointer, 0, (holder, token) => holder switch
        {
            ObjectNode node when node[token] is not null => node.With(token, null),
            ArrayNode node when IndexIn(node, token) is { } index => new ArrayNode(node.Items.RemoveAt(index)),
            _ => Missing(holder, token),
        });

    /// <summary>Puts a value where one is.</summary>
    public static Patched<Node> Replace(Node document, JsonPointer pointer, Node value)
    {
        var levels = pointer.Tokens.Length + PatchLimits.Weigh(value).Levels;
        return levels > JsonText.DepthMax
            ? PatchProblem.NotApplicable($"expected at most {JsonText.DepthMax} levels of nesting, got {levels}")
            : pointer.Tokens.IsEmpty ? value
            : At(document, pointer, 0, (holder, token) => holder switch
            {
                ObjectNode node when node[token] is not null => node.With(token, value),
                ArrayNode node when IndexIn(node, token) is { } index =>
                    new ArrayNode(node.Items.SetItem(index, value)),
                _ => Missing(holder, token),
            });
    }

    private static Patched<Node> At(Node node, JsonPointer pointer, int level, Change change)
    {
        var token = pointer.Tokens[level];
        if (level == pointer.Tokens.Length - 1)
        {
            return change(node, token);
        }

        switch (node)
        {
            case ObjectNode holder when holder[token] is { } child:
                return At(child, pointer, level + 1, change).Succeeded(out var changed, out var problem)
                    ? holder.With(token, changed)
                    : problem;
            case ArrayNode holder when IndexIn(holder, token) is { } index:
                return At(holder.Items[index], pointer, level + 1, change).Succeeded(out var item, out var wrong)
                    ? new ArrayNode(holder.Items.SetItem(index, item))
                    : wrong;
            default:
                return Missing(node, token);
        }
    }

    private static Patched<Node> AddIn(Node holder, string token, Node value)
    {
        switch (holder)
        {
            case ObjectNode node:
                return node.With(token, value);
            case ArrayNode node:
                var index = token == "-" ? node.Items.Length : JsonPointer.Index(token);
                return index is { } at && at <= node.Items.Length
                    ? new ArrayNode(node.Items.Insert(at, value))
                    : PatchProblem.NotApplicable(
                        $"expected '-' or an index from 0 to {node.Items.Length}, got '{token}'");
            default:
                return Missing(holder, token);
        }
    }

    private static int? IndexIn(ArrayNode node, string token) =>
        JsonPointer.Index(token) is { } index && index < node.Items.Length ? index : null;

    private static PatchProblem Missing(Node holder, string token) => PatchProblem.NotApplicable(holder switch
    {
        ObjectNode => $"expected a member '{token}', got none",
        ArrayNode node => $"expected an index below {node.Items.Length}, got '{token}'",
        _ => $"expected an object or array that holds '{token}', got a plain value",
    });
}
