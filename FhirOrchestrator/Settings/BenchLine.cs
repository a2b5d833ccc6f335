using FhirOrchestrator.Fhir;

namespace FhirOrchestrator.Settings;

/// <summary>What follows the verb <c>bench</c>: a name, and <c>--json</c>.</summary>
internal static class BenchLine
{
    private const string Form = "expected bench fhir [--json]";

    private static readonly ImmutableArray<string> Names = ["fhir", "chains", "intake", "screens"];

    /// <summary>Takes it apart.</summary>
    public static Verb Read(IReadOnlyList<string> tokens)
    {
        var names = tokens.Where(token => token != "--json").ToList();
        if (names.FirstOrDefault(name => name.StartsWith('-')) is { } option)
        {
            return Wrong($"{Form}, got \"{option}\"");
        }

        return names switch
        {
            ["fhir"] => new Verb.Bench("fhir", IsJson: names.Count < tokens.Count),
            ["chains"] => new Verb.Later("bench chains", 4),
            ["intake"] => new Verb.Later("bench intake", 5),
            ["screens"] => new Verb.Later("bench screens", 8),
            [] => Wrong($"{Form}, got no name"),
            [var name] => Wrong(
                $"{Form}, got \"{name}\"" + (Nearest.Of(name, Names) is { } near ? $"; did you mean {near}?" : "")),
            _ => Wrong($"{Form}, got {names.Count} names"),
        };
    }

    private static Verb.Say Wrong(string words) => new(words, CommandLine.ExitWrongUse);
}
