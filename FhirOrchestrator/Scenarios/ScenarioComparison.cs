using System.Globalization;
using System.Xml;
using FhirOrchestrator.Chains;
using FhirOrchestrator.Facts;
using FhirOrchestrator.Fhir.Json;
using FhirOrchestrator.Outcomes;
using FhirOrchestrator.Plans;
using FhirOrchestrator.Storage;

namespace FhirOrchestrator.Scenarios;

/// <summary>Compares what a scenario expects with what there is: at the EHR, in the chain, in the verdicts.</summary>
/// <param name="start">The scenario's start, which due times count from.</param>
internal sealed class ScenarioComparison(ScenarioWorld world, DateTimeOffset start)
{
    private const string None = "none";
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    /// <summary>What is not as expected, a line each.</summary>
    public ImmutableArray<string> Compare(ScenarioExpectation expected)
    {
        var problems = new List<string>();
        CompareChain(expected, problems);
        if (expected.Tasks is { } tasks)
        {
            var pairing = new Pairing<ExpectedTask>("Task", task => (task.Step, task.Round), Differences);
            problems.AddRange(pairing.Compare(tasks, Ours("Task")));
        }

        if (expected.Communications is { } messages)
        {
            var pairing = new Pairing<ExpectedMessage>("Communication", message => (message.Step, null), Differences);
            problems.AddRange(pairing.Compare(messages, Ours("Communication")));
        }

        if (problems.Count > 0)
        {
            problems.AddRange(Incidents());
        }

        return [.. problems];
    }

    private void CompareChain(ScenarioExpectation expected, List<string> problems)
    {
        var chain = FirstChain();
        AddDifference(problems, "the chain", expected.Chain, chain is null ? None : PhaseOf(chain.State.Phase));
        AddDifference(problems, "the chain's reason", expected.ChainReason, chain?.State.Reason?.Value);
        AddDifference(problems, "the last verdict", expected.MatchReason, LastVerdict()?.Reason);
    }

    private static void AddDifference(List<string> problems, string what, string? expected, string? actual)
    {
        if (expected is not null && expected != actual)
        {
            problems.Add($"expected {what} {expected}, got {actual ?? None}");
        }
    }

    // A scenario is about the chain that it starts first; a later one of the same plan shows in Tasks and messages.
    private ChainRecord? FirstChain() => world.Tables.Verdicts
        .Where(each => each.Noted.Verdict is { Kind: MatchKind.Started, Chain: not null })
        .Select(each => each.Noted.Verdict.Chain is { } id ? world.Tables.Chains.GetValueOrDefault(id)?.Record : null)
        .FirstOrDefault(chain => chain is not null);

    // About starting: what live chains were told, and our own writes coming back, say nothing of it.
    private MatchVerdict? LastVerdict() => world.Tables.Verdicts
        .Select(each => each.Noted.Verdict)
        .LastOrDefault(verdict => verdict.Kind == MatchKind.Quarantined
            || (verdict.Plan == world.Package.Definition.Plan.Url
                && verdict.Kind is MatchKind.Started or MatchKind.AlreadyStarted or MatchKind.NotMatched));

    private static string PhaseOf(ChainPhase phase) => phase switch
    {
        ChainPhase.Starting => "starting",
        ChainPhase.Running => "running",
        ChainPhase.Suspended => "suspended",
        ChainPhase.Held => "held",
        ChainPhase.Stopping => "stopping",
        ChainPhase.Completed => "completed",
        ChainPhase.Stopped => "stopped",
    };

    private ImmutableArray<Effected> Ours(string type) =>
    [
        .. from resource in world.Ehr.All(type)
           let identity = EffectIdentity.Of(resource, world.Installation.System)
           where identity is not null
           select new Effected(resource, identity),
    ];

    private IEnumerable<string> Incidents() => world.Tables.Chains.Values
        .SelectMany(chain => chain.Record.Incidents)
        .Select(incident => $"(open incident{(incident.Step is { } step ? $" of {step}" : "")}: "
            + $"{incident.Reason.Value}: {incident.Reason.Display})");

