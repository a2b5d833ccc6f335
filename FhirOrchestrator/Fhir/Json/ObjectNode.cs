namespace FhirOrchestrator.Fhir.Json;

/// <summary>A JSON object: its members in document order, each name once.</summary>
internal sealed class ObjectNode(ImmutableArray<Member> members) : Node
{
    public static readonly ObjectNode Empty = new([]);

    public ImmutableArray<Member> Members { get; } = members;

    /// <summary>The value of a member, null where it is absent.</summary>
    public Node? this[string name]
    {
        get
        {
            foreach (var member in Members)
            {
                if (string.Equals(member.Name, name, StringComparison.Ordinal))
                {
                    return member.Value;
                }
            }

            return null;
        }
    }

    /// <summary>The text of a string member, null where it is absent or not a string.</summary>
    public string? Text(string name) => this[name]?.AsText;

    /// <summary>The object under a member, null where it is absent or not an object.</summary>
    public ObjectNode? Child(string name) => this[name] as ObjectNode;

    /// <summary>The items of a member, one or many alike; none where it is absent.</summary>
    public ImmutableArray<Node> Items(string name) => this[name]?.AsItems ?? [];

    /// <summary>The objects among the items of a member.</summary>
    public IEnumerable<ObjectNode> Children(string name) => Items(name).OfType<ObjectNode>();

    /// <summary>This object with a member set in its place, or appended; null removes it.</summary>
    public ObjectNode With(string name, Node? value)
    {
        for (var at = 0; at < Members.Length; at++)
        {
            if (string.Equals(Members[at].Name, name, StringComparison.Ordinal))
            {
                return new ObjectNode(value is null
                    ? Members.RemoveAt(at)
                    : Members.SetItem(at, new Member(name, value)));
            }
        }

        return value is null ? this : new ObjectNode(Members.Add(new Member(name, value)));
    }
}
