using System.Diagnostics;
using FhirOrchestrator.Fhir.Json;
using FhirOrchestrator.Fhir.Path;
using FhirOrchestrator.Fhir.Path.Syntax;

namespace FhirOrchestrator.Fhir.Patch;

/// <summary>
/// Applies a FHIRPath Patch (R4, fhirpatch): each operation on what the one before left, all of them or none. A path
/// must lead to one element of the resource; only a deletion may find nothing.
/// </summary>
internal sealed class PathPatchRun
{
    private readonly PathContext _context;
    private Resource _resource;

    private PathPatchRun(Resource resource, PathContext context) => (_resource, _context) = (resource, context);

    /// <summary>The resource with the patch applied; the resource given stays as it is.</summary>
    public static Patched<Resource> Apply(Resource resource, PathPatch patch, PathContext context)
    {
        var own = Resource.From(OwnNodes.Of(resource.Root)) ?? throw new UnreachableException();
        var run = new PathPatchRun(own, context);
        for (var at = 0; at < patch.Operations.Length; at++)
        {
            var operation = patch.Operations[at];
            try
            {
                if (run.Apply(operation) is { } problem)
                {
                    return problem.In(at, operation.Title);
                }
            }
            catch (FhirPathException wrong)
            {
                return PatchProblem.NotApplicable(wrong.Message).In(at, operation.Title);
            }
        }

        return run._resource;
    }

    private PatchProblem? Apply(PathPatchOperation operation) => operation.Kind switch
    {
        PathPatchKind.Add => Add(operation),
        PathPatchKind.Insert => Insert(operation),
        PathPatchKind.Delete => Delete(operation),
        PathPatchKind.Replace => Replace(operation),
        PathPatchKind.Move => Move(operation),
        _ => throw new UnreachableException(),
    };

    private PatchProblem? Add(PathPatchOperation operation)
    {
        if (!One(operation).Succeeded(out var item, out var problem))
        {
            return problem;
        }

        var (name, value) = (operation.Name ?? "", operation.Value ?? throw new UnreachableException());
        if (item.Definition is not { } definition || PatchValue.ElementOf(definition, name) is not { } element)
        {
            return PatchProblem.NotApplicable($"expected an element of {item.TypeName}, got '{name}'");
        }

        if (!value.For(element, name).Succeeded(out var content, out problem))
        {
            return problem;
        }

        // What is added to a primitive stands beside it.
        var holder = item.Node as ObjectNode ?? item.Twin ?? ObjectNode.Empty;
        if (!PatchValue.Append(holder, element, Own(content)).Succeeded(out var changed, out problem))
        {
            return problem;
        }

        if (item.Node is ObjectNode)
        {
            return Put(holder, changed);
        }

        var place = ElementPlace.Of(item, _resource);
        if (place is null)
        {
            return Outside();
        }

        var contents = ElementValues.Read(place.Holder, place.Name);
        var at = place.Index ?? 0;
        return Put(place, place.Name, contents.SetItem(at, contents[at] with { Twin = changed }));
    }

    private PatchProblem? Delete(PathPatchOperation operation)
    {
        var items = Evaluate(operation.Path);
        if (items.Count == 0)
        {
            return null;
        }

        if (!One(operation).Succeeded(out var item, out var problem))
        {
            return problem;
        }

        return ElementPlace.Of(item, _resource) is { } place
            ? Put(place, place.Name, ElementValues.Read(place.Holder, place.Name).RemoveAt(place.Index ?? 0))
            : Outside();
    }

    private PatchProblem? Replace(PathPatchOperation operation)
    {
        if (!One(operation).Succeeded(out var item, out var problem))
        {
            return problem;
        }

        if (ElementPlace.Of(item, _resource) is not { } place)
        {
            return Outside();
        }

        if (!Content(operation, place).Succeeded(out var content, out problem))
        {
            return problem;
        }

        var contents = ElementValues.Read(place.Holder, place.Name).SetItem(place.Index ?? 0, content.Content);
        return Put(place, content.Name, contents);
    }

    private PatchProblem? Insert(PathPatchOperation operation)
    {
        var index = operation.Index ?? throw new UnreachableException();
        if (!List(operation).Succeeded(out var list, out var problem))
        {
            return problem;
        }

        var contents = ElementValues.Read(list.Holder, list.Name);
        if (index > contents.Length)
        {
            return PatchProblem.NotApplicable($"expected an index of at most {contents.Length}, got {index}");
        }

        return Content(operation, list).Succeeded(out var content, out problem)
            ? Put(list, list.Name, contents.Insert(index, content.Content))
            : problem;
    }