    private ImmutableArray<string> Differences(ExpectedTask expected, Effected actual)
    {
        var root = actual.Resource.Root;
        var differences = ImmutableArray.CreateBuilder<string>();
        Add(differences, "status", expected.Status, root.Text("status"));
        Add(differences, "priority", expected.Priority, root.Text("priority"));
        Add(differences, "owner", expected.Owner, root.Child("owner")?.Text("reference"));
        Add(differences, "pool", expected.Pool, CodeOf(root.Children("performerType").FirstOrDefault()));
        Add(differences, "reason", expected.Reason, CodeOf(root.Child("statusReason")));
        if (expected.Due is { } due)
        {
            var known = TaskReader.DueOf(actual.Resource) - start;
            if (known is not { } seen || (seen - due).Duration() >= Minute)
            {
                Add(differences, "due", XmlConvert.ToString(due), known is { } at ? XmlConvert.ToString(at) : None);
            }
        }

        return differences.DrainToImmutable();
    }

    private ImmutableArray<string> Differences(ExpectedMessage expected, Effected actual)
    {
        var root = actual.Resource.Root;
        var differences = ImmutableArray.CreateBuilder<string>();
        Add(differences, "status", expected.Status, root.Text("status"));
        var recipients = root.Children("recipient").Select(each => each.Text("reference")).OfType<string>().ToList();
        if (expected.Recipient is { } recipient && !recipients.Contains(recipient, StringComparer.Ordinal))
        {
            Add(differences, "recipient", recipient, recipients.Count == 0 ? None : string.Join(", ", recipients));
        }

        var said = string.Join(
            '\n', root.Children("payload").Select(each => each.Text("contentString")).OfType<string>());
        foreach (var text in expected.Contains.Where(text => !said.Contains(text, StringComparison.Ordinal)))
        {
            Add(differences, "payload with", $"'{text}'", $"'{said}'");
        }

        return differences.DrainToImmutable();
    }

    private static void Add(ImmutableArray<string>.Builder differences, string what, string? expected, string? actual)
    {
        if (expected is not null && expected != actual)
        {
            differences.Add($"expected {what} {expected}, got {actual ?? None}");
        }
    }

    private static string? CodeOf(ObjectNode? concept) => Elements.FirstCode(concept)?.Value ?? concept?.Text("text");

    /// <summary>A resource of ours at the EHR, and which step's round made it.</summary>
    private sealed record Effected(Resource Resource, EffectIdentity Identity)
    {
        public override string ToString() => string.Create(
            CultureInfo.InvariantCulture,
            $"{Identity.Step}, round {Identity.Round} ({Resource.Root.Text("status")})");
    }

    /// <summary>
    /// Pairs what is expected with what exists, in any order: each with the one of its step (and round) that differs
    /// least.
    /// </summary>
    private sealed class Pairing<T>(
        string type, Func<T, (string Step, int? Round)> nameOf, Func<T, Effected, ImmutableArray<string>> differences)
    {
        public List<string> Compare(ImmutableArray<T> expected, ImmutableArray<Effected> actual)
        {
            var problems = new List<string>();
            var left = actual.ToList();
            // Who names a round chooses first.
            foreach (var each in expected.OrderBy(each => nameOf(each).Round is null))
            {
                var (step, round) = nameOf(each);
                var name = round is { } number
                    ? string.Create(CultureInfo.InvariantCulture, $"{step}, round {number}")
                    : step;
                var best = left
                    .Where(one => one.Identity.Step.Value == step && (round is null || one.Identity.Round == round))
                    .Select(one => (Found: one, Differences: differences(each, one)))
                    .OrderBy(one => one.Differences.Length)
                    .FirstOrDefault();
                if (best.Found is null)
                {
                    problems.Add($"expected a {type} of {name}, got none");
                    continue;
                }

                left.Remove(best.Found);
                problems.AddRange(best.Differences.Select(difference => $"{type} of {name}: {difference}"));
            }

            problems.AddRange(left.Select(one => $"expected no {type} of {one.Identity.Step}, got {one}"));
            return problems;
        }
    }
}
