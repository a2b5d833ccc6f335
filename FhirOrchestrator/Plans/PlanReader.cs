using System.Globalization;
using FhirOrchestrator.Chains;
using FhirOrchestrator.Fhir;
using FhirOrchestrator.Fhir.Definitions;
using FhirOrchestrator.Fhir.Json;
using FhirOrchestrator.Fhir.Path;
using FhirOrchestrator.Plans.Shapes;

namespace FhirOrchestrator.Plans;

/// <summary>
/// Compiles a PlanDefinition and the activities of its folder. Everything that is wrong is reported; the result is
/// worth nothing where anything is.
/// </summary>
internal sealed class PlanReader
{
    // What the shell binds to every expression over a dossier.
    private static readonly ImmutableHashSet<string> Reserved =
        [
        "trigger", "patient", "chain", "steps", "round", "output", "context", "resource", "rootResource", "ucum", "sct",
        "loinc",
    ];

    private readonly PlanContext context;
    private readonly Placed plan;
    private readonly ImmutableArray<Activity> activities;
    private readonly VariableScope trigger = new("an expression over the trigger", ["trigger"]);

    public PlanReader(
        string file, ObjectNode root, ImmutableArray<Activity> activities, CodeLists lists, ProblemList problems)
    {
        context = new PlanContext(file, problems, new ExpressionReader(file, problems), lists);
        plan = new Placed(root, "PlanDefinition");
        this.activities = activities;
        new ShapeWalk(file, problems).Walk(root, PlanShapes.Plan, plan.Path);
    }

    /// <summary>Compiles the plan; null where it has no root action.</summary>
    public PlanReading? Read()
    {
        var roots = plan.Children("action");
        if (roots.Length != 1)
        {
            context.Report($"{plan.Path}.action", $"expected one root action (id chain), got {roots.Length}");
        }

        if (roots is not [var root, ..])
        {
            return null;
        }

        CheckSubject();
        var steps = root.Children("action");
        var order = StepOrder.Read(steps, context);
        var watches = ReadWatches(root);
        var inputNames = root.Extensions(OwnUrls.InputQuery).Select(each => each.PartText("name", "valueCode") ?? "");
        var dossier = trigger.With("the plan", "patient", "chain", "steps")
            .With("the plan", [.. inputNames, .. watches.Select(watch => watch.Rule.Name)]);
        CheckNames(root, order, watches);
        ReadVariables(root, dossier.With("a variable", [.. order.All, "round", "output"]));
        var stops = ReadStops(root, dossier);
        var read = new StepReader(context, ByUrl(), order, dossier);
        var compiled = steps.Select(read.Read).OfType<CompiledStep>().ToImmutableArray();
        CheckUse(read.Used);
        var starts = ReadStarts(root);
        return new PlanReading
        {
            Plan = plan,
            Starts = starts,
            Stops = stops,
            Watches = watches,
            SuspendWhile = ReadSuspend(root, dossier),
            Inputs = ReadInputs(root),
            BusinessKey = context.Read(plan.Extension(OwnUrls.BusinessKey)?.Child("valueExpression"), trigger),
            Subject = context.Read(plan.Extension(OwnUrls.Subject)?.Child("valueExpression"), trigger),
            Steps = compiled,
            Expressions = context.Kept,
            WhyNot = WhyNot(),
            Lists =
            [
                .. root.Extensions(OwnUrls.CodeList).Select(each => each.PartText("valueSet", "valueCanonical") ?? ""),
            ],
        };
    }

    private Dictionary<string, Activity> ByUrl()
    {
        var all = new Dictionary<string, Activity>(StringComparer.Ordinal);
        foreach (var activity in activities)
        {
            if (!all.TryAdd(activity.Url, activity))
            {
                context.Problems.Add(
                    activity.File, "ActivityDefinition.url",
                    $"expected a url that is free, got '{activity.Url}' again");
            }
        }

        return all;
    }

    private void CheckUse(IReadOnlySet<string> used)
    {
        foreach (var activity in activities.Where(each => !used.Contains(each.Url)))
        {
            context.Problems.Add(activity.File, "", "expected an activity that a step makes, got one that none does");
        }
    }

    private void CheckSubject()
    {
        if (plan.Child("subjectCodeableConcept") is { } concept
            && concept.Children("coding").All(coding => coding.Text("code") != "Patient"))
        {
            context.Report(concept.Path, "expected Patient as the subject", "Patient");
        }
    }

