using System.Collections.Immutable;
using System.Text;
using FhirOrchestrator.Chains;
using FhirOrchestrator.Fhir.Json;
using FhirOrchestrator.Fhir.Path;
using FhirOrchestrator.Plans;

namespace FhirOrchestrator.Tests.Plans;

/// <summary>
/// Evaluates the expressions of a package over handmade resources, with the variables that a chain has.
/// </summary>
internal sealed class Evaluation
{
    private readonly WorkflowPackage package;
    private PathContext context;

    public Evaluation(WorkflowPackage package)
    {
        this.package = package;
        context = new PathContext { Now = new DateTimeOffset(2026, 3, 2, 9, 0, 0, TimeSpan.Zero) };
        string[] names =
        [
            "trigger", "patient", "chain", "steps", "round", "output", .. package.Inputs.Select(input => input.Name),
            .. package.Watches.Select(watch => watch.Name),
            .. package.Definition.Steps.Select(step => step.Name.Value),
        ];
        foreach (var name in names)
        {
            context = context.With(name, ImmutableArray<PathItem>.Empty);
        }

        With("chain", """{"started":"2026-03-02T09:00:00Z"}""").WithRound(1);
        foreach (var step in package.Definition.Steps)
        {
            WithStep(step.Name.Value, "pending");
        }
    }

    /// <summary>Sets a variable to JSON values; a text with a resourceType is that resource.</summary>
    public Evaluation With(string name, params ReadOnlySpan<string> json)
    {
        var items = ImmutableArray.CreateBuilder<PathItem>();
        foreach (var text in json)
        {
            items.Add(PathItem.Of(Read(text), "View"));
        }

        context = context.With(name, items.ToImmutable());
        return this;
    }

    public Evaluation WithRound(int round)
    {
        context = context.With("round", PathItem.OfInteger(round));
        return this;
    }

    /// <summary>Sets what a step's variable says, and the same in <c>%steps</c>.</summary>
    public Evaluation WithStep(string name, string status, string? outcome = null, params ReadOnlySpan<string> outputs)
    {
        var definition = package.Definition.Step(new StepName(name));
        Node?[] all =
        [
            outcome is null ? null : Node.Object(("type", "outcome"), ("code", outcome)),
            .. outputs.ToArray().Select(Read),
        ];
        var view = Node.Object(
            ("name", name), ("title", definition.Title),
            ("kind", definition.Kind == StepKind.HumanTask ? "human-task" : "communication"), ("status", status),
            ("outcome", outcome), ("output", Node.Array(all)));
        context = context.With(name, PathItem.Of(view, "View"));
        context = context.With(
            "steps",
            [.. package.Definition.Steps.SelectMany(step => context.Variables.GetValueOrDefault(step.Name.Value, []))]);
        return this;
    }

    /// <summary>The reason of the first start condition that does not hold; null where all do.</summary>
    public string? StartRefusal(int rule = 0) => package.Starts[rule].Conditions
        .FirstOrDefault(condition => !condition.Expression.IsTrue(Focus, context))?.Reason;

    /// <summary>The reason of the first screen that does not hold of a resource; null where all do.</summary>
    public string? ScreenRefusal(int rule, string announced)
    {
        var focus = PathItem.Of(Read(announced), "View");
        return package.Starts[rule].Screens.FirstOrDefault(screen => !screen.Expression.IsTrue(focus, context))?.Reason;
    }

    /// <summary>The reason of the first stop that holds; null where none does.</summary>
    public string? Stop() => package.Definition.Stops
        .FirstOrDefault(stop => package.Expressions[stop.Condition].IsTrue(Focus, context))?.Reason.Value;

    public bool IsSuspended() => package.Definition.SuspendWhile is { } key
        && package.Expressions[key].IsTrue(Focus, context);

    /// <summary>True where all guards of a step hold.</summary>
    public bool Applies(string step) => package.Definition.Step(new StepName(step)).Applicability
        .All(guard => package.Expressions[guard.Condition].IsTrue(Focus, context));

    /// <summary>The steps that apply, of those that have no predecessor or only optional ones before them.</summary>
    public IEnumerable<string> Applying() => package.Definition.Steps
        .Where(step => !step.OnStop && Applies(step.Name.Value)).Select(step => step.Name.Value);

    public string? Due(string step) => package.Definition.Step(new StepName(step)).Due is { } key
        ? Text(package.Expressions[key])
        : null;

    public bool Passes(string step) => package.Definition.Step(new StepName(step)).Review
        .All(review => package.Expressions[review].IsTrue(Focus, context));

    /// <summary>The text of the last value of a step's template that gives something at a path.</summary>
    public string? Value(string step, string path) => package.Templates[new StepName(step)].Values
        .Where(value => value.Path == path)
        .Select(value => Text(value.Expression)).LastOrDefault(text => text is not null);

    public string? BusinessKey() => Text(package.BusinessKey);

    public string? Subject() => Text(package.Subject);

    public string? Query(string input) => Text(package.Inputs.Single(each => each.Name == input).Query);

    private PathItem? Focus => context.Variables["trigger"] is [var first, ..] ? first : null;

    private string? Text(PathExpression expression) =>
        expression.Evaluate(Focus, context) is [var first, ..] ? first.AsText() : null;

    private static Node Read(string json) => JsonText.Read(Encoding.UTF8.GetBytes(json)).Value
        ?? throw new ArgumentException("expected JSON", nameof(json));
}
