using FhirOrchestrator.Fhir.Json;

namespace FhirOrchestrator.Fhir.Profiles;

/// <summary>Contained resources (R4, references, "Contained Resources"; dom-2 to dom-5).</summary>
internal static class ContainedCheck
{
    public static void Run(ValidationRun run, ResourceFrame frame)
    {
        var contained = frame.Root.Items("contained");
        if (contained.IsEmpty)
        {
            return;
        }

        HashSet<string>? referenced = null;
        var ids = new HashSet<string>(StringComparer.Ordinal);
        for (var at = 0; at < contained.Length; at++)
        {
            if (contained[at] is not ObjectNode inner)
            {
                continue;
            }

            referenced ??= References(frame.Root);
            run.Trail.Down("contained", at);
            One(run, inner, ids, referenced);
            run.Trail.Up();
        }
    }

    private static void One(ValidationRun run, ObjectNode inner, HashSet<string> ids, HashSet<string> referenced)
    {
        if (inner["contained"] is not null)
        {
            run.Error("invariant", "expected dom-2: nothing contained in a contained resource, got some");
        }

        if (inner.Child("meta") is { } meta)
        {
            if (meta["versionId"] is not null || meta["lastUpdated"] is not null)
            {
                run.Error("invariant", "expected dom-4: no versionId or lastUpdated in a contained resource, got one");
            }

            if (meta["security"] is not null)
            {
                run.Error("invariant", "expected dom-5: no security label on a contained resource, got one");
            }
        }

        var id = inner.Text("id");
        if (id is not null && !ids.Add(id))
        {
            run.Error("invalid", "expected an id that no other contained resource has, got one twice");
        }

        if ((id is null || !referenced.Contains(id)) && !PointsAtContainer(inner))
        {
            run.Error("invariant", "expected dom-3: a contained resource that is referred to, got one that is not");
        }
    }

    // Every #id anywhere: Reference.reference, canonical, uri and url all look alike here.
    private static HashSet<string> References(ObjectNode root)
    {
        var found = new HashSet<string>(StringComparer.Ordinal);
        Collect(root, found);
        return found;
    }

    private static void Collect(Node node, HashSet<string> into)
    {
        switch (node)
        {
            case ObjectNode content:
                foreach (var member in content.Members)
                {
                    Collect(member.Value, into);
                }

                break;
            case ArrayNode array:
                foreach (var item in array.Items)
                {
                    Collect(item, into);
                }

                break;
            case TextNode { Value: ['#', ..] text }:
                into.Add(text[1..]);
                break;
            case TextNode { Value: ['<', ..] markup }:
                Links(markup, into);
                break;
            default:
                break;
        }
    }

    // A narrative shows a contained image by its id.
    private static void Links(string markup, HashSet<string> into)
    {
        foreach (var quote in (ReadOnlySpan<char>)['"', '\''])
        {
            for (var at = markup.IndexOf($"={quote}#", StringComparison.Ordinal); at >= 0;)
            {
                var end = markup.IndexOf(quote, at + 3);
                if (end < 0)
                {
                    return;
                }

                into.Add(markup[(at + 3)..end]);
                at = markup.IndexOf($"={quote}#", end, StringComparison.Ordinal);
            }
        }
    }

    private static bool PointsAtContainer(Node node) => node switch
    {
        ObjectNode content => content.Members.Any(member => PointsAtContainer(member.Value)),
        ArrayNode array => array.Items.Any(PointsAtContainer),
        TextNode { Value: "#" } => true,
        _ => false,
    };
}
