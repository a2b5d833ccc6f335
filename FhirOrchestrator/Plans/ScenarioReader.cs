using System.Xml;
using FhirOrchestrator.Fhir;
using FhirOrchestrator.Fhir.Definitions;
using FhirOrchestrator.Fhir.Json;
using FhirOrchestrator.Plans.Shapes;

namespace FhirOrchestrator.Plans;

/// <summary>Reads scenario files as strictly as definitions: a test that is half understood proves nothing.</summary>
internal sealed class ScenarioReader(string file, ProblemList problems)
{
    /// <summary>Reads a scenario; null where it is not even an object.</summary>
    public static Scenario? Read(string file, ReadOnlySpan<byte> utf8, ProblemList problems)
    {
        var (node, problem) = JsonText.Read(utf8);
        if (node is not ObjectNode root)
        {
            problems.Add(file, "", problem is null ? "expected an object, got another JSON value"
                : $"{problem.Message} (byte {problem.Offset})");
            return null;
        }

        new ShapeWalk(file, problems).Walk(root, ScenarioShapes.Scenario, "scenario");
        return new ScenarioReader(file, problems).Read(new Placed(root, "scenario"));
    }

    /// <summary>Reports steps, reasons and outputs that the plan does not have.</summary>
    public static void CheckNames(ImmutableArray<Scenario> scenarios, PlanReading plan, ProblemList problems)
    {
        var steps = plan.Steps.Select(step => step.Definition.Name.Value).ToImmutableArray();
        foreach (var scenario in scenarios)
        {
            foreach (var step in StepsNamed(scenario).Except(steps, StringComparer.Ordinal))
            {
                problems.Add(
                    scenario.File, "steps", $"expected a step of the plan, got '{step}'", Nearest.Of(step, steps));
            }

            foreach (var edit in scenario.Steps.OfType<ScenarioStep.EditTask>().Select(each => each.Edit))
            {
                CheckOutputs(scenario.File, edit, plan, problems);
            }
        }
    }

    private static IEnumerable<string> StepsNamed(Scenario scenario) => scenario.Steps.SelectMany(step => step switch
    {
        ScenarioStep.EditTask edit => [edit.Edit.Step],
        ScenarioStep.Expect { Expected: var expected } =>
            (expected.Tasks ?? []).Select(task => task.Step.Split('.')[0])
                .Concat((expected.Communications ?? []).Select(message => message.Step)),
        _ => Enumerable.Empty<string>(),
    });

    private static void CheckOutputs(string file, ScenarioTaskEdit edit, PlanReading plan, ProblemList problems)
    {
        if (plan.Steps.FirstOrDefault(step => step.Definition.Name.Value == edit.Step) is not { } step)
        {
            return;
        }

        foreach (var (type, value) in edit.Outputs)
        {
            if (step.Template.Outputs.FirstOrDefault(rule => rule.Type == type) is not { } rule)
            {
                var known = step.Template.Outputs.Select(each => each.Type);
                problems.Add(file, "steps.task.output", $"expected an output of '{edit.Step}', got '{type}'",
                    Nearest.Of(type, known));
            }
            else if (!rule.Choices.IsEmpty && rule.Choices.All(choice => choice.Value != value))
            {
                var codes = rule.Choices.Select(choice => choice.Value).ToImmutableArray();
                problems.Add(file, "steps.task.output", $"expected {string.Join(" | ", codes)}, got '{value}'",
                    Nearest.Of(value, codes));
            }
        }
    }

    private Scenario Read(Placed root)
    {
        if (Resource.Instant(root.Text("start")) is not { } start)
        {
            problems.Add(file, "scenario.start", $"expected an instant with a zone, got '{root.Text("start")}'");
            start = DateTimeOffset.UnixEpoch;
        }

        var steps = ImmutableArray.CreateBuilder<ScenarioStep>();
        foreach (var step in root.Children("steps"))
        {
            if (ReadStep(step) is not { } read)
            {
                continue;
            }

            if (steps is [.., var last] && read.At < last.At)
            {
                problems.Add(
                    file, $"{step.Path}.at", $"expected a time not before the step above ({last.At}), got {read.At}");
            }

            steps.Add(read);
        }

        var given = root.Children("given").Select(each => ReadResource(each)).OfType<Resource>();
        return new Scenario(file, root.Text("title") ?? "", start, [.. given], steps.ToImmutable());
    }

