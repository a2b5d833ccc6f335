using FhirOrchestrator.Fhir.Json;

namespace FhirOrchestrator.Fhir.Profiles;

/// <summary>What holds between the entries of a Bundle beyond its invariants (R4, bundle).</summary>
internal static class BundleCheck
{
    public static void Run(ValidationRun run, ResourceFrame bundle)
    {
        var entries = bundle.Root.Items("entry");
        for (var at = 0; at < entries.Length; at++)
        {
            if (entries[at] is ObjectNode entry)
            {
                run.Trail.Down("entry", at);
                Entry(run, entry);
                run.Trail.Up();
            }
        }
    }

    private static void Entry(ValidationRun run, ObjectNode entry)
    {
        if (entry.Text("fullUrl") is not { } url)
        {
            return;
        }

        if (!AbsoluteUrl.Is(url))
        {
            run.ErrorAt("fullUrl", -1, "invalid", "expected an absolute URL, got another");
        }
    }
}
