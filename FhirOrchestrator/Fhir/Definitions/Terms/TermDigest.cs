using System.Text.Json;

namespace FhirOrchestrator.Fhir.Definitions.Terms;

/// <summary>Reads code systems and value sets out of the embedded digest, each when it is first asked for.</summary>
internal static class TermDigest
{
    private const string FileName = "r4-terminology.json.gz";
    private static readonly Lazy<JsonElement> Content = new(() => EmbeddedFile.Read(FileName));

    /// <summary>The terminology of FHIR 4.0.1; nothing is read before the first question.</summary>
    public static Terminology Open() => new(System, Set);

    private static string WithoutVersion(string canonical) =>
        canonical.IndexOf('|', StringComparison.Ordinal) is >= 0 and var bar ? canonical[..bar] : canonical;

    private static CodeSystemDefinition? System(string canonical)
    {
        var url = WithoutVersion(canonical);
        return Content.Value.GetProperty("codeSystems").TryGetProperty(url, out var system)
            ? new CodeSystemDefinition(
                url, DigestReader.Text(system, "content") is null, DigestReader.Flag(system, "anyCase"),
                system.TryGetProperty("codes", out var codes) ? codes.EnumerateArray().SelectMany(Flat) : [])
            : null;
    }

    private static IEnumerable<Concept> Flat(JsonElement concept)
    {
        if (concept.ValueKind == JsonValueKind.String)
        {
            yield return new Concept(concept.GetString() ?? "", IsAbstract: false, [], []);
            yield break;
        }

        var children = concept.TryGetProperty("ch", out var below) ? below.EnumerateArray().ToImmutableArray() : [];
        yield return new Concept(
            DigestReader.Text(concept, "c") ?? "", DigestReader.Flag(concept, "a"), [.. children.Select(Code)], []);

        // A text below may be a code that stands elsewhere too: then this adds nothing to it.
        foreach (var child in children.SelectMany(Flat))
        {
            yield return child;
        }
    }

    private static string Code(JsonElement concept) => concept.ValueKind == JsonValueKind.String
        ? concept.GetString() ?? ""
        : DigestReader.Text(concept, "c") ?? "";

    private static ValueSetDefinition? Set(string canonical)
    {
        var url = WithoutVersion(canonical);
        return Content.Value.GetProperty("valueSets").TryGetProperty(url, out var set)
            ? new ValueSetDefinition(url, Rules(set, "i"), Rules(set, "x"))
            : null;
    }

    private static ImmutableArray<ValueSetRule> Rules(JsonElement set, string name) =>
        set.TryGetProperty(name, out var rules) ? [.. rules.EnumerateArray().Select(Rule)] : [];

    private static ValueSetRule Rule(JsonElement rule)
    {
        if (rule.ValueKind == JsonValueKind.String)
        {
            return new ValueSetRule(rule.GetString(), [], [], []);
        }

        return new ValueSetRule(
            DigestReader.Text(rule, "s"), Texts(rule, "c"),
            rule.TryGetProperty("f", out var filters)
                ? [.. filters.EnumerateArray().Select(DigestReader.Strings)
                    .Select(parts => new CodeFilter(parts[0], parts[1], parts[2]))]
                : [],
            Texts(rule, "vs"));
    }

    private static ImmutableArray<string> Texts(JsonElement rule, string name) =>
        rule.TryGetProperty(name, out var texts) ? DigestReader.Strings(texts) : [];
}
