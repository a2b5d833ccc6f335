using FhirOrchestrator.Fhir.Json;
using FhirOrchestrator.Fhir.Path;
using FhirOrchestrator.Tests.Support;

namespace FhirOrchestrator.Tests.Corpus;

/// <summary>
/// Broken and crossed expressions of the official suite: whatever they are, they end, and only as they may.
/// </summary>
internal sealed class FhirPathFuzzTests
{
    private const int Seed = 20260302;
    private const string Characters = "()[]{}.,|&=~<>+-*/%$@'`\\0123456789azT\0é";
    private static readonly string[] Signs = ["+", "-", "*", "/", "div", "mod", "&", "|", "=", "~", "<", ">="];

    private static readonly string[] Words =
    [
        "name", "given", ".", ".", ".where(", ".select(", ".repeat(", ".all(", "(", ")", ")", "[", "]", "{}", ",",
        "$this", "$index", "$total", "%context", "%x", "'a'", "'(a+)+'", "1", "2.5", "-", "@2024-02-29", "@T10:30",
        "3 days", "'mg'", "and", "or", "xor", "implies", "is", "as", "in", "contains", "String", "Patient", "FHIR",
        "sort(", "desc", "matches(", "join(", "iif(", "aggregate(", "defineVariable(", "trace(", "toQuantity(",
        "type()", "descendants()", "/*", "*/", "//", "|", "&", "=", "~", "!=", "<", "div", "mod", "/",
    ];

    private static readonly string[] Steps =
    [
        "toQuantity()", "toDecimal()", "power(99)", "toDateTime() + 9999999999 days", "lowBoundary()",
            "highBoundary(3)",
        "exp()", "sort()", "descendants()", "toString().toChars()", "distinct()", "repeat($this & 'a')",
    ];

    [Test]
    public void CompileAndEvaluate_MutatedSuite_FailsOnlyWithFhirPathException() => Run(6_000);

    [Test, Explicit("minutes long: by hand")]
    public void CompileAndEvaluate_AMillionMutants_FailsOnlyWithFhirPathException() => Run(1_000_000);

    private static void Run(int rounds)
    {
        var folder = SharedFolder.Path("data/fhirpath/official-r4");
        var texts = Texts(Path.Combine(folder, "tests-fhir-r4.json"));
        var focus = PathItem.Of(
            Resource.Read(File.ReadAllBytes(Path.Combine(folder, "input/patient-example.json"))).Value
            ?? throw new InvalidOperationException("expected a patient"));
        var context = new PathContext
        {
            Now = new DateTimeOffset(2026, 3, 2, 11, 30, 0, TimeSpan.Zero), StepsMax = 20_000, ItemsMax = 5_000,
        };
        var random = new Random(Seed);
        var (compiled, evaluated) = (0, 0);
        for (var round = 0; round < rounds; round++)
        {
            var text = Mutate(texts, random);
            try
            {
                var expression = PathExpression
                    .Compile(text, round % 2 == 0 ? PathDialect.Lenient : PathDialect.Strict);
                compiled++;
                foreach (var item in expression.Evaluate(focus, context))
                {
                    _ = item.AsText();
                    _ = item.ToNode();
                }

                evaluated++;
            }
            catch (FhirPathException)
            {
                // What a wrong expression is meant to end in.
            }
            catch (Exception unexpected)
            {
                Assert.Fail($"seed {Seed}, round {round}: {unexpected.GetType().Name} from: {text}\n{unexpected}");
            }
        }

        TestContext.Out.WriteLine($"seed {Seed}: {rounds} mutants, {compiled} compiled, {evaluated} evaluated");
    }

    private static List<string> Texts(string path) =>
        [.. JsonText.Read(File.ReadAllBytes(path)).Value is ArrayNode cases
            ? cases.Items.OfType<ObjectNode>().Select(each => each.Text("expression") ?? "")
            : throw new InvalidOperationException("expected an array")];

    private static string Mutate(List<string> texts, Random random)
    {
        var text = texts[random.Next(texts.Count)];
        var other = texts[random.Next(texts.Count)];
        var at = random.Next(text.Length + 1);
        var end = random.Next(at, text.Length + 1);
        var from = random.Next(other.Length + 1);
        return random.Next(7) switch
        {
            0 => text[..at] + text[end..],
            1 => text[..at] + other[from..],
            2 => text[..at] + Characters[random.Next(Characters.Length)] + text[at..],
            6 => string.Join(
                ' ', Enumerable.Range(0, random.Next(1, 16)).Select(_ => Words[random.Next(Words.Length)])),
            3 => $"({text}) {Signs[random.Next(Signs.Length)]} ({other})",
            4 => $"({text}).select({other})",
            _ => $"({text}).{Steps[random.Next(Steps.Length)]}",
        };
    }
}
