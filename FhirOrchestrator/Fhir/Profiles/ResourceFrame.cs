using FhirOrchestrator.Fhir.Json;
using FhirOrchestrator.Fhir.Path;

namespace FhirOrchestrator.Fhir.Profiles;

/// <summary>A resource that is being validated, and what is around it.</summary>
internal sealed class ResourceFrame
{
    private readonly ResourceFrame? _container;
    private ElementItem? _item;
    private HashSet<string>? _containedIds;
    private HashSet<string>? _elementIds;
    private Dictionary<string, ObjectNode>? _entries;

    private ResourceFrame(ObjectNode root, string type, ResourceFrame? container, ResourceFrame? owner)
    {
        Root = root;
        Type = type;
        _container = container;
        Owner = owner;
    }

    public ObjectNode Root { get; }

    public string Type { get; }

    /// <summary>The resource around this one; null of the outermost.</summary>
    public ResourceFrame? Container => _container;

    /// <summary>Of a contained resource, the resource that contains it.</summary>
    public ResourceFrame? Owner { get; }

    /// <summary><c>%rootResource</c>: the resource that contains this one, or itself.</summary>
    public ResourceFrame Outermost => Owner ?? this;

    /// <summary>The resource as FHIRPath sees it.</summary>
    public ElementItem Item => _item ??= ElementItem.OfResource(Root, Type, _container?.Item, Owner?.Item);

    /// <summary>The nearest Bundle around, null where there is none.</summary>
    public ResourceFrame? Bundle
    {
        get
        {
            var at = this;
            while (at is not null && at.Type != "Bundle")
            {
                at = at._container;
            }

            return at;
        }
    }

    /// <summary>The ids of the outermost resource's contained ones.</summary>
    public HashSet<string> ContainedIds => Outermost._containedIds ??= Outermost.Root.Children("contained")
        .Select(each => each.Text("id")).OfType<string>().ToHashSet(StringComparer.Ordinal);

    /// <summary>The ids of elements met so far.</summary>
    public HashSet<string> ElementIds => _elementIds ??= new HashSet<string>(StringComparer.Ordinal);

    public static ResourceFrame Of(ObjectNode root, string type) => new(root, type, null, null);

    /// <summary>A resource in this one, as in <c>Bundle.entry.resource</c>.</summary>
    public ResourceFrame Inner(ObjectNode root, string type) => new(root, type, this, null);

    /// <summary>A contained resource of this one.</summary>
    public ResourceFrame Contained(ObjectNode root, string type) => new(root, type, this, Outermost);

    /// <summary>What a literal reference points at, contained or in the same Bundle; null where it is not.</summary>
    public ResourceFrame? Resolve(string? reference)
    {
        if (reference is "#")
        {
            return Outermost;
        }

        if (reference is ['#', ..])
        {
            var id = reference[1..];
            return Outermost.Root.Children("contained").FirstOrDefault(each => each.Text("id") == id) is { } inner
                && inner.Text("resourceType") is { } type
                    ? Outermost.Contained(inner, type)
                    : null;
        }

        return reference is null ? null : InBundle(reference);
    }

    /// <summary>The entry of the nearest Bundle that a reference points at, null where there is none.</summary>
    public ResourceFrame? InBundle(string reference)
    {
        if (Bundle is not { } bundle)
        {
            return null;
        }

        var parsed = ResourceReference.Parse(reference);
        var key = parsed.Path is null ? reference : parsed.Base is null ? parsed.Path : $"{parsed.Base}/{parsed.Path}";
        return bundle.Entries.TryGetValue(key, out var root) && root.Text("resourceType") is { } type
            ? bundle.Inner(root, type)
            : null;
    }

    /// <summary>A resource found from here, with what is around it.</summary>
    public ResourceFrame Near(ObjectNode root, string type) =>
        Outermost.Root.Items("contained").Contains(root) ? Outermost.Contained(root, type)
            : Bundle is { } bundle ? bundle.Inner(root, type)
            : Of(root, type);

    // By fullUrl and by type and id; the first of several counts.
    private Dictionary<string, ObjectNode> Entries
    {
        get
        {
            if (_entries is not null)
            {
                return _entries;
            }

            _entries = new Dictionary<string, ObjectNode>(StringComparer.Ordinal);
            foreach (var entry in Root.Children("entry"))
            {
                if (entry.Child("resource") is not { } resource)
                {
                    continue;
                }

                if (entry.Text("fullUrl") is { } url)
                {
                    _entries.TryAdd(url, resource);
                }

                if (resource.Text("id") is { } id)
                {
                    _entries.TryAdd($"{resource.Text("resourceType")}/{id}", resource);
                }
            }

            return _entries;
        }
    }
}
