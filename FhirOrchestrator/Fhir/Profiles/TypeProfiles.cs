using FhirOrchestrator.Fhir.Definitions;
using FhirOrchestrator.Fhir.Json;

namespace FhirOrchestrator.Fhir.Profiles;

/// <summary>The profiles that an element's type names, and those of a reference's target.</summary>
internal static class TypeProfiles
{
    public static void Check(ValidationRun run, RuleNode rule, Place place)
    {
        var type = rule.Types.FirstOrDefault(each => each.Code == place.Type)
            ?? rule.Types.FirstOrDefault(each => place.IsResourceOf(each.Code));
        if (type is null)
        {
            return;
        }

        // An extension is checked against the definition of its own URL; the slice only says which one is meant.
        if (!type.Profiles.IsEmpty && place.Shape is not { Trait: TypeTrait.Extension })
        {
            AnyOf(run, type.Profiles, place);
        }

        if (place.Value is ObjectNode reference && place.Shape is { Trait: TypeTrait.Reference })
        {
            Aggregation(run, type.Aggregations, reference, place);
            if (!type.Targets.IsEmpty)
            {
                Target(run, type.Targets, reference, place);
            }
        }
    }

    // One profile tells what is wrong; of several the value must conform to one.
    private static void AnyOf(ValidationRun run, ImmutableArray<string> urls, Place place)
    {
        var profiles = new List<Profile>();
        foreach (var url in urls)
        {
            if (ProfileCatalog.IsType(url))
            {
                profiles.Clear();
                return;
            }

            var (profile, problem) = run.Catalog.Find(url);
            if (profile is null)
            {
                run.Warning("not-found", $"expected a profile that is known and usable, got {url}: {problem}");
                return;
            }

            profiles.Add(profile);
        }

        if (profiles.Count == 1)
        {
            ProfileWalk.Run(run, profiles[0], place);
        }
        else if (!profiles.Exists(profile => run.Passes(() => ProfileWalk.Run(run, profile, place))))
        {
            run.Error(
                "structure",
                $"expected one of {string.Join(", ", profiles.Select(each => each.Name))}, got none of them");
        }
    }

    private static void Aggregation(
        ValidationRun run, ImmutableArray<string> modes, ObjectNode reference, Place place)
    {
        if (modes.IsEmpty || reference.Text("reference") is not { } text)
        {
            return;
        }

        var mode = text is ['#', ..] ? "contained"
            : place.Frame.InBundle(text) is not null ? "bundled" : "referenced";
        if (!modes.Contains(mode) && !(mode == "bundled" && modes.Contains("referenced"))
            && !(mode == "referenced" && place.Frame.Bundle is null && modes.Contains("bundled")))
        {
            run.Error("structure", $"expected a reference that is {string.Join(" or ", modes)}, got one {mode}");
        }
    }

    private static void Target(
        ValidationRun run, ImmutableArray<string> targets, ObjectNode reference, Place place)
    {
        if (place.Frame.Resolve(reference.Text("reference")) is { } target)
        {
            if (!targets.Any(url => Conforms(run, url, target)))
            {
                run.Error(
                    "structure",
                    $"expected a reference to {string.Join(" or ", targets)}, got one to another {target.Type}");
            }

            return;
        }

        // Not at hand: what the reference says of its type is a claim that nobody here can check.
        if (ReferenceCheck.TypeOfTarget(place.Frame, reference) is { } type
            && !targets.Any(url => run.Catalog.TypeOf(url) is not { } allowed
                || FhirDefinitions.R4.Type(type)?.Is(allowed) != false))
        {
            run.Warning("structure", $"expected a reference to {string.Join(" or ", targets)}, got one to {type}");
        }
    }

    private static bool Conforms(ValidationRun run, string url, ResourceFrame target)
    {
        if (ProfileCatalog.IsType(url))
        {
            return run.Catalog.TypeOf(url) is { } type && FhirDefinitions.R4.Type(target.Type)?.Is(type) == true;
        }

        var (profile, _) = run.Catalog.Find(url);
        return profile is null
            || (FhirDefinitions.R4.Type(target.Type)?.Is(profile.Type) == true
                && run.Passes(() => ProfileWalk.Run(run, profile, Place.Of(target))));
    }
}
