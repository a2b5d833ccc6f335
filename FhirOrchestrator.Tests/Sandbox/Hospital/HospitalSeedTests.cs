using FhirOrchestrator.Fhir;
using FhirOrchestrator.Fhir.Json;
using FhirOrchestrator.Sandbox.Hospital;

namespace FhirOrchestrator.Tests.Sandbox.Hospital;

internal sealed class HospitalSeedTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 20, 8, 0, 0, TimeSpan.Zero);

    [Test]
    public void Build_SameSeed_IsTheSame()
    {
        var first = Text(1);
        Assert.That(Text(1), Is.EqualTo(first));
    }

    [Test]
    public void Build_AnotherSeed_IsAnother() => Assert.That(Text(1), Is.Not.EqualTo(Text(2)));

    [Test]
    public void Build_Usual_HasTheHouse()
    {
        var built = HospitalSeed.Build(new HospitalSize(), Now);
        var patients = built.Where(each => each.Type == "Patient").ToList();
        var stays = built.Where(each => each.Type == "Encounter").ToList();

        using (Assert.EnterMultipleScope())
        {
            Assert.That(patients, Has.Count.EqualTo(40));
            Assert.That(patients.Count(each => each.Root["generalPractitioner"] is not null), Is.EqualTo(20));
            Assert.That(patients.Select(each => Elements.IdentifierOf(each, "MR")), Is.Unique.And.All.Not.Null);
            Assert.That(built.Count(each => each.Type == "CareTeam"), Is.EqualTo(4));
            Assert.That(stays, Has.Count.EqualTo(25));
            Assert.That(stays.Select(Chart.BedOf), Is.Unique.And.All.Not.Null);
            Assert.That(stays.Select(each => Elements.IdentifierOf(each, "VN")), Is.Unique.And.All.Not.Null);
            Assert.That(stays.Select(Chart.SubjectId), Is.Unique);
            Assert.That(built.Select(each => each.Path), Is.Unique);
        }
    }

    [Test]
    public void Build_Usual_RefersOnlyToWhatIsThere()
    {
        var built = HospitalSeed.Build(new HospitalSize(), Now);
        var known = built.Select(each => each.Path).ToHashSet(StringComparer.Ordinal);

        Assert.That(built.SelectMany(each => References(each.Root)).Where(each => !known.Contains(each)), Is.Empty);
    }

    [Test]
    public void Build_ThreeSeeds_IsValidR4([Values(1, 7, 42)] int seed)
    {
        var problems = HospitalSeed.Build(new HospitalSize { Seed = seed }, Now)
            .SelectMany(each => R4Validity.Problems(each).Select(problem => $"{each.Path}: {problem}"));

        Assert.That(problems, Is.Empty);
    }

    public static IEnumerable<string> References(Node node) => node switch
    {
        ObjectNode each => each.Members.SelectMany(member => member is { Name: "reference", Value: TextNode text }
            ? [ResourceReference.Parse(text.Value).Path ?? text.Value]
            : References(member.Value)),
        ArrayNode each => each.Items.SelectMany(References),
        _ => [],
    };

    private static string Text(int seed) =>
        string.Join('\n', HospitalSeed.Build(new HospitalSize { Seed = seed }, Now)
            .Select(each => each.Root.ToString()));
}
