using System.Text;
using FhirOrchestrator.Fhir.Json;
using FhirOrchestrator.Fhir.Path;

namespace FhirOrchestrator.Tests.Fhir.Path;

/// <summary>
/// Our own cases for each section of the FHIRPath specification (<see cref="SpecificationCases"/>), beside the official
/// suite: what the text says, case by case, and its examples.
/// </summary>
internal sealed class SpecificationTests
{
    private static readonly PathContext Context = new PathContext
    {
        Now = new DateTimeOffset(2026, 3, 2, 20, 15, 30, 250, TimeSpan.FromHours(-5)),
        Resolve = reference => reference == "Organization/1" ? Read(SpecificationCases.Organization) : null,
    }.With("seven", PathItem.OfInteger(7)).With("previous", []);

    private static readonly PathItem Focus = PathItem.Of(Read(SpecificationCases.Patient));

    [TestCaseSource(nameof(Cases))]
    public void Evaluate_CaseOfASection_GivesItsResult(string expression, string expected) =>
        Assert.That(Evaluated(expression), Is.EqualTo(expected));

    private static IEnumerable<TestCaseData> Cases()
    {
        foreach (var (section, lines) in SpecificationCases.Sections)
        {
            foreach (var line in lines.Split(
                '\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
            {
                var arrow = line.LastIndexOf("->", StringComparison.Ordinal);
                var expression = line[..arrow].Trim();
                yield return new TestCaseData(expression, line[(arrow + 2)..].Trim())
                    .SetArgDisplayNames(section, expression);
            }
        }
    }

    private static string Evaluated(string expression)
    {
        try
        {
            var items = PathExpression.Compile(expression).Evaluate(Focus, Context);
            return items.Count == 0 ? "{}" : string.Join(", ", items.Select(Shown));
        }
        catch (FhirPathException)
        {
            return "error";
        }
    }

    private static string Shown(PathItem item) => item.Value switch
    {
        StringItem text => $"'{text.Text}'",
        TemporalItem { TypeName: "Time" } time => "@T" + time.AsText(),
        TemporalItem moment => "@" + moment.AsText(),
        null => item.TypeName,
        var other => other.AsText(),
    };

    private static Resource Read(string json) =>
        Resource.Read(Encoding.UTF8.GetBytes(json)).Value ?? throw new InvalidOperationException("expected a resource");
}
