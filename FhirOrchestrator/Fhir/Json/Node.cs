using System.Globalization;

namespace FhirOrchestrator.Fhir.Json;

/// <summary>
/// One JSON value of a FHIR resource: immutable, in document order, with the text of its numbers kept. Whatever this
/// product does not know is kept too, so that a read-modify-write loses nothing.
/// </summary>
internal abstract class Node
{
    private protected Node()
    {
    }

    /// <summary>An object of the members given, in that order; a member without a value is left out.</summary>
    public static ObjectNode Object(params ReadOnlySpan<(string Name, Node? Value)> members)
    {
        var kept = ImmutableArray.CreateBuilder<Member>(members.Length);
        foreach (var (name, value) in members)
        {
            if (value is not null)
            {
                kept.Add(new Member(name, value));
            }
        }

        return new ObjectNode(kept.DrainToImmutable());
    }

    /// <summary>An array of the items given; null where there is none, because FHIR has no empty arrays.</summary>
    public static ArrayNode? Array(params ReadOnlySpan<Node?> items)
    {
        var kept = ImmutableArray.CreateBuilder<Node>(items.Length);
        foreach (var item in items)
        {
            if (item is not null)
            {
                kept.Add(item);
            }
        }

        return kept.Count == 0 ? null : new ArrayNode(kept.DrainToImmutable());
    }

    /// <summary>An array of the items given; null where there is none, because FHIR has no empty arrays.</summary>
    public static ArrayNode? Array(IEnumerable<Node> items) => Array([.. items]);

    /// <summary>A text value; null stays null.</summary>
    public static implicit operator Node?(string? value) => value is null ? null : new TextNode(value);

    /// <summary>A boolean value.</summary>
    public static implicit operator Node(bool value) => value ? BooleanNode.True : BooleanNode.False;

    /// <summary>A whole number.</summary>
    public static implicit operator Node(int value) => new NumberNode(value.ToString(CultureInfo.InvariantCulture));

    /// <summary>The text of a string value, null for anything else.</summary>
    public string? AsText => (this as TextNode)?.Value;

    /// <summary>The items of an array, this value alone for anything else: FHIR's "one or many" read alike.</summary>
    public ImmutableArray<Node> AsItems => this is ArrayNode array ? array.Items : [this];

    /// <summary>The JSON text, without white space.</summary>
    public override string ToString() => JsonText.WriteString(this);
}

/// <summary>A member of a JSON object.</summary>
internal readonly record struct Member(string Name, Node Value);

/// <summary>A JSON number as it was written: FHIR decimals keep their precision (R4, datatypes, decimal).</summary>
internal sealed class NumberNode(string text) : Node
{
    private static readonly NumberNode[] Digits =
        [.. Enumerable.Range(0, 10).Select(each => new NumberNode(each.ToString(CultureInfo.InvariantCulture)))];

    public string Text { get; } = text;

    /// <summary>The number that ASCII bytes stand for.</summary>
    internal static NumberNode Of(ReadOnlySpan<byte> ascii) => ascii.Length == 1
        ? Digits[ascii[0] - '0']
        : new NumberNode(System.Text.Encoding.ASCII.GetString(ascii));
}

/// <summary>A JSON true or false.</summary>
internal sealed class BooleanNode : Node
{
    public static readonly BooleanNode True = new(value: true);
    public static readonly BooleanNode False = new(value: false);

    private BooleanNode(bool value) => Value = value;

    public bool Value { get; }

    /// <summary>A node of its own, for who tells nodes apart by identity.</summary>
    internal static BooleanNode Own(bool value) => new(value);
}

/// <summary>A JSON null: legal in FHIR only inside arrays of primitives (R4, json, primitive extensions).</summary>
internal sealed class NullNode : Node
{
    public static readonly NullNode Instance = new();

    private NullNode()
    {
    }
}

/// <summary>A JSON array.</summary>
internal sealed class ArrayNode(ImmutableArray<Node> items) : Node
{
    /// <summary>The array of no items: legal JSON, never legal FHIR.</summary>
    public static readonly ArrayNode Empty = new([]);

    public ImmutableArray<Node> Items { get; } = items;
}