    private PatchProblem? Move(PathPatchOperation operation)
    {
        if (!List(operation).Succeeded(out var list, out var problem))
        {
            return problem;
        }

        var (from, to) = (operation.Index ?? 0, operation.Destination ?? 0);
        var contents = ElementValues.Read(list.Holder, list.Name);
        return Math.Max(from, to) >= contents.Length
            ? PatchProblem.NotApplicable(
                $"expected source and destination below {contents.Length}, got {from} and {to}")
            : Put(list, list.Name, contents.RemoveAt(from).Insert(to, contents[from]));
    }

    private static Patched<JsonContent> Content(PathPatchOperation operation, ElementPlace place)
    {
        var value = operation.Value ?? throw new UnreachableException();
        if (place.Member is not { } member)
        {
            return PatchProblem.NotApplicable($"expected an element that R4 defines, got '{place.Name}'");
        }

        return value.For(member.Element, member.Element.Name).Succeeded(out var content, out var problem)
            ? Own(content)
            : problem;
    }

    private static JsonContent Own(JsonContent content) => content with
    {
        Content = new ElementContent(
            content.Content.Value is { } value ? OwnNodes.Of(value) : null,
            content.Content.Twin is { } twin ? OwnNodes.Of(twin) : null),
    };

    private IReadOnlyList<PathItem> Evaluate(string path) =>
        PathExpression.Compile(path, focusType: _resource.Type).Evaluate(_resource, _context);

    private Patched<ElementItem> One(PathPatchOperation operation) => Evaluate(operation.Path) switch
    {
        [ElementItem item] => item,
        [_] => Outside(),
        [] => PatchProblem.NotApplicable("expected one element at the path, got none"),
        var several => PatchProblem.NotApplicable($"expected one element at the path, got {several.Count}"),
    };

    /// <summary>The whole list that a path leads to; one without items is found by the element around it.</summary>
    private Patched<ElementPlace> List(PathPatchOperation operation)
    {
        var items = Evaluate(operation.Path);
        if (items.Count == 0)
        {
            return EmptyList(operation.Path);
        }

        ElementPlace? list = null;
        foreach (var item in items)
        {
            if (ElementPlace.Of(item, _resource) is not { } place)
            {
                return Outside();
            }

            if (place.Index is null || (list is not null
                && (!ReferenceEquals(list.Holder, place.Holder) || list.Name != place.Name)))
            {
                return PatchProblem.NotApplicable("expected a path to one list, got another");
            }

            list ??= place;
        }

        var length = list is null ? 0 : ElementValues.Read(list.Holder, list.Name).Length;
        return list is null || length != items.Count
            ? PatchProblem.NotApplicable($"expected a path to the whole list of {length} items, got {items.Count}")
            : list;
    }

    private Patched<ElementPlace> EmptyList(string path)
    {
        var tokens = new Lexer(path).Read();

        // The last step alone: steps and calls before it, but no operator that it could be a part of.
        var depth = 0;
        var isPlain = tokens.Length >= 4 && tokens[^2].Kind == TokenKind.Word && tokens[^3].Is(".");
        foreach (var token in tokens.AsSpan(0, tokens.Length - 1))
        {
            depth += token.Is("(") || token.Is("[") ? 1 : token.Is(")") || token.Is("]") ? -1 : 0;
            isPlain &= depth > 0 || token.Kind is TokenKind.Word or TokenKind.Variable
                || token.Is(".") || token.Is(")") || token.Is("]");
        }

        var around = isPlain ? Evaluate(path[..tokens[^3].Position]) : [];
        return around is [ElementItem { Node: ObjectNode holder, Definition: { } type }]
            && type.JsonElement(tokens[^2].Text) is { Element.IsList: true } member
                ? new ElementPlace(holder, tokens[^2].Text, 0, member)
                : PatchProblem.NotApplicable("expected a path to a list, got none");
    }

    private PatchProblem? Put(ElementPlace place, string name, ImmutableArray<ElementContent> contents)
    {
        var isList = place.Index is not null;
        return Put(place.Holder, ElementValues.Write(place.Holder, place.Name, name, contents, isList));
    }

    private PatchProblem? Put(ObjectNode old, ObjectNode? changed)
    {
        var root = OwnNodes.Replace(_resource.Root, old, changed);
        if (Resource.From(root) is not { } resource)
        {
            return PatchProblem.NotApplicable("expected the resource to keep its resourceType, got none");
        }

        var levels = PatchLimits.Weigh(resource.Root).Levels;
        if (levels > JsonText.DepthMax)
        {
            return PatchProblem.NotApplicable($"expected at most {JsonText.DepthMax} levels of nesting, got {levels}");
        }

        _resource = resource;
        return null;
    }

    private static PatchProblem Outside() =>
        PatchProblem.NotApplicable("expected an element inside the resource, got something else");
}
