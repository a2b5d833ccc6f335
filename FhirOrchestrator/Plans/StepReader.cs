using FhirOrchestrator.Chains;
using FhirOrchestrator.Fhir;

namespace FhirOrchestrator.Plans;

/// <summary>A step, compiled.</summary>
internal sealed record CompiledStep(StepDefinition Definition, StepTemplate Template);

/// <summary>Compiles the steps of a plan.</summary>
/// <param name="context">What the plan's readers share.</param>
/// <param name="activities">The folder's activities by URL.</param>
/// <param name="order">The steps' order, checked.</param>
/// <param name="dossier">The dossier's variables and <c>%chain</c>, <c>%steps</c>.</param>
internal sealed class StepReader(
    PlanContext context, IReadOnlyDictionary<string, Activity> activities, StepOrder order, VariableScope dossier)
{
    private readonly HashSet<string> used = new(StringComparer.Ordinal);

    /// <summary>The URLs of the activities that a step makes.</summary>
    public IReadOnlySet<string> Used => used;

    /// <summary>Compiles a step; null where it cannot be.</summary>
    public CompiledStep? Read(Placed step)
    {
        var id = step.Text("id") ?? "";
        var kind = ReadKind(step);
        var activity = FindActivity(step, kind);
        var steps = order.EndedBefore(id);
        var scope = dossier.With($"the step '{id}'", [.. steps]) with { Later = order.All.Except(steps) };
        var definition = ReadDefinition(step, id, kind ?? StepKind.HumanTask, scope);
        return kind is { } known && activity is not null
            ? new CompiledStep(definition, ReadTemplate(step, activity, known, scope))
            : null;
    }

    private StepDefinition ReadDefinition(Placed step, string id, StepKind kind, VariableScope scope)
    {
        var clock = step.Extension(OwnUrls.Deadline)?.Child("valueDuration");
        var deadline = Clocks.Read(clock, context.File, context.Problems);
        if (kind == StepKind.Communication)
        {
            RefuseForMessages(step);
        }

        return new StepDefinition
        {
            Name = new StepName(id),
            Kind = kind,
            Title = step.Text("title") ?? id,
            After = order.Before(id),
            OnStop = order.IsOnStop(id),
            RunsAfterSkipped = step.Modifiers(OwnUrls.AfterSkipped) is [var flag, ..] && flag.Flag("valueBoolean"),
            Applicability = ReadApplicability(step, id, scope),
            Due = ReadDue(step, id, scope, deadline),
            Deadline = deadline,
            Review = ReadReview(step, id, scope),
            OnNotDone = ReadOnNotDone(step),
        };
    }

    private void RefuseForMessages(Placed step)
    {
        foreach (var url in new[] { OwnUrls.Deadline, OwnUrls.OnNotDone, OwnUrls.Review })
        {
            if (step.Extension(url) is { } extension)
            {
                context.Report(extension.Path, $"expected {url} at a human-task only, got it at a communication");
            }
        }

        foreach (var name in new[] { "output", "participant" })
        {
            if (step.Node[name] is not null)
            {
                context.Report(
                    $"{step.Path}.{name}", $"expected {name} at a human-task only, got it at a communication");
            }
        }
    }

    private StepKind? ReadKind(Placed step)
    {
        if (step.Children("code") is not [var concept, ..])
        {
            return null;
        }

        return context.ReadCode(concept, OwnUrls.StepCodes)?.Value switch
        {
            "human-task" => StepKind.HumanTask,
            "communication" => StepKind.Communication,
            _ => null,
        };
    }

    private Activity? FindActivity(Placed step, StepKind? kind)
    {
        var canonical = step.Text("definitionCanonical") ?? "";
        var path = $"{step.Path}.definitionCanonical";
        var parts = canonical.Split('|', 2);
        if (!activities.TryGetValue(parts[0], out var activity))
        {
            if (canonical.Length > 0)
            {
                context.Report(
                    path, $"expected an activity of the package's folder, got '{canonical}'",
                    Nearest.Of(parts[0], activities.Keys));
            }

            return null;
        }

        used.Add(activity.Url);
        if (parts.Length == 2 && activity.Canonical != canonical)
        {
            context.Report(
                path, $"expected the version of the folder's activity, got '{parts[1]}'", activity.Canonical);
        }

        if (kind is { } known && activity.Kind != known)
        {
            var expected = known == StepKind.HumanTask ? "Task" : "CommunicationRequest";
            context.Report(path, $"expected an activity of kind {expected}, got {activity.Definition.Text("kind")}");
            return null;
        }

        return activity;
    }

    private ImmutableArray<Applicability> ReadApplicability(Placed step, string id, VariableScope scope)
    {
        var conditions = step.Children("condition");
        return
        [
            .. conditions.Select((condition, at) => new Applicability(
                context.Keep($"step/{id}/applicability/{at}", condition.Child("expression"), scope),
                condition.Child("expression")?.Text("description") ?? "")),
        ];
    }

    private ExpressionKey? ReadDue(Placed step, string id, VariableScope scope, TimeSpan? deadline)
    {
        if (step.Extension(OwnUrls.Due) is not { } extension)
        {
            return null;
        }

        var key = $"step/{id}/due";
        if (extension.Child("valueExpression") is { } expression)
        {
            return context.Keep(key, expression, scope.With(scope.Where, "round"));
        }

        var duration = extension.Child("valueDuration");
        if (Clocks.Read(duration, context.File, context.Problems) is not { } length)
        {
            return null;
        }

        if (length > deadline)
        {
            context.Report(extension.Path, $"expected due before the deadline ({deadline}), got {length}");
        }

        // The same form for both: the machine knows one kind of due, an expression that gives a Quantity.
        var seconds = new Fhir.Json.ObjectNode(
            [new("expression", new Fhir.Json.TextNode(string.Create(
                System.Globalization.CultureInfo.InvariantCulture, $"{(long)length.TotalSeconds} seconds")))]);
        return context.Keep(key, new Placed(seconds, extension.Path), scope);
    }

    private ImmutableArray<ExpressionKey> ReadReview(Placed step, string id, VariableScope scope)
    {
        var reviews = step.Extensions(OwnUrls.Review);
        var own = scope.With($"the review of '{id}'", "output", "round");
        return
        [
            .. reviews.Select((review, at) =>
                context.Keep($"step/{id}/review/{at}", review.Child("valueExpression"), own)),
        ];
    }

    private NotDonePolicy ReadOnNotDone(Placed step)
    {
        if (step.Extension(OwnUrls.OnNotDone) is not { } extension)
        {
            return NotDonePolicy.Incident;
        }

        var max = extension.Extension("max")?.Number("valuePositiveInt");
        switch (extension.PartText("kind", "valueCode"))
        {
            case "skip":
                RefuseMax(extension, max);
                return NotDonePolicy.Skip;
            case "reassign":
                if (max is null or < 2 or > 10)
                {
                    context.Report(extension.Path, $"expected max of 2 to 10 rounds for reassign, got {max?.ToString(
                        System.Globalization.CultureInfo.InvariantCulture) ?? "none"}");
                }

                return new NotDonePolicy(NotDoneKind.Reassign, max ?? 1);
            default:
                RefuseMax(extension, max);
                return NotDonePolicy.Incident;
        }
    }

    private void RefuseMax(Placed extension, int? max)
    {
        if (max is not null)
        {
            context.Report(extension.Path, "expected max with reassign only, got it without", "reassign");
        }
    }

    private StepTemplate ReadTemplate(Placed step, Activity activity, StepKind kind, VariableScope scope)
    {
        var own = scope.With(scope.Where, "round");
        var values = ImmutableArray.CreateBuilder<TemplateValue>();
        ReadValues(context with { File = activity.File }, activity.Definition, kind, own, values);
        ReadValues(context, step, kind, own, values);
        var correction = step.Extension(OwnUrls.Correction);
        if (correction is { } flag && !order.IsOnStop(step.Text("id") ?? ""))
        {
            context.Report(flag.Path, "expected a correction after the chain's stop, got one without the trigger",
                "trigger named-event chain-stopped");
        }

        var outputs = new OutputReader(context).Read(step);
        var code = context with { File = activity.File };
        return new StepTemplate
        {
            Activity = activity.Canonical,
            Title = step.Text("title") ?? "",
            Why = Why(step),
            Code = code.ReadCode(activity.Definition.Child("code")) ?? new Code(null, ""),
            Priority = step.Text("priority") ?? "routine",
            Pool = ReadPool(step, kind),
            Fixed = ActivityReader.Fixed(activity),
            Values = values.ToImmutable(),
            Outputs = outputs,
            IsCorrection = correction?.Flag("valueBoolean") ?? false,
        };
    }

    private static void ReadValues(
        PlanContext at, Placed owner, StepKind kind, VariableScope scope,
        ImmutableArray<TemplateValue>.Builder values)
    {
        foreach (var value in owner.Children("dynamicValue"))
        {
            var target = value.Text("path") ?? "";
            SettableElements.Check(target, kind, at.File, $"{value.Path}.path", at.Problems);
            // A reader of its own reports at the file that the expression stands in.
            if (at.Expressions.For(at.File).Read(value.Child("expression")?.Node, $"{value.Path}.expression", scope)
                is { } expression)
            {
                values.Add(new TemplateValue(target, expression));
            }
        }
    }

    private static string? Why(Placed step)
    {
        var reasons = step.Children("reason").Select(each => each.Text("text") ?? "").Where(text => text.Length > 0);
        string?[] parts = [step.Text("textEquivalent"), .. reasons];
        var why = string.Join(" ", parts.Where(each => each is not null));
        return why.Length > 0 ? why : step.Text("description");
    }

    private Code? ReadPool(Placed step, StepKind kind)
    {
        if (kind != StepKind.HumanTask)
        {
            return null;
        }

        var participants = step.Children("participant");
        if (participants.Length != 1)
        {
            context.Report(
                participants.Length == 0 ? step.Path : $"{step.Path}.participant",
                $"expected one participant with the pool as its role, got {participants.Length}", OwnUrls.PoolCodes);
            return null;
        }

        return context.ReadCode(participants[0].Child("role"));
    }
}
