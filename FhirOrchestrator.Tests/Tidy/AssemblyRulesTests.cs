using System.Collections.Immutable;

namespace FhirOrchestrator.Tests.Tidy;

/// <summary>Holds the rules against the server's compiled assembly.</summary>
internal sealed class AssemblyRulesTests
{
    private const string Root = "FhirOrchestrator";

    private static readonly string Server = typeof(Program).Assembly.Location;

    private static readonly string Tests = typeof(AssemblyRulesTests).Assembly.Location;

    private static readonly Lazy<ImmutableArray<Use>> Uses = new(() => AssemblyUses.Of(Server));

    private static LayerTable Table => LayerTable.Parse(Repository.Read("FhirOrchestrator/ARCHITECTURE.md"));

    [Test]
    public void Layers_Server_EveryStationKnowsOnlyItsRow() =>
        Ratchet.Hold([.. AssemblyRules.Layers(Uses.Value, Table, Root).DistinctBy(one => one.Subject),
            .. Repository.Sources("FhirOrchestrator").SelectMany(file => SourceRules.Usings(file, Table))], "layer");

    [Test]
    public void Stations_Server_AreRowsOfTheTable() =>
        Ratchet.Hold([.. AssemblyRules.Stations(Uses.Value, Table, Root)], "station");

    [Test]
    public void Blocking_Server_None() =>
        Ratchet.Hold([.. AssemblyRules.Blocking(Uses.Value)], "blocking");

    [Test]
    public void Scheduling_Server_OnlyInTheCompositionRoot() => Ratchet.Hold(
        [.. AssemblyRules.Scheduling(Uses.Value, Root),
            .. Repository.Sources("FhirOrchestrator").SelectMany(SourceRules.Continuations)], "scheduling");

    [Test]
    public void Console_Server_OnlyInProgram() => Ratchet.Hold([.. AssemblyRules.ConsoleUse(Uses.Value)], "console");

    [Test]
    public void Purity_Chains_NothingFromOutside() =>
        Ratchet.Hold([.. AssemblyRules.Purity(Uses.Value, Root)], "purity");

    [Test]
    public void Names_ServerAndTests_SayARole() => Ratchet.Hold(
        [.. AssemblyRules.Names([.. AssemblyUses.TypesOf(Server), .. AssemblyUses.TypesOf(Tests)])],
        "name");

    [Test]
    public void Uses_Server_SeenInNumbers()
    {
        TestContext.Out.WriteLine($"{Uses.Value.Length} uses between types of the server and all others");

        Assert.That(Uses.Value.Length, Is.GreaterThan(1000), "the reader of the assembly sees next to nothing");
    }
}
