using FhirOrchestrator.Chains;

namespace FhirOrchestrator.Plans;

/// <summary>
/// Reads what a human task's Task must say: <c>action.output</c>. The type CodeableConcept or code gives one of the
/// codes listed; a resource type gives a reference; string, date and dateTime give text.
/// </summary>
internal sealed class OutputReader(PlanContext context)
{
    private static readonly ImmutableArray<string> Coded = ["CodeableConcept", "code"];
    private static readonly ImmutableArray<string> Written = ["string", "date", "dateTime"];

    /// <summary>The outputs of a step, each type once.</summary>
    public ImmutableArray<OutputRule> Read(Placed step)
    {
        var rules = ImmutableArray.CreateBuilder<OutputRule>();
        foreach (var output in step.Children("output"))
        {
            var rule = ReadRule(output);
            if (rules.Any(each => each.Type == rule.Type))
            {
                context.Report(output.Path, $"expected each output once, got '{rule.Type}' again");
            }

            rules.Add(rule);
        }

        return rules.ToImmutable();
    }

    private OutputRule ReadRule(Placed output)
    {
        var type = output.Text("type") ?? "";
        var extension = output.Extension(OwnUrls.OutputRule);
        var code = extension?.PartText("code", "valueCode");
        var title = extension?.PartText("title", "valueString");
        var isOptional = extension?.Extension("optional")?.Flag("valueBoolean") ?? false;
        var choices = output.Children("codeFilter").SelectMany(filter => filter.Children("code"))
            .Select(coding => (Coding: coding, Code: new Code(
                coding.Text("system"), coding.Text("code") ?? "", coding.Text("display"))))
            .ToImmutableArray();
        foreach (var choice in choices)
        {
            context.Check(choice.Code, choice.Coding.Path);
        }

        if (choices.GroupBy(choice => choice.Code.Value).FirstOrDefault(group => group.Count() > 1) is { } twice)
        {
            context.Report(output.Path, $"expected each code once, got '{twice.Key}' again");
        }

        var isCoded = Coded.Contains(type);
        if (isCoded && choices.IsEmpty)
        {
            context.Report(output.Path, "expected the allowed codes (codeFilter.code), got none", "codeFilter");
        }
        else if (!isCoded && !choices.IsEmpty)
        {
            context.Report(
                output.Path, $"expected codes at CodeableConcept only, got them at '{type}'", "CodeableConcept");
        }

        if (!isCoded && Written.Contains(type) && code is null)
        {
            context.Report(output.Path, $"expected the code of a written output, got none", OwnUrls.OutputRule);
        }
        else if (!isCoded && !Written.Contains(type))
        {
            context.CheckType(type, $"{output.Path}.type");
        }

        var name = code ?? (isCoded ? "outcome" : type);
        if (code is not null)
        {
            context.Check(new Code(OwnUrls.OutputCodes, code), output.Path);
        }

        return new OutputRule(name, title ?? name, [.. choices.Select(choice => choice.Code)], !isOptional);
    }
}