    private ScenarioStep? ReadStep(Placed step)
    {
        var at = Offset(step.Text("at"), $"{step.Path}.at");
        string[] kinds = ["put", "change", "delete", "task", "expect"];
        var found = kinds.Where(kind => step.Node[kind] is not null).ToArray();
        if (found.Length != 1)
        {
            problems.Add(file, step.Path, $"expected one of {string.Join(" | ", kinds)}, got {found.Length}");
            return null;
        }

        return found[0] switch
        {
            "put" => step.Child("put") is { } put && ReadResource(put) is { } resource
                ? new ScenarioStep.Put(at, resource) : null,
            "change" => step.Child("change") is { } change
                ? new ScenarioStep.Change(
                    at, Reference(change, "resource"), change.Node.Child("set") ?? ObjectNode.Empty)
                : null,
            "delete" => new ScenarioStep.Delete(at, Reference(step, "delete")),
            "task" => step.Child("task") is { } task ? new ScenarioStep.EditTask(at, ReadEdit(task)) : null,
            _ => step.Child("expect") is { } expect ? new ScenarioStep.Expect(at, ReadExpectation(expect)) : null,
        };
    }

    private Resource? ReadResource(Placed node)
    {
        var resource = Resource.From(node.Node);
        if (resource?.Id is null || !FhirDefinitions.R4.IsResource(resource.Type))
        {
            problems.Add(file, node.Path, $"expected an R4 resource with an id, got '{resource?.Type}'");
            return null;
        }

        return resource;
    }

    private string Reference(Placed owner, string name)
    {
        var text = owner.Text(name) ?? "";
        if (Fhir.ResourceReference.Parse(text).Path != text)
        {
            problems.Add(file, $"{owner.Path}.{name}", $"expected Type/id, got '{text}'");
        }

        return text;
    }

    private static ScenarioTaskEdit ReadEdit(Placed task)
    {
        var outputs = task.Node.Child("output") ?? ObjectNode.Empty;
        return new ScenarioTaskEdit(
            task.Text("step") ?? "", task.Number("round"), task.Text("status"), task.Text("owner"), task.Text("reason"),
            outputs.Members.ToImmutableDictionary(each => each.Name, each => each.Value.AsText ?? ""),
            task.Node.Child("set") ?? ObjectNode.Empty);
    }

    private ScenarioExpectation ReadExpectation(Placed expect) => new(
        expect.Text("chain"), expect.Text("reason"), expect.Text("verdict"),
        expect.Node["tasks"] is null && expect.Node["noTasks"] is null ? null
            : [.. expect.Children("tasks").Select(ReadTask)],
        expect.Node["communications"] is null && expect.Node["noCommunications"] is null ? null
            : [.. expect.Children("communications").Select(ReadMessage)]);

    private ExpectedTask ReadTask(Placed task) => new(
        task.Text("step") ?? "", task.Number("round"), task.Text("status"), task.Text("priority"), task.Text("owner"),
        task.Text("pool"), task.Text("reason"), task.Text("due") is { } due ? Offset(due, $"{task.Path}.due") : null);

    private static ExpectedMessage ReadMessage(Placed message) => new(
        message.Text("step") ?? "", message.Text("status"), message.Text("recipient"),
        [.. message.Node.Items("contains").Select(each => each.AsText).OfType<string>()]);

    // ISO 8601 duration of fixed units.
    private TimeSpan Offset(string? text, string path)
    {
        try
        {
            if (text is not null && !text.Split('T')[0].AsSpan().ContainsAny('Y', 'M', '-'))
            {
                return XmlConvert.ToTimeSpan(text);
            }
        }
        catch (FormatException)
        {
            // Reported below, with what was expected.
        }

        problems.Add(file, path, $"expected a duration such as P2DT3H, got '{text}'");
        return TimeSpan.Zero;
    }
}
