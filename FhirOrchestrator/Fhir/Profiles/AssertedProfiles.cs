namespace FhirOrchestrator.Fhir.Profiles;

/// <summary>The profiles that a resource claims to conform to, and those that somebody asks for.</summary>
internal static class AssertedProfiles
{
    /// <summary>Those of <c>meta.profile</c>; one that is not known is a warning.</summary>
    public static void OfMeta(ValidationRun run, ResourceFrame frame)
    {
        foreach (var item in frame.Root.Child("meta")?.Items("profile") ?? [])
        {
            if (item.AsText is { Length: > 0 } url && !ProfileCatalog.IsType(url) && !run.IsOver)
            {
                Hold(run, frame, url, IssueSeverity.Warning);
            }
        }
    }

    /// <summary>One that the caller asks for: it must be known. A type of R4 must be the resource's own.</summary>
    public static void Asked(ValidationRun run, ResourceFrame frame, string url)
    {
        if (ProfileCatalog.IsType(url))
        {
            var type = run.Catalog.TypeOf(url);
            if (type is not null && Definitions.FhirDefinitions.R4.Type(frame.Type)?.Is(type) != true)
            {
                run.Error("structure", $"expected {type}, got {frame.Type}");
            }

            return;
        }

        Hold(run, frame, url, IssueSeverity.Error);
    }

    private static void Hold(ValidationRun run, ResourceFrame frame, string url, IssueSeverity whereUnknown)
    {
        var (profile, problem) = run.Catalog.Find(url);
        if (profile is null)
        {
            run.Add(whereUnknown, "not-found", $"expected a profile that is known, got {url}: {problem}");
        }
        else
        {
            ProfileWalk.Run(run, profile, Place.Of(frame));
        }
    }
}
