using System.Diagnostics;
using FhirOrchestrator.Fhir.Definitions;
using FhirOrchestrator.Fhir.Path;

namespace FhirOrchestrator.Tests.Fhir.Path;

internal sealed class DefinitionExpressionTests
{
    [Test]
    public void Compile_EverySearchParameterOfR4_Succeeds()
    {
        var definitions = FhirDefinitions.R4;
        var texts = definitions.ResourceTypes.SelectMany(type => definitions.SearchParameters(type))
            .SelectMany(each => each.Components.Select(part => part.Expression).Append(each.Expression))
            .OfType<string>().ToHashSet(StringComparer.Ordinal);
        var watch = Stopwatch.StartNew();
        var failures = texts.Select(Failure).OfType<string>().ToList();
        TestContext.Out.WriteLine(
            $"{texts.Count} expressions of search parameters compiled in {watch.ElapsedMilliseconds} ms");
        Assert.That(failures, Is.Empty, string.Join('\n', failures));
    }

    [Test]
    public void Compile_EveryInvariantOfR4_FailsOnlyForHtmlChecks()
    {
        var definitions = FhirDefinitions.R4;
        var types = definitions.TypeNames.Select(definitions.Type).OfType<TypeDefinition>();
        var all = new HashSet<string>(StringComparer.Ordinal);
        foreach (var type in types)
        {
            Collect(type, all);
        }

        var failures = all.Select(Failure).OfType<string>().ToList();
        TestContext.Out.WriteLine($"{all.Count} invariants, {failures.Count} refused");
        Assert.That(failures, Has.All.Contains("htmlChecks"), string.Join('\n', failures));
    }

    private static void Collect(TypeDefinition type, HashSet<string> into)
    {
        into.UnionWith(type.Invariants.Select(each => each.Expression));
        foreach (var element in type.Elements)
        {
            into.UnionWith(element.Invariants.Select(each => each.Expression));
            if (element is { ContentReference: null, Content: { } content })
            {
                Collect(content, into);
            }
        }
    }

    private static string? Failure(string text)
    {
        try
        {
            PathExpression.Compile(text);
            return null;
        }
        catch (FhirPathException error)
        {
            return $"{text}: {error.Message}";
        }
    }
}
