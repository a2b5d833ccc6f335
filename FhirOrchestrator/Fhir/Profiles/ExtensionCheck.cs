using FhirOrchestrator.Fhir.Json;

namespace FhirOrchestrator.Fhir.Profiles;

/// <summary>
/// Extensions: an absolute URL, a value or nested extensions, and what their definition says of content and context
/// (R4, extensibility). One that is not known is let pass; a modifier that is not known is not, for nobody may act on
/// such a resource.
/// </summary>
internal static class ExtensionCheck
{
    /// <summary>Checks an extension that stands on a host.</summary>
    public static void Run(ValidationRun run, Place extension, bool isModifier, Host host)
    {
        if (extension.Value is not ObjectNode node)
        {
            return;
        }

        Content(run, node);
        if (node.Text("url") is not { Length: > 0 } url)
        {
            run.Error("structure", "expected an extension with a URL, got one without");
            return;
        }

        if (url.Contains('|', StringComparison.Ordinal))
        {
            run.Error("invalid", "expected an extension's URL without a version, got one with it");
        }
        else if (AbsoluteUrl.Is(url))
        {
            Known(run, extension, url, isModifier, host);
        }
        else if (host.Url is not { } outer)
        {
            run.ErrorAt("url", -1, "invalid", "expected an absolute URL, got another");
        }
        else if (run.Catalog.Find(outer).Profile is { } profile && !IsPart(profile, url))
        {
            run.Warning("structure", $"expected a part that {profile.Name} defines, got another");
        }
    }

    private static void Content(ValidationRun run, ObjectNode extension)
    {
        var hasValue = false;
        foreach (var member in extension.Members)
        {
            hasValue |= member.Name.StartsWith("value", StringComparison.Ordinal)
                || member.Name.StartsWith("_value", StringComparison.Ordinal);
        }

        if (hasValue == (extension["extension"] is not null))
        {
            run.Error(
                "invariant", $"expected ext-1: either extensions or a value, got {(hasValue ? "both" : "none")}");
        }
    }

    private static void Known(ValidationRun run, Place extension, string url, bool isModifier, Host host)
    {
        if (run.Catalog.Find(url).Profile is not { } profile)
        {
            run.Add(
                isModifier && !IsOfAnotherVersion(url) ? IssueSeverity.Error : IssueSeverity.Information, "extension",
                $"expected an extension that is known, got {Shortened(url)}");
            return;
        }

        if (profile.Root.IsModifier != isModifier)
        {
            run.Error(
                "extension",
                $"expected {profile.Name} as {(isModifier ? "extension" : "modifierExtension")}, got it as the other");
        }

        if (!ContextCheck.IsAllowed(run, profile.Definition, host))
        {
            run.Error("extension", $"expected {profile.Name} where its definition allows it, got it elsewhere");
        }

        ProfileWalk.Run(run, profile, extension);
    }

    // Parts of a complex extension are slices with a fixed URL; the list of them is open.
    private static bool IsPart(Profile profile, string url) => profile.Root.Child("extension") is not { } parts
        || parts.Slices.Count == 0
        || parts.Slices.Exists(slice => slice.Child("url")?.Fixed?.AsText == url);

    // Elements of other versions of FHIR are extensions that need no definition (R4, versions, "Extensions").
    private static bool IsOfAnotherVersion(string url)
    {
        const string Start = "http://hl7.org/fhir/";
        const string Middle = "/StructureDefinition/extension-";
        var middle = url.IndexOf(Middle, StringComparison.Ordinal);
        return middle > Start.Length && url.StartsWith(Start, StringComparison.Ordinal)
            && url[Start.Length..middle] is "1.0" or "3.0" or "4.0" or "4.3" or "5.0";
    }

    private static string Shortened(string url) => url.Length <= 200 ? url : url[..200] + "…";
}
