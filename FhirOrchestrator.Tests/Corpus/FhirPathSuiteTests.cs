using System.Collections.Concurrent;
using System.Diagnostics;
using FhirOrchestrator.Fhir.Json;
using FhirOrchestrator.Fhir.Path;
using FhirOrchestrator.Fhir.Profiles;
using FhirOrchestrator.Tests.Support;

namespace FhirOrchestrator.Tests.Corpus;

/// <summary>
/// The official FHIRPath suite for R4, against <c>Corpus/fhirpath-known-gaps.json</c>: a test named there must fail,
/// any other must pass, so that the list only shrinks.
/// </summary>
internal sealed class FhirPathSuiteTests
{
    private const string SuiteFolder = "data/fhirpath/official-r4";
    private static readonly ConcurrentDictionary<string, Resource> Inputs = new(StringComparer.Ordinal);

    [TestCase("UTC")]
    [TestCase("America/St_Johns")]
    [TestCase("Pacific/Kiritimati")]
    public void Suite_AgainstKnownGaps_OnlyTheGapsFail(string zone)
    {
        var context = ContextIn(TimeZoneInfo.FindSystemTimeZoneById(zone));
        var folder = SharedFolder.Path(SuiteFolder);
        var cases = ReadArray(Path.Combine(folder, "tests-fhir-r4.json"));
        var gaps = ReadGaps();
        var problems = new List<string>();
        var byTier = new SortedDictionary<string, (int Passed, int All)>(StringComparer.Ordinal);
        var met = new HashSet<string>(StringComparer.Ordinal);
        var watch = Stopwatch.StartNew();
        foreach (var each in cases)
        {
            var name = UniqueName(each, met);
            var failure = Run(each, folder, context);
            var tier = each.Text("tier") ?? "";
            var (passed, all) = byTier.GetValueOrDefault(tier);
            byTier[tier] = (passed + (failure is null ? 1 : 0), all + 1);
            var isGap = gaps.Contains(name);
            if (failure is null == isGap)
            {
                problems.Add(isGap
                    ? $"{name}: is a known gap, yet it passes"
                    : $"{name}: {each.Text("expression")}: {failure}");
            }
        }

        foreach (var (tier, (passed, all)) in byTier)
        {
            TestContext.Out.WriteLine($"FHIRPath {tier} in {zone}: {passed} of {all}");
        }

        TestContext.Out.WriteLine($"{cases.Count} tests in {watch.ElapsedMilliseconds} ms; {gaps.Count} known gaps");
        problems.AddRange(gaps.Except(met, StringComparer.Ordinal)
            .Select(gap => $"{gap}: is a known gap, yet no test"));
        Assert.That(problems, Is.Empty, string.Join('\n', problems));
    }

    // Some names occur twice: the second one is told apart by a number.
    private static string UniqueName(ObjectNode each, HashSet<string> met)
    {
        var name = $"{each.Text("group")}/{each.Text("name")}";
        for (var number = 2; !met.Add(name); number++)
        {
            name = $"{each.Text("group")}/{each.Text("name")}#{number}";
        }

        return name;
    }

    // The moment is another day in each zone, and its offset another one in summer.
    private static PathContext ContextIn(TimeZoneInfo zone) => Validator.ContextOf(() => Validator.R4) with
    {
        Now = TimeZoneInfo.ConvertTime(new DateTimeOffset(2026, 3, 2, 11, 30, 15, 250, TimeSpan.Zero), zone),
        Zone = zone,
    };

    private static string? Run(ObjectNode each, string folder, PathContext context)
    {
        var invalid = each.Text("invalid");
        try
        {
            var focus = each.Text("input") is { } file ? PathItem.Of(Input(folder, file)) : null;
            var expression = PathExpression.Compile(each.Text("expression") ?? "", PathDialect.Strict);
            if (each.Text("predicate") == "true")
            {
                // Convert to boolean: anything there is true.
                var found = expression.Evaluate(focus, context);
                return Compare(each,
                    [PathItem.OfBoolean(found is not [] and not [{ Value: BooleanItem { IsTrue: false } }])]);
            }

            var items = expression.Evaluate(focus, context);
            return invalid is null ? Compare(each, items) : $"expected an error ({invalid}), got {Show(items)}";
        }
        catch (FhirPathException error)
        {
            return invalid is null ? "error: " + error.Message : null;
        }
    }

    private static string? Compare(ObjectNode each, IReadOnlyList<PathItem> items)
    {
        var expected = each.Children("outputs").ToList();
        var isOrdered = each.Text("ordered") != "false";
        if (expected.Count != items.Count)
        {
            return $"expected {expected.Count} items, got {Show(items)}";
        }

        var left = items.ToList();
        foreach (var output in expected)
        {
            var at = isOrdered ? (Fits(output, left[0]) ? 0 : -1) : left.FindIndex(item => Fits(output, item));
            if (at < 0)
            {
                return $"expected {output.Text("type")} {output.Text("value")}, got {Show(items)}";
            }

            left.RemoveAt(at);
        }

        return null;
    }

    private static bool Fits(ObjectNode output, PathItem item)
    {
        var text = item.Value switch
        {
            TemporalItem { TypeName: "Time" } time => "@T" + time.AsText(),
            TemporalItem moment => "@" + moment.AsText(),
            { } value when item is ElementItem { Node: ObjectNode } => value.AsText(),
            _ => item.AsText(),
        };
        var type = output.Text("type");

        // The suite calls the results of date arithmetic "date" even where they are dateTimes.
        var isType = type is null
            || string.Equals(type, item.TypeName, StringComparison.OrdinalIgnoreCase)
            || (type == "date" && item.TypeName == "DateTime");
        return isType && text == output.Text("value");
    }

    private static string Show(IReadOnlyList<PathItem> items) =>
        $"[{string.Join(", ", items.Select(Show))}]";

    private static string Show(PathItem item) =>
        $"{item.TypeName} {(item.AsText() is { Length: < 60 } text ? text : "…")}";

    private static Resource Input(string folder, string file) => Inputs.GetOrAdd(
        file,
        (name, from) => Resource.Read(File.ReadAllBytes(Path.Combine(from, "input", name))).Value
            ?? throw new InvalidOperationException($"expected a resource, got none in {name}"),
        folder);

    private static List<ObjectNode> ReadArray(string path) =>
        JsonText.Read(File.ReadAllBytes(path)).Value is ArrayNode array
            ? [.. array.Items.OfType<ObjectNode>()]
            : throw new InvalidOperationException($"expected an array, got none in {path}");

    private static HashSet<string> ReadGaps()
    {
        var path = Path.Combine(FolderOfTests(), "Corpus", "fhirpath-known-gaps.json");
        return JsonText.Read(File.ReadAllBytes(path)).Value is ObjectNode gaps
            ? [.. gaps.Members.Select(member => member.Name)]
            : throw new InvalidOperationException("expected an object of known gaps, got none");
    }

    private static string FolderOfTests([System.Runtime.CompilerServices.CallerFilePath] string here = "") =>
        Path.GetDirectoryName(Path.GetDirectoryName(here)) ?? ".";
}
