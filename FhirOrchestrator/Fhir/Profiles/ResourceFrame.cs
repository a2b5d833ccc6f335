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

    /// <summary>The contained resource of an id, the outermost for the empty id; null where there is none.</summary>
    public ObjectNode? FindContained(string id) => id.Length == 0
        ? Outermost.Root
        : Outermost.Root.Children("contained").FirstOrDefault(each => each.Text("id") == id);
}
