using FhirOrchestrator.Fhir.Json;
using FhirOrchestrator.Fhir.Search;

namespace FhirOrchestrator.Tests.Corpus;

/// <summary>A case of fhir-candle's searches.</summary>
/// <param name="Type">Null of a compartment with all its types.</param>
/// <param name="Compartment"><c>Patient/id</c>, null where the search is confined to none.</param>
/// <param name="Scope">The name of a SMART launch scope, null for none.</param>
/// <param name="Entries">The matches and what is included; null where the case does not say.</param>
internal sealed record CandleCase(
    string? Type, string? Text, string? Compartment, string? Scope, long Total, int? Entries)
{
    /// <summary>The path and query below the base, percent-encoded.</summary>
    public string Url => (Compartment is null ? Type : $"{Compartment}/{Type ?? "*"}")
        + (Text is null ? "" : $"?{Encoded(Text)}");

    public static IReadOnlyList<CandleCase> Read(byte[] json) =>
    [
        .. ((ObjectNode)JsonText.Read(json).Value!).Children("cases").Select(each => new CandleCase(
            each.Text("type"),
            each.Text("query"),
            each.Text("compartment"),
            each.Text("patientScope"),
            long.Parse(each["total"]!.ToString(), null),
            each["entries"] is { } entries ? int.Parse(entries.ToString(), null) : null)),
    ];

    /// <summary>
    /// The query, confined to compartment and scope: a launch scope lets a person see the patient and the patient's
    /// compartment. Null where the scope lets nothing of the type be seen.
    /// </summary>
    public SearchQuery? Query(SearchReading reading)
    {
        var query = SearchQuery.Parse(Type ?? "", Encoded(Text ?? ""), reading).Query
            ?? throw new InvalidOperationException(
                $"{this}: {SearchQuery.Parse(Type ?? "", Text ?? "", reading).Problem}");
        if (Compartment is { } path)
        {
            query = query.Below(path.Split('/')[0], path.Split('/')[1])
                ?? throw new InvalidOperationException($"expected a type of {path}, got {Type}");
        }

        return Scope switch
        {
            null => query,
            "PatientExampleFull" => query.Within("Patient", "example"),
            "PatientDoesNotExistFull" => query.Within("Patient", "does-not-exist"),
            "PatientExamplePatientOnly" => Type == "Patient" ? query.Within("Patient", "example") : null,
            _ => throw new InvalidOperationException($"expected a known scope, got {Scope}"),
        };
    }

    public override string ToString() => $"{(Scope is null ? "" : Scope + ": ")}{Compartment}{Type}?{Text}";

    // The file's queries are not percent-encoded.
    private static string Encoded(string text) => string.Join('&', text.Split('&').Where(pair => pair.Length > 0)
        .Select(pair =>
        {
            var equals = pair.IndexOf('=', StringComparison.Ordinal);
            return $"{Uri.EscapeDataString(pair[..equals])}={Uri.EscapeDataString(pair[(equals + 1)..])}";
        }));
}
