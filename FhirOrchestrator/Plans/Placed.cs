using System.Globalization;
using FhirOrchestrator.Fhir.Json;

namespace FhirOrchestrator.Plans;

/// <summary>An element of a definition, and where it stands.</summary>
internal readonly record struct Placed(ObjectNode Node, string Path)
{
    /// <summary>The extensions of a URL, in order.</summary>
    public ImmutableArray<Placed> Extensions(string url) => Find("extension", url);

    /// <summary>The first extension of a URL; null where there is none.</summary>
    public Placed? Extension(string url) => Extensions(url) is [var first, ..] ? first : null;

    /// <summary>The modifier extensions of a URL, in order.</summary>
    public ImmutableArray<Placed> Modifiers(string url) => Find("modifierExtension", url);

    /// <summary>The objects of a repeating element, in order.</summary>
    public ImmutableArray<Placed> Children(string name)
    {
        var found = ImmutableArray.CreateBuilder<Placed>();
        var items = Node.Items(name);
        for (var at = 0; at < items.Length; at++)
        {
            if (items[at] is ObjectNode child)
            {
                found.Add(new Placed(child, string.Create(CultureInfo.InvariantCulture, $"{Path}.{name}[{at}]")));
            }
        }

        return found.ToImmutable();
    }

    /// <summary>An object element; null where there is none.</summary>
    public Placed? Child(string name) => Node.Child(name) is { } child ? new Placed(child, $"{Path}.{name}") : null;

    /// <summary>The text of an element; null where there is none.</summary>
    public string? Text(string name) => Node.Text(name);

    /// <summary>The text of a part of a complex extension.</summary>
    public string? PartText(string part, string value) => Extension(part)?.Text(value);

    /// <summary>True where a boolean element is true.</summary>
    public bool Flag(string name) => Node[name] is BooleanNode { Value: true };

    /// <summary>A whole number; null where there is none.</summary>
    public int? Number(string name) =>
        Node[name] is NumberNode number
        && int.TryParse(number.Text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value)
            ? value
            : null;

    private ImmutableArray<Placed> Find(string member, string url) =>
        [.. Children(member).Where(each => each.Text("url") == url)];
}
