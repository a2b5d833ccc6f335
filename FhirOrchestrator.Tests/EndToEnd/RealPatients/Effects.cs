using System.Collections.Immutable;
using System.Text.Json.Nodes;

namespace FhirOrchestrator.Tests.EndToEnd.RealPatients;

/// <summary>What must be true of everything that we wrote to the EHR, looked at there.</summary>
internal static class Effects
{
    /// <summary>
    /// Tasks for every chain that ran, a completed closing message for each, nothing twice, and nobody's Task about
    /// somebody else.
    /// </summary>
    /// <param name="ran">How many chains ran to their end.</param>
    /// <param name="stopped">How many were stopped; they may have a message, and its correction.</param>
    public static async Task CheckAsync(HospitalPair pair, int ran, int stopped, CancellationToken ct)
    {
        await pair.QuietAsync(TimeSpan.FromSeconds(60));
        var tasks = await pair.Fhir.SearchAsync("Task?_count=500", ct);
        var messages = await pair.Fhir.SearchAsync("Communication?_count=500", ct);
        var closings = messages.Count(message => StepOf(message) == "closing");
        var chains = tasks.Select(task => task["groupIdentifier"]?["value"]?.GetValue<string>()).Distinct().Count();
        await TestContext.Out.WriteLineAsync(
            $"{tasks.Length} Tasks of {chains} chains, {messages.Length} Communications, {closings} of them closing");

        Assert.That(Twice(tasks), Is.Empty, "two Tasks carry one identifier");
        Assert.That(Twice(messages), Is.Empty, "two Communications carry one identifier");
        Assert.That(closings, Is.EqualTo(ran), "closing Communications");
        Assert.That(chains, Is.InRange(ran, ran + stopped), "chains with Tasks");
        Assert.That(
            messages.Select(message => message["status"]!.GetValue<string>()), Is.All.EqualTo("completed"), "messages");
        Assert.That(
            messages.Select(message => message["sent"]), Is.All.Not.Null, "messages have an instant of sending");
        Assert.That(
            tasks.Select(task => task["status"]!.GetValue<string>()), Is.All.AnyOf("completed", "cancelled"), "Tasks");
    }

    /// <summary>The identifiers that more than one resource carries.</summary>
    public static IEnumerable<string> Twice(ImmutableArray<JsonObject> resources) => resources
        .Where(resource => resource["status"]?.GetValue<string>() != "entered-in-error")
        .Select(IdentifierOf)
        .GroupBy(identifier => identifier, StringComparer.Ordinal)
        .Where(group => group.Count() > 1)
        .Select(group => group.Key);

    /// <summary>The plan's step that made a resource.</summary>
    public static string StepOf(JsonObject resource) => IdentifierOf(resource).Split('/')[1];

    private static string IdentifierOf(JsonObject resource) => resource["identifier"]!.AsArray()
        .Select(identifier => identifier!["value"]!.GetValue<string>())
        .First(value => value.Split('/').Length == 3);
}
