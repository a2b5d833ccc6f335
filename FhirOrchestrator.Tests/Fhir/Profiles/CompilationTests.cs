using FhirOrchestrator.Fhir.Definitions;
using FhirOrchestrator.Fhir.Profiles;

namespace FhirOrchestrator.Tests.Fhir.Profiles;

/// <summary>Everything that R4 defines can be validated: no rule is left out because it cannot be run.</summary>
internal sealed class CompilationTests
{
    // Its rule is about AllergyIntolerance.substanceExposureRisk, which R4 does not have: a warning, where it is used.
    private const string Unusable =
        "http://hl7.org/fhir/StructureDefinition/allergyintolerance-substanceExposureRisk";

    [Test]
    public void Types_OfR4_HaveOnlyRulesThatCanBeRun()
    {
        var problems = FhirDefinitions.R4.TypeNames
            .Select(TypeShape.Of).OfType<TypeShape>()
            .SelectMany(shape => WithContents(shape, []))
            .SelectMany(shape => shape.Invariants.Concat(shape.Slots.SelectMany(slot => slot.Invariants)))
            .Where(rule => rule.Problem is not null)
            .Select(rule => $"{rule.Definition.Key}: {rule.Problem}")
            .Distinct();

        Assert.That(problems, Is.Empty);
    }

    [Test]
    public void Profiles_OfR4_CanAllBeUsed()
    {
        var problems = StandardProfiles.R4.Urls.Where(url => url != Unusable)
            .Select(url => (Url: url, Found: ProfileCatalog.R4.Find(url)))
            .SelectMany(each => each.Found.Profile is { } profile
                ? Nodes(profile.Root).SelectMany(node => node.Invariants)
                    .Where(rule => rule.Problem is not null)
                    .Select(rule => $"{each.Url}: {rule.Definition.Key}: {rule.Problem}")
                : [$"{each.Url}: {each.Found.Problem}"])
            .ToList();

        Assert.That(problems, Is.Empty);
    }

    private static IEnumerable<TypeShape> WithContents(TypeShape shape, HashSet<TypeShape> met)
    {
        if (!met.Add(shape))
        {
            return [];
        }

        return shape.Slots.Where(slot => slot.Definition.Content is not null)
            .SelectMany(slot => WithContents(TypeShape.Of(slot.Definition.Content!), met))
            .Prepend(shape);
    }

    private static IEnumerable<RuleNode> Nodes(RuleNode node) =>
        node.Children.Concat(node.Slices).SelectMany(Nodes).Prepend(node);
}
