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
        var failures = texts.Select(text => Failure(text, null)).OfType<string>().ToList();
        TestContext.Out.WriteLine(
            $"{texts.Count} expressions of search parameters compiled in {watch.ElapsedMilliseconds} ms");
        Assert.That(failures, Is.Empty, string.Join('\n', failures));
    }

    [Test]
    public void Compile_EveryInvariantOfR4ForItsType_FailsOnlyForOne()
    {
        var definitions = FhirDefinitions.R4;
        var types = definitions.TypeNames.Select(definitions.Type).OfType<TypeDefinition>();
        var all = new HashSet<(string Text, string Type)>();
        foreach (var type in types)
        {
            Collect(type, all);
        }

        var failures = all.Select(each => Failure(each.Text, each.Type)).OfType<string>().ToList();
        TestContext.Out.WriteLine($"{all.Count} invariants by type, {failures.Count} refused");

        // R4 itself errs once: a warning on ChargeItemDefinition asks for a name that the type does not have.
        Assert.That(
            failures, Has.All.Contains("ChargeItemDefinition, got 'name'"),
            string.Join('\n', failures));
        Assert.That(failures, Has.Count.EqualTo(1));
    }

    private static void Collect(TypeDefinition type, HashSet<(string Text, string Type)> into)
    {
        into.UnionWith(type.Invariants.Select(each => (each.Expression, type.Name)));
        foreach (var element in type.Elements)
        {
            var content = element.Content ?? (element.Types.Length == 1 ? element.Types[0].Definition : null);
            into.UnionWith(element.Invariants.Select(each => (each.Expression, content?.Name ?? "Element")));
            if (element is { ContentReference: null, Content: { } own })
            {
                Collect(own, into);
            }
        }
    }

    private static string? Failure(string text, string? type)
    {
        try
        {
            PathExpression.Compile(text, focusType: type);
            return null;
        }
        catch (FhirPathException error)
        {
            return $"{text}: {error.Message}";
        }
    }
}
