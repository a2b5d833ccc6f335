using System.Collections.Immutable;

namespace FhirOrchestrator.Tests.Tidy;

/// <summary>
/// Every rule over the compiled assembly finds what is planted for it, and nothing in what is innocent.
/// </summary>
internal sealed class PlantedViolationTests
{
    private const string Root = "FhirOrchestrator.Tests.Tidy.Planted";

    private const string Table = """
        | `FhirOrchestrator/` | Its one job | May know |
        |---|---|---|
        | `Chains/` | pure | - |
        | `Storage/` | rows | Chains |
        | `Rest/` | door | Storage |
        """;

    private static readonly Lazy<ImmutableArray<Use>> Uses = new(() =>
        [.. AssemblyUses.Of(typeof(PlantedViolationTests).Assembly.Location)
            .Where(use => use.UserNamespace.StartsWith(Root, StringComparison.Ordinal))]);

    [Test]
    public void Layers_QualifiedUseInALambda_Seen()
    {
        var findings = AssemblyRules.Layers(Uses.Value, LayerTable.Parse(Table), Root).ToList();

        Assert.That(
            findings.Select(one => one.Words),
            Has.Some.EqualTo("Chains may not know Storage (in QualifiedAsync)")
                .And.Some.EqualTo("Chains may not know Rest (in GenericOnly)"));
        Assert.That(findings.Select(one => one.Subject), Has.None.Contains("PlantedDoor >"));
    }

    [Test]
    public void Stations_FolderWithoutRow_Seen()
    {
        var table = LayerTable.Parse(Table.Replace("| `Rest/` | door | Storage |", "", StringComparison.Ordinal));

        Assert.That(
            AssemblyRules.Stations(Uses.Value, table, Root).Select(one => one.Subject), Is.EqualTo(["Rest"]));
    }

    [Test]
    public void Blocking_ResultWaitAndHeldAwaiter_SeenAndAwaitIsNot() => Assert.That(
        AssemblyRules.Blocking(Uses.Value).Select(one => one.Subject.Split('.')[^1]),
        Is.EquivalentTo(["Blocks", "Waits", "HoldsAwaiter"]));

    [Test]
    public void Scheduling_RunAndConfigureAwait_Seen() => Assert.That(
        AssemblyRules.Scheduling(Uses.Value, Root).Select(one => one.Subject.Split('.')[^1]),
        Is.EquivalentTo(["Leaves", "ConfiguresAsync"]));

    [Test]
    public void ConsoleUse_Outside_Seen() => Assert.That(
        AssemblyRules.ConsoleUse(Uses.Value).Select(one => one.Subject.Split('.')[^1]), Is.EquivalentTo(["Speaks"]));

    [Test]
    public void Purity_ChanceAndTasks_SeenAndIteratorIsNot()
    {
        var members = AssemblyRules.Purity(Uses.Value, Root).Select(one => one.Subject.Split('.')[^1]).ToHashSet();

        Assert.That(members, Is.SupersetOf(new[] { "Chance", "Leaves", "Speaks" }));
        Assert.That(members, Does.Not.Contain("Innocent"));
    }

    [TestCase("ChainManager", true)]
    [TestCase("JsonHelpers", true)]
    [TestCase("BaseStore", true)]
    [TestCase("PatientInfo", true)]
    [TestCase("QueueService", true)]
    [TestCase("ServiceRequestMatcher", false)]
    [TestCase("DatabaseName", false)]
    [TestCase("BaselineReader", false)]
    [TestCase("Service", false)]
    public void Names_Filler_Seen(string type, bool isBanned) =>
        Assert.That(AssemblyRules.Names([type]).Any(), Is.EqualTo(isBanned));

    [TestCase("| `Chains/` | pure | Storage |\n| `Storage/` | rows | - |")]
    [TestCase("| `Chains/` | pure | Storrage |")]
    public void LayerTable_RowThatKnowsNoEarlierRow_Throws(string table) =>
        Assert.That(() => LayerTable.Parse(table), Throws.InstanceOf<FormatException>());

    [Test]
    public void LayerTable_SettingsAndTelemetry_MayBeKnownByAllBelow()
    {
        var table = LayerTable.Parse(
            "| `Telemetry/` | a | - |\n| `Chains/` | a | - |\n| `Settings/` | a | - |\n| `Rest/` | a | - |");

        Assert.That(
            (table.Allows("Rest", "Settings"), table.Allows("Chains", "Settings"), table.Allows("Chains", "Telemetry")),
            Is.EqualTo((true, false, true)));
    }

    [Test]
    public void Ratchet_NewFindingAndStaleException_BothTold()
    {
        Finding[] findings = [new("name", "A", "w"), new("name", "B", "w")];
        var exceptions = Ratchet.Read(["# comment", "name | A | a good reason", "name | C | a good reason"]);

        var (open, stale) = Ratchet.Compare(findings, exceptions, ["name"]);

        Assert.That(open.Select(one => one.Subject), Is.EqualTo(["B"]));
        Assert.That(stale, Is.EqualTo(["name | C"]));
    }

    [Test]
    public void Ratchet_ExceptionWithoutReason_Throws() =>
        Assert.That(() => Ratchet.Read(["name | A | "]), Throws.InstanceOf<FormatException>());
}
