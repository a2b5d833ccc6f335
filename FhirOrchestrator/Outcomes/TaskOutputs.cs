using FhirOrchestrator.Chains;
using FhirOrchestrator.Fhir;
using FhirOrchestrator.Fhir.Json;
using FhirOrchestrator.Plans;

namespace FhirOrchestrator.Outcomes;

/// <summary>Task.output, written and read.</summary>
internal static class TaskOutputs
{
    private const int CountMax = 50;

    /// <summary>An output as we write it.</summary>
    public static ObjectNode Render(StepOutput output)
    {
        var type = Elements.Concept(new Code(Vocabulary.Output, output.Type));
        return output switch
        {
            { Coded: { } code } => Node.Object(("type", type), ("valueCodeableConcept", Elements.Concept(code))),
            { Reference: { } reference } => Node.Object(
                ("type", type), ("valueReference", Elements.Reference(reference).With("display", output.Text))),
            _ => Node.Object(("type", type), ("valueString", output.Text ?? "")),
        };
    }

    /// <summary>True where an output at the EHR says the same.</summary>
    public static bool Says(ObjectNode existing, StepOutput output)
    {
        var read = Read(existing, null);
        return IsOfType(existing, output.Type, null) && output switch
        {
            { Coded: { } code } => read.Coded?.Value == code.Value,
            { Reference: { } reference } => read.Reference == reference,
            _ => read.Text == output.Text,
        };
    }

    /// <summary>
    /// The outputs of a Task, those of the template under its names, and which required ones are missing. A coded
    /// output counts only with one of its choices; one that is a resource only with a reference to one of that type,
    /// or text.
    /// </summary>
    public static (ImmutableArray<StepOutput> Outputs, ImmutableArray<string> Missing) Read(
        Resource task, ImmutableArray<OutputRule> rules)
    {
        var outputs = ImmutableArray.CreateBuilder<StepOutput>();
        var missing = ImmutableArray.CreateBuilder<string>();
        var taken = new HashSet<ObjectNode>(ReferenceEqualityComparer.Instance);
        var existing = task.Root.Children("output").Take(CountMax).ToList();
        foreach (var rule in rules)
        {
            var found = false;
            foreach (var output in existing)
            {
                if (IsOfType(output, rule.Type, rule.Title) && taken.Add(output) && Read(output, rule) is var read
                    && Fits(read, rule))
                {
                    outputs.Add(read);
                    found = true;
                }
            }

            if (!found && rule.IsRequired)
            {
                missing.Add(rule.Title);
            }
        }

        outputs.AddRange(existing.Where(output => !taken.Contains(output)).Select(output => Read(output, null)));
        return (outputs.DrainToImmutable(), missing.DrainToImmutable());
    }

    private static bool IsOfType(ObjectNode output, string type, string? title)
    {
        var concept = output.Child("type");
        var coded = concept?.Children("coding").Any(coding => string.Equals(
            coding.Text("code"), type, StringComparison.OrdinalIgnoreCase)) == true;
        var text = concept?.Text("text");
        return coded || (text is not null
            && (text.Equals(type, StringComparison.OrdinalIgnoreCase)
                || text.Equals(title, StringComparison.OrdinalIgnoreCase)));
    }

    private static StepOutput Read(ObjectNode output, OutputRule? rule)
    {
        var type = rule?.Type ?? Elements.FirstCode(output.Child("type"))?.Value ?? "other";
        if (Coded(output) is { } code)
        {
            return new StepOutput(
                type, Coded: Choice(code, rule) ?? code, Text: output.Child("valueCodeableConcept")?.Text("text"));
        }

        if (output.Child("valueReference") is { } reference)
        {
            return new StepOutput(type, Reference: reference.Text("reference"), Text: reference.Text("display"));
        }

        var value = output.Members.FirstOrDefault(
            member => member.Name.StartsWith("value", StringComparison.Ordinal)).Value;
        var text = value switch
        {
            TextNode node => node.Value,
            NumberNode node => node.Text,
            null => null,
            _ => value.ToString(),
        };
        return rule is not null && text is not null && Choice(new Code(null, text), rule) is { } chosen
            ? new StepOutput(type, Coded: chosen)
            : new StepOutput(type, Text: text);
    }

    private static Code? Coded(ObjectNode output)
    {
        if (output.Child("valueCodeableConcept") is { } concept)
        {
            return Elements.FirstCode(concept);
        }

        if (output.Child("valueCoding") is { } coding && coding.Text("code") is { } value)
        {
            return new Code(coding.Text("system"), value, coding.Text("display"));
        }

        return output.Text("valueCode") is { } plain ? new Code(null, plain) : null;
    }

    // By code, whatever the system says where one of the two names none; else by the words.
    private static Code? Choice(Code said, OutputRule? rule) => rule?.Choices.FirstOrDefault(choice =>
        (choice.Value == said.Value && (said.System is null || choice.System is null || choice.System == said.System))
        || (said.System is null && string.Equals(choice.Display, said.Value, StringComparison.OrdinalIgnoreCase)));

    private static bool Fits(StepOutput read, OutputRule rule)
    {
        if (!rule.Choices.IsEmpty)
        {
            return read.Coded is { } code && Choice(code, rule) is not null;
        }

        if (read.Reference is { } reference)
        {
            var isResourceType = rule.Type.Length > 3 && char.IsAsciiLetterUpper(rule.Type[0]);
            return !isResourceType || ResourceReference.Parse(reference).Type == rule.Type;
        }

        return read.Coded is not null || !string.IsNullOrWhiteSpace(read.Text);
    }
}
