using System.Globalization;

namespace FhirOrchestrator.Fhir.Json;

/// <summary>A FHIR resource: a JSON object with a <c>resourceType</c>. Unknown elements stay in it.</summary>
internal sealed class Resource
{
    private Resource(ObjectNode root, string type)
    {
        Root = root;
        Type = type;
    }

    public ObjectNode Root { get; }

    /// <summary>The value of <c>resourceType</c>; not checked against the types that R4 knows.</summary>
    public string Type { get; }

    public string? Id => Root.Text("id");

    public string? VersionId => Root.Child("meta")?.Text("versionId");

    /// <summary><c>meta.lastUpdated</c>, null where absent or unreadable.</summary>
    public DateTimeOffset? LastUpdated => Instant(Root.Child("meta")?.Text("lastUpdated"));

    /// <summary>Type and id as in a relative reference; the type alone where there is no id.</summary>
    public string Path => Id is { } id ? $"{Type}/{id}" : Type;

    /// <summary>Reads one resource from JSON bytes.</summary>
    public static Parsed<Resource> Read(ReadOnlySpan<byte> utf8)
    {
        var (value, problem) = JsonText.Read(utf8);
        return value switch
        {
            null => new(null, problem),
            ObjectNode root when From(root) is { } resource => new(resource, null),
            _ => new(null, new JsonProblem("expected an object with a resourceType, got none", 0)),
        };
    }

    /// <summary>The resource in an object, null where it has no <c>resourceType</c>.</summary>
    public static Resource? From(Node? node) =>
        node is ObjectNode root && root.Text("resourceType") is { Length: > 0 } type ? new Resource(root, type) : null;

    /// <summary>A resource that this product builds itself.</summary>
    public static Resource Create(string type, params ReadOnlySpan<(string Name, Node? Value)> members) =>
        new(new ObjectNode([new Member("resourceType", new TextNode(type)), .. Node.Object(members).Members]), type);

    /// <summary>This resource with a top-level member set, or removed by null.</summary>
    public Resource With(string name, Node? value) => new(Root.With(name, value), Type);

    /// <summary>This resource with an id, which stands right behind the type.</summary>
    public Resource WithId(string? id)
    {
        if (Root["id"] is not null || id is null)
        {
            return With("id", id);
        }

        return new Resource(new ObjectNode(Root.Members.Insert(1, new Member("id", new TextNode(id)))), Type);
    }

    /// <summary>This resource with version and instant of its last change, as a server sets them.</summary>
    public Resource WithVersion(string? versionId, DateTimeOffset? lastUpdated)
    {
        var meta = (Root.Child("meta") ?? ObjectNode.Empty)
            .With("versionId", versionId)
            .With("lastUpdated", lastUpdated is { } at ? InstantText(at) : null);
        return With("meta", meta.Members.IsEmpty ? null : meta);
    }

    /// <summary>The resource as compact UTF-8 JSON.</summary>
    public byte[] ToUtf8() => JsonText.Write(Root);

    public override string ToString() => Path;

    /// <summary>An instant as FHIR writes it: UTC, milliseconds, Z.</summary>
    public static string InstantText(DateTimeOffset at) =>
        at.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);

    /// <summary>
    /// A FHIR instant, or a dateTime with a zone; null for anything else. Second 60 (a leap second, legal in FHIR)
    /// counts as the last instant of its minute.
    /// </summary>
    public static DateTimeOffset? Instant(string? text)
    {
        if (text is not { Length: >= 20 } || text[10] != 'T')
        {
            return null;
        }

        if (text.AsSpan(17, 2) is "60")
        {
            text = string.Concat(text.AsSpan(0, 17), "59.999", text.AsSpan(text.IndexOfAny(['Z', '+', '-'], 19)));
        }

        return DateTimeOffset.TryParse(
            text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal,
            out var at)
            ? at
            : null;
    }
}
