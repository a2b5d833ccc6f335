using System.Collections.Immutable;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using FhirOrchestrator.Fhir.Definitions.Packages;
using FhirOrchestrator.Fhir.Json;
using FhirOrchestrator.Fhir.Profiles;
using FhirOrchestrator.Tests.Support;

namespace FhirOrchestrator.Tests.Corpus;

/// <summary>A case of the validator suite.</summary>
/// <param name="Facts">What the manifest says of it.</param>
/// <param name="Content">The bytes to validate.</param>
internal sealed record ValidatorCase(ObjectNode Facts, byte[] Content)
{
    public string Name => $"{Facts.Text("name")} ({Facts.Text("file")})";

    /// <summary>True of tier A: invalid by R4 alone. The others are valid.</summary>
    public bool IsInvalid => Facts.Text("tier") == "A";

    /// <summary>The file of the profile, null where R4 alone counts.</summary>
    public string? Profile => Facts.Text("profile");

    /// <summary>The files to load before.</summary>
    public IEnumerable<string> Supporting => Facts.Items("supporting").Select(each => each.AsText ?? "");

    /// <summary>A validator that knows the case's profiles.</summary>
    public Validator Validator()
    {
        var files = Supporting.Append(Profile).OfType<string>()
            .SelectMany(file => ValidatorSuite.Resources(file).Select(root => new ConformanceFile(file, root)))
            .ToImmutableArray();
        return files.IsEmpty
            ? FhirOrchestrator.Fhir.Profiles.Validator.R4
            : new Validator(ProfileCatalog.Of(ConformanceSet.Of(new ConformanceFiles(files, []))));
    }

    /// <summary>What the case asks for.</summary>
    public ValidationOptions Options() => new()
    {
        IsContainedSkipped = Facts.Child("options")?.Text("validateContains") == "IGNORE",
        AreReferencesTrusted = Facts.Child("options")?["assumeValidRestReferences"] is not null,
        Profiles = Profile is { } file
            ? [.. ValidatorSuite.Resources(file).Select(root => root.Text("url")).OfType<string>().Take(1)]
            : [],
    };

    /// <summary>Where the reference implementation finds the first error; null where it does not say.</summary>
    public string? FirstPath => Facts.Child("base")?.Children("issues").FirstOrDefault()?.Text("expression");
}

/// <summary>The validator suite: 45 cases that are invalid by R4 alone, 151 that are valid.</summary>
internal static class ValidatorSuite
{
    private const string Folder = "data/validator";

    public static IReadOnlyList<ValidatorCase> Cases()
    {
        var folder = SharedFolder.Path(Folder);
        var manifest = JsonText.Read(File.ReadAllBytes(Path.Combine(folder, "manifest.json"))).Value as ObjectNode;
        return [.. (manifest ?? ObjectNode.Empty).Children("cases").Select(facts => new ValidatorCase(
            facts, Content(Path.Combine(folder, "files", facts.Text("file") ?? ""), facts)))];
    }

    /// <summary>The bytes of a file of the suite.</summary>
    public static byte[] Read(string file) => File.ReadAllBytes(SharedFolder.Path($"{Folder}/files/{file}"));

    /// <summary>The conformance resource of a file, or those of a bundle.</summary>
    public static IEnumerable<ObjectNode> Resources(string file) => JsonText.Read(Read(file)).Value switch
    {
        ObjectNode root when root.Text("resourceType") == "Bundle" => root.Children("entry")
            .Select(entry => entry.Child("resource")).OfType<ObjectNode>(),
        ObjectNode root => [root],
        _ => [],
    };

    // Two cases ask for a reader that skips comments, which this product's does not: they are taken out before.
    private static byte[] Content(string path, ObjectNode facts)
    {
        var bytes = File.ReadAllBytes(path);
        return facts.Child("options")?["allow-comments"] is null
            ? bytes
            : Encoding.UTF8.GetBytes(JsonNode.Parse(
                bytes, documentOptions: new JsonDocumentOptions { CommentHandling = JsonCommentHandling.Skip })!
                .ToJsonString());
    }
}