    private string? WhyNot()
    {
        if (plan.Text("status") != "active")
        {
            return $"the plan is {plan.Text("status")}, not active";
        }

        if (plan.Flag("experimental"))
        {
            return "the plan is experimental";
        }

        if (!DateOnly.TryParseExact(
            plan.Text("approvalDate"), "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out _))
        {
            return "the plan has no approvalDate (a full date)";
        }

        return activities.FirstOrDefault(each => !each.IsActive) is { } draft
            ? $"{draft.File} is {draft.Definition.Text("status")}, not active"
            : null;
    }

    private void CheckNames(Placed root, StepOrder order, ImmutableArray<PlacedWatch> watches)
    {
        var inputs = root.Extensions(OwnUrls.InputQuery)
            .Select(each => (Name: each.PartText("name", "valueCode") ?? "", each.Path));
        foreach (var (name, path) in inputs.Concat(watches.Select(watch => (watch.Rule.Name, watch.Path))))
        {
            if (!ExpressionReader.IsVariableName(name))
            {
                context.Report(path, $"expected letters, digits and _ for a name, got '{name}'");
            }
            else if (Reserved.Contains(name) || order.All.Contains(name))
            {
                context.Report(path, $"expected a name that is free, got '{name}', which is taken");
            }
        }

        foreach (var id in order.All.Where(Reserved.Contains))
        {
            context.Report($"{root.Path}.action", $"expected a step id that is no variable's name, got '{id}'");
        }
    }

    private void ReadVariables(Placed root, VariableScope everything)
    {
        foreach (var list in root.Extensions(OwnUrls.CodeList))
        {
            var name = list.PartText("name", "valueCode") ?? "";
            var url = list.PartText("valueSet", "valueCanonical") ?? "";
            if (!ExpressionReader.IsVariableName(name) || everything.Names.Contains(name))
            {
                context.Report(list.Path, $"expected a free name of letters, digits and _, got '{name}'");
            }
            else if (context.Lists.Find(url) is not { } codes)
            {
                context.Report(
                    list.Path, $"expected a ValueSet of profiles/, got '{url}'",
                    Nearest.Of(url, context.Lists.Known));
            }
            else
            {
                var quoted = codes.Select(code => $"'{code.Replace(@"\", @"\\", StringComparison.Ordinal)
                    .Replace("'", @"\'", StringComparison.Ordinal)}'");
                context.Expressions.Define(name, codes.Count == 0 ? "{}" : string.Join(" | ", quoted));
            }
        }

        foreach (var variable in root.Extensions(OwnUrls.Variable))
        {
            if (variable.Child("valueExpression") is { } expression)
            {
                context.Expressions.Define(expression.Node, expression.Path, everything);
            }
        }
    }

    private ImmutableArray<PlacedStop> ReadStops(Placed root, VariableScope dossier)
    {
        var stops = ImmutableArray.CreateBuilder<PlacedStop>();
        foreach (var condition in root.Children("condition").Where(each => each.Text("kind") == "stop"))
        {
            var expression = condition.Child("expression");
            var name = expression?.Text("name") ?? "";
            var reason = new Code(OwnUrls.ReasonCodes, name, expression?.Text("description"));
            context.Check(reason, $"{condition.Path}.expression.name");
            if (stops.Any(each => each.Rule.Reason.Value == name))
            {
                context.Report(condition.Path, $"expected each reason once, got '{name}' again");
            }

            var key = context.Keep($"stop/{name}", expression, dossier with { Where = "a stop condition" });
            var voids = condition.Extension(OwnUrls.Voids)?.Flag("valueBoolean") ?? false;
            stops.Add(new PlacedStop(new StopRule(reason, key, voids), condition.Path));
        }

        return stops.ToImmutable();
    }

    private ExpressionKey? ReadSuspend(Placed root, VariableScope dossier) =>
        root.Extension(OwnUrls.SuspendWhile)?.Child("valueExpression") is { } expression
            ? context.Keep("suspend", expression, dossier with { Where = "suspend-while" })
            : null;

    private ImmutableArray<InputQuery> ReadInputs(Placed root)
    {
        var inputs = ImmutableArray.CreateBuilder<InputQuery>();
        var scope = trigger.With("an input query", "patient");
        foreach (var input in root.Extensions(OwnUrls.InputQuery))
        {
            var name = input.PartText("name", "valueCode") ?? "";
            var max = input.Extension("max")?.Number("valuePositiveInt") ?? 50;
            if (max is < 1 or > 50)
            {
                context.Report(
                    input.Path, $"expected max of 1 to 50, got {max.ToString(CultureInfo.InvariantCulture)}");
            }

            if (inputs.Any(each => each.Name == name))
            {
                context.Report(input.Path, $"expected each name once, got '{name}' again");
            }

            if (context.Read(input.Extension("query")?.Child("valueExpression"), scope) is { } query)
            {
                inputs.Add(new InputQuery(name, query, max));
            }

            scope = scope.With(scope.Where, name);
        }

        return inputs.ToImmutable();
    }

    private ImmutableArray<PlacedWatch> ReadWatches(Placed root)
    {
        var watches = ImmutableArray.CreateBuilder<PlacedWatch>();
        foreach (var watch in root.Modifiers(OwnUrls.Watch))
        {
            var rule = new WatchRule(
                watch.PartText("name", "valueCode") ?? "", watch.PartText("resource", "valueCode") ?? "",
                watch.PartText("element", "valueString") ?? "", watch.PartText("of", "valueCode") ?? "");
            if (context.CheckType(rule.ResourceType, watch.Path))
            {
                CheckReference(rule, watch.Path);
            }

            watches.Add(new PlacedWatch(rule, watch.Path));
        }

        return watches.ToImmutable();
    }

    private void CheckReference(WatchRule rule, string path)
    {
        var elements = FhirDefinitions.R4.Type(rule.ResourceType)?.Elements
            .Where(element => element.Types.Any(type => type.Code == "Reference"))
            .Select(element => element.Name)
            .ToImmutableArray() ?? [];
        if (!elements.Contains(rule.Element))
        {
            context.Report(
                path, $"expected a reference of {rule.ResourceType}, got '{rule.Element}'",
                Nearest.Of(rule.Element, elements));
        }
    }

    private ImmutableArray<PlacedStart> ReadStarts(Placed root)
    {
        var conditions = root.Children("condition").Where(each => each.Text("kind") == "start")
            .Select(each => each.Child("expression")).ToImmutableArray();
        var scope = trigger.With("a start condition", "patient");
        var starting = conditions.Select(each => ReadReason(each, scope)).OfType<StartCondition>().ToImmutableArray();
        var window = root.Extension(OwnUrls.StartWindow);
        var within = window?.Extension("within")?.Child("valueDuration");
        var instant = context.Read(window?.Extension("instant")?.Child("valueExpression"), trigger);
        var starts = ImmutableArray.CreateBuilder<PlacedStart>();
        foreach (var each in root.Children("trigger"))
        {
            if (ReadStart(each, starting, instant) is { } rule)
            {
                var length = Clocks.Read(within, context.File, context.Problems) ?? rule.StartWithin;
                starts.Add(new PlacedStart(rule with { StartWithin = length }, each.Path));
            }
        }

        CheckTriggers(starts.ToImmutable(), root);
        return starts.ToImmutable();
    }

    private StartRule? ReadStart(Placed start, ImmutableArray<StartCondition> conditions, PathExpression? instant)
    {
        var data = start.Children("data");
        if (data.Length != 1)
        {
            context.Report($"{start.Path}.data", $"expected one data requirement, got {data.Length}");
        }

        var type = data is [var first, ..] ? first.Text("type") : null;
        var announced = new VariableScope("a screen, whose focus is the announced resource", []);
        ImmutableArray<Placed?> screens =
        [
            start.Child("condition"),
            .. start.Extensions(OwnUrls.Screen).Select(each => each.Child("valueExpression")),
        ];
        var read = screens.Select(each => ReadReason(each, announced)).OfType<StartCondition>().ToImmutableArray();
        var reference = start.Extension(OwnUrls.TriggerReference)?.Child("valueExpression");
        var triggerReference = context.Read(reference, announced);
        if (!context.CheckType(type, $"{start.Path}.data[0].type") || instant is null || type is null)
        {
            return null;
        }

        return new StartRule
        {
            ResourceType = type,
            TriggerReference = triggerReference,
            Screens = read,
            Conditions = conditions,
            ClinicalInstant = instant,
            StartWithin = TimeSpan.FromDays(7),
        };
    }

    private StartCondition? ReadReason(Placed? expression, VariableScope scope) =>
        context.Read(expression, scope) is { } read && expression is { } given
            ? new StartCondition(given.Text("name") ?? "", given.Text("description") ?? "", read)
            : null;

    // All ways to start must lead to triggers of one type, or no expression over %trigger could be right for all.
    private void CheckTriggers(ImmutableArray<PlacedStart> starts, Placed root)
    {
        var direct = starts.Where(each => each.Rule.TriggerReference is null)
            .Select(each => each.Rule.ResourceType).Distinct().ToImmutableArray();
        if (starts.Length > 0 && direct.Length != 1)
        {
            context.Report(
                $"{root.Path}.trigger",
                direct.Length == 0
                    ? "expected a trigger on the resource that the chain is about, got only references"
                    : $"expected one type of trigger, got {string.Join(", ", direct)}",
                OwnUrls.TriggerReference);
        }

        if (!root.Children("condition").Any(each => each.Text("kind") == "start"))
        {
            context.Report($"{root.Path}.condition", "expected at least one start condition, got none", "kind start");
        }
    }
}
