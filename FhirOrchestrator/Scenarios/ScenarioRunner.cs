using System.Diagnostics;
using System.Globalization;
using System.Xml;
using FhirOrchestrator.Plans;

namespace FhirOrchestrator.Scenarios;

/// <summary>What playing a scenario came to.</summary>
/// <param name="Name">The package's name and the file's, such as <c>referral-intake/stat</c>.</param>
/// <param name="Passed">True where everything was as expected.</param>
/// <param name="Problems">What was not, a line each; without patient data beyond the scenario's own.</param>
internal sealed record ScenarioResult(string Name, bool Passed, ImmutableArray<string> Problems);

/// <summary>
/// Plays a package's scenarios: the server's own rounds, over a store and an EHR in memory and a clock that jumps from
/// step to step. Two weeks take milliseconds, and nothing outside this process is touched.
/// </summary>
internal static class ScenarioRunner
{
    /// <summary>Plays every scenario of a package, each in a world of its own.</summary>
    public static async Task<ImmutableArray<ScenarioResult>> RunAllAsync(WorkflowPackage package, CancellationToken ct)
    {
        var results = ImmutableArray.CreateBuilder<ScenarioResult>(package.Scenarios.Length);
        foreach (var scenario in package.Scenarios)
        {
            results.Add(await RunAsync(package, scenario, ct));
        }

        return results.DrainToImmutable();
    }

    /// <summary>What a scenario is called in reports.</summary>
    public static string NameOf(WorkflowPackage package, Scenario scenario) =>
        $"{package.Name}/{Path.GetFileNameWithoutExtension(scenario.File)}";

    /// <summary>Plays one scenario up to its first step that is not as expected.</summary>
    public static async Task<ScenarioResult> RunAsync(
        WorkflowPackage package, Scenario scenario, CancellationToken ct)
    {
        using var world = new ScenarioWorld(package, scenario.Start);
        foreach (var resource in scenario.Given)
        {
            world.Ehr.Keep(resource);
        }

        var name = NameOf(package, scenario);
        for (var at = 0; at < scenario.Steps.Length; at++)
        {
            var step = scenario.Steps[at];
            var problems = await PlayAsync(world, scenario, step, ct);
            if (!problems.IsEmpty)
            {
                var place = string.Create(
                    CultureInfo.InvariantCulture,
                    $"scenario {name}, step {at + 1} ({XmlConvert.ToString(step.At)})");
                return new ScenarioResult(name, false, [.. problems.Select(problem => $"{place}: {problem}")]);
            }
        }

        return new ScenarioResult(name, true, []);
    }

    private static async Task<ImmutableArray<string>> PlayAsync(
        ScenarioWorld world, Scenario scenario, ScenarioStep step, CancellationToken ct)
    {
        try
        {
            await world.MoveToAsync(scenario.Start + step.At, ct);
            var problems = Do(world, scenario, step);
            await world.SettleAsync(ct);
            var broken = world.Errors.Found.Select(error => $"expected no error of this server, got: {error}");
            return [.. problems, .. broken];
        }
        catch (ScenarioException stuck)
        {
            return [stuck.Message];
        }
        catch (Exception bug) when (bug is not OperationCanceledException)
        {
            // Which package and step this server breaks on is worth more than a stack of frames; the others go on.
            return [$"expected no error of this server, got {bug.GetType().Name}: {bug.Message}"];
        }
    }

    private static ImmutableArray<string> Do(ScenarioWorld world, Scenario scenario, ScenarioStep step)
    {
        switch (step)
        {
            case ScenarioStep.Put put:
                world.Ehr.Put(put.Resource);
                return [];
            case ScenarioStep.Change change:
                return One(ScenarioActs.Change(world, change));
            case ScenarioStep.Delete delete:
                return One(ScenarioActs.Delete(world, delete));
            case ScenarioStep.EditTask edit:
                return One(ScenarioActs.EditTask(world, edit.Edit));
            case ScenarioStep.Expect expect:
                return new ScenarioComparison(world, scenario.Start).Compare(expect.Expected);
            default:
                throw new UnreachableException();
        }
    }

    private static ImmutableArray<string> One(string? problem) => problem is null ? [] : [problem];
}
