using System.Globalization;
using System.Text;
using System.Text.Json;
using FhirOrchestrator.Fhir.Json;
using FhirOrchestrator.Fhir.Path;
using FhirOrchestrator.Fhir.Profiles;
using FhirOrchestrator.Fhir.Search;

namespace FhirOrchestrator.Bench;

/// <summary>
/// <c>bench fhir</c>: the speed of the FHIR core on one core, with made-up resources of the size that EHRs send. Takes
/// seconds; a Release build is what the targets speak of.
/// </summary>
internal static class FhirBench
{
    private const double ParseRatioMin = 0.8;
    private const double ConditionsMin = 1_000_000;
    private const double WheresMin = 400_000;
    private const double ValidationsMin = 5_000;
    private const double MatchMillisecondsMax = 1;
    private const int SubscriptionCount = 1_000;

    /// <summary>The resources of the bundle that is read: about 100 kB.</summary>
    private const int BundleEntries = 34;

    /// <summary>Measures all.</summary>
    public static ImmutableArray<Figure> Run(TimeProvider clock)
    {
        var rounds = new Rounds(clock);
        return [.. Paths(rounds, clock), .. Parsing(rounds), .. Validation(rounds), Matching(rounds)];
    }

    /// <summary>A bundle of about 100 kB: Encounters that differ in what real ones differ in.</summary>
    public static byte[] Bundle()
    {
        var entries = Enumerable.Range(0, BundleEntries).Select(at => Numbered(
            $$"""
            {"fullUrl":"urn:uuid:00000000-0000-4000-8000-{{at:D12}}","resource":{{Varied(at)}},
             "request":{"method":"POST","url":"Encounter"} }
            """));
        var text = $$"""{"resourceType":"Bundle","type":"transaction","entry":[{{string.Join(',', entries)}}]}""";
        return Encoding.UTF8.GetBytes(text);
    }

    private static string Varied(int at) => PathSpeedSamples.Encounter
        .Replace("V-2026-004711", Numbered($"V-2026-{at:D6}"), StringComparison.Ordinal)
        .Replace("2026-02-27T", Numbered($"2026-02-{(at % 27) + 1:D2}T"), StringComparison.Ordinal)
        .Replace("Dr. Example", Numbered($"Dr. Example {at}"), StringComparison.Ordinal);

    private static string Numbered(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private static IEnumerable<Figure> Paths(Rounds rounds, TimeProvider clock)
    {
        var context = PathContext.At(clock);
        var condition = PathExpression.Compile(PathSpeed.Condition);
        var where = PathExpression.Compile(PathSpeed.Where);
        var encounter = Read(PathSpeedSamples.Encounter);
        var task = Read(PathSpeedSamples.Task);
        var costs = rounds.Measure(
            () => Expect(condition.IsTrue(PathItem.Of(encounter), context)),
            () => Expect(where.Evaluate(PathItem.Of(task), context).Count == 1));
        yield return Rate("fhirpath_condition_per_second", costs[0], ConditionsMin, PathSpeed.Condition);
        yield return Rate("fhirpath_where_per_second", costs[1], WheresMin, PathSpeed.Where);
    }

    private static IEnumerable<Figure> Parsing(Rounds rounds)
    {
        (string Name, byte[] Utf8)[] inputs =
        [
            ("encounter", Encoding.UTF8.GetBytes(PathSpeedSamples.Encounter)),
            ("task", Encoding.UTF8.GetBytes(PathSpeedSamples.Task)),
            ("bundle", Bundle()),
        ];
        var ratios = new List<Figure>();
        var rates = new List<Figure>();
        foreach (var (name, utf8) in inputs)
        {
            var value = JsonText.Read(utf8).Value ?? throw new InvalidOperationException("expected JSON");
            var costs = rounds.Measure(
                () => JsonDocument.Parse(utf8).Dispose(),
                () => Expect(JsonText.Read(utf8).Value is not null),
                () => Expect(JsonText.Write(value).Length > 0));
            var size = string.Create(CultureInfo.InvariantCulture, $"{name}, {utf8.Length / 1000.0:F1} kB");
            ratios.Add(new Figure(
                $"parse_ratio_{name}", costs[1].Over(costs[0]), null, ParseRatioMin, false,
                $"reading over JsonDocument.Parse: {size}"));
            rates.Add(Rate($"parse_{name}_per_second", costs[1], null, $"reading: {size}"));
            rates.Add(Rate($"write_{name}_per_second", costs[2], null, $"writing: {size}"));
        }

        var worst = ratios.MinBy(each => each.Value) ?? throw new InvalidOperationException("expected ratios");
        return
        [
            worst with { Key = "parse_ratio_to_jsondocument", What = "the least of the ratios below" },
            .. ratios,
            .. rates,
        ];
    }

    private static IEnumerable<Figure> Validation(Rounds rounds)
    {
        var encounter = Read(PathSpeedSamples.Encounter);
        var task = Read(PathSpeedSamples.Task);
        var costs = rounds.Measure(
            () => Expect(Validator.R4.Validate(task).IsValid),
            () => Expect(Validator.R4.Validate(encounter).IsValid));
        yield return Rate("validate_task_per_second", costs[0], ValidationsMin, "validation against base R4: task");
        yield return Rate(
            "validate_encounter_per_second", costs[1], ValidationsMin, "validation against base R4: encounter");
    }

    private static Figure Matching(Rounds rounds)
    {
        var set = new CriteriaSet<int>(
            CriteriaSpeed.Subscriptions(SubscriptionCount).Select((query, at) => (at, query)));
        var encounter = Read(PathSpeedSamples.Encounter);
        var cost = rounds.Measure(() => Expect(set.Match(encounter).Count > 0))[0];
        return new Figure(
            "match_1000_subscriptions_ms", 1000 / cost.PerSecond, cost.Bytes, MatchMillisecondsMax,
            IsSmallerBetter: true, "one Encounter against 1,000 different subscriptions of three parameters");
    }

    private static Figure Rate(string key, Cost cost, double? target, string what) =>
        new(key, cost.PerSecond, cost.Bytes, target, IsSmallerBetter: false, what);

    // A bench whose work came to nothing must not print a figure.
    private static void Expect(bool isRight)
    {
        if (!isRight)
        {
            throw new InvalidOperationException("expected the operation to give its result, got another");
        }
    }

    private static Resource Read(string json) => Resource.Read(Encoding.UTF8.GetBytes(json)).Value
        ?? throw new InvalidOperationException("expected the sample to be a resource");
}
