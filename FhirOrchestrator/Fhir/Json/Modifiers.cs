namespace FhirOrchestrator.Fhir.Json;

/// <summary>
/// What changes the meaning of a resource beyond what this product understands (R4, extensibility, modifierExtension;
/// resource, implicitRules). Whoever acts on such a resource may do harm.
/// </summary>
internal static class Modifiers
{
    /// <summary>The path of the first modifier that is not understood, null where there is none.</summary>
    public static string? FirstUnknown(Resource resource) =>
        resource.Root["implicitRules"] is not null
            ? $"{resource.Type}.implicitRules"
            : Find(resource.Root, resource.Type);

    private static string? Find(ObjectNode node, string path)
    {
        foreach (var member in node.Members)
        {
            var here = $"{path}.{member.Name}";
            if (member.Name == "modifierExtension")
            {
                return here;
            }

            // Contained resources too: what they say is acted on like the rest.
            foreach (var item in member.Value.AsItems)
            {
                if (item is ObjectNode child && Find(child, here) is { } found)
                {
                    return found;
                }
            }
        }

        return null;
    }
}
