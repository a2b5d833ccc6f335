using FhirOrchestrator.Fhir.Definitions;
using FhirOrchestrator.Fhir.Json;

namespace FhirOrchestrator.Fhir.Profiles;

/// <summary>
/// What holds between the entries of a Bundle beyond its invariants (R4, bundle): a fullUrl is absolute and agrees with
/// the resource's id, and what a document or message is about travels with it.
/// </summary>
internal static class BundleCheck
{
    // What a document consists of (R4, documents, "Document content"): paths in the Composition.
    private static readonly ImmutableArray<string> OfDocument =
    [
        "subject", "encounter", "author", "attester.party", "custodian", "event.detail", "section.author",
        "section.focus", "section.entry",
    ];

    private static readonly ImmutableArray<string> OfMessage = ["focus"];

    public static void Run(ValidationRun run, ResourceFrame bundle)
    {
        var entries = bundle.Root.Items("entry");
        for (var at = 0; at < entries.Length; at++)
        {
            if (entries[at] is ObjectNode entry)
            {
                run.Trail.Down("entry", at);
                FullUrl(run, entry);
                run.Trail.Up();
            }
        }

        if (entries is not [ObjectNode first, ..] || first.Child("resource") is not { } head)
        {
            return;
        }

        var paths = (bundle.Root.Text("type"), head.Text("resourceType")) switch
        {
            ("document", "Composition") => OfDocument,
            ("message", "MessageHeader") => OfMessage,
            _ => [],
        };
        run.Trail.Down("entry", 0);
        run.Trail.Down("resource");
        foreach (var path in paths)
        {
            Travels(run, bundle, head, path.Split('.'), 0);
        }

        run.Trail.Up();
        run.Trail.Up();
    }

    private static void FullUrl(ValidationRun run, ObjectNode entry)
    {
        if (entry.Text("fullUrl") is not { } url)
        {
            return;
        }

        if (!AbsoluteUrl.Is(url))
        {
            run.ErrorAt("fullUrl", -1, "invalid", "expected an absolute URL, got another");
            return;
        }

        if (entry.Child("resource") is not { } resource || resource.Text("id") is not { } id
            || ResourceReference.Parse(url) is not { Type: { } type } named || !FhirDefinitions.R4.IsResource(type))
        {
            return;
        }

        if (type != resource.Text("resourceType"))
        {
            run.ErrorAt("fullUrl", -1, "invalid", "expected the type of the resource before its id, got another");
        }
        else if (named.Id != id)
        {
            // R4's own examples break this: a warning.
            run.Trail.Down("fullUrl");
            run.Warning("invalid", "expected the id of the resource at its end, got another");
            run.Trail.Up();
        }
    }

    // References at a path that point nowhere in the bundle.
    private static void Travels(ValidationRun run, ResourceFrame bundle, ObjectNode node, string[] path, int at)
    {
        var isList = node[path[at]] is ArrayNode;
        var items = node.Items(path[at]);
        for (var index = 0; index < items.Length; index++)
        {
            if (items[index] is not ObjectNode item)
            {
                continue;
            }

            run.Trail.Down(path[at], isList ? index : -1);
            if (at + 1 < path.Length)
            {
                Travels(run, bundle, item, path, at + 1);
            }
            else if (item.Text("reference") is { Length: > 0 } reference && reference[0] != '#'
                && bundle.InBundle(reference) is null)
            {
                run.Error("not-found", "expected what is referred to in the same bundle, got a reference to elsewhere");
            }

            run.Trail.Up();
        }

        // Sections hold sections.
        if (at == 0 && path[0] == "section")
        {
            for (var index = 0; index < items.Length; index++)
            {
                if (items[index] is ObjectNode section && section["section"] is not null)
                {
                    run.Trail.Down("section", index);
                    Travels(run, bundle, section, path, 0);
                    run.Trail.Up();
                }
            }
        }
    }
}
