using FhirOrchestrator.Fhir.Definitions;
using FhirOrchestrator.Fhir.Json;

namespace FhirOrchestrator.Fhir.Profiles;

/// <summary>
/// Coded elements against the value sets that they are bound to (R4, terminologies, "Binding Strengths"). A value set
/// whose codes are not known here breaks nothing.
/// </summary>
internal static class BindingCheck
{
    /// <summary>A code, or text or a URI with a binding.</summary>
    public static void Primitive(ValidationRun run, ElementBinding binding, Node value)
    {
        if (value is TextNode { Value: var code })
        {
            Verdict(run, binding, set => run.Catalog.HasCode(set, null, code));
        }
    }

    /// <summary>A Coding, CodeableConcept or Quantity.</summary>
    public static void Complex(ValidationRun run, ElementBinding binding, TypeDefinition type, ObjectNode value)
    {
        if (type.Name == "CodeableConcept")
        {
            Verdict(
                run, binding, set => Concept(run, set, value, isRequired: binding.Strength == "required"),
                () => value.Children("coding").Any(coding => IsForeign(run, coding)));
        }
        else if (type.Name == "Coding" || type.Is("Quantity"))
        {
            if (value.Text("code") is not null)
            {
                Verdict(run, binding, set => Coding(run, set, value), () => IsForeign(run, value));
            }
            else if (type.Name == "Coding" && binding.Strength == "required" && IsKnown(run, binding.ValueSet))
            {
                run.Error("code-invalid", $"expected a code of {binding.ValueSet}, got none");
            }
        }
    }

    // A code of a system that nobody here knows may mean what the value set means.
    private static bool IsForeign(ValidationRun run, ObjectNode coding) =>
        coding.Text("system") is { } system && !run.Catalog.HasSystem(system);

    private static void Verdict(
        ValidationRun run, ElementBinding binding, Func<string, bool?> has, Func<bool>? isForeign = null)
    {
        if (binding.Strength == "required")
        {
            if (has(binding.ValueSet) == false)
            {
                run.Error("code-invalid", $"expected a code of {binding.ValueSet}, got another");
            }

            return;
        }

        if (binding.MaxValueSet is { } max && has(max) == false)
        {
            run.Add(
                isForeign?.Invoke() == true ? IssueSeverity.Warning : IssueSeverity.Error,
                "code-invalid", $"expected a code of {max}, got another");
        }
        else if (binding.Strength == "extensible" && has(binding.ValueSet) == false)
        {
            run.Warning(
                "code-invalid",
                $"expected a code of {binding.ValueSet}, unless it has none that fits, got another");
        }
    }

    // True where a coding is in the set; null where that cannot be told. Text alone does for an extensible binding.
    private static bool? Concept(ValidationRun run, string valueSet, ObjectNode concept, bool isRequired)
    {
        bool? found = null;
        foreach (var coding in concept.Children("coding"))
        {
            if (coding.Text("code") is null)
            {
                continue;
            }

            switch (Coding(run, valueSet, coding))
            {
                case true:
                    return true;
                case null:
                    return null;
                default:
                    found = false;
                    break;
            }
        }

        return found ?? (isRequired && concept["extension"] is null && IsKnown(run, valueSet) ? false : null);
    }

    private static bool? Coding(ValidationRun run, string valueSet, ObjectNode coding) =>
        run.Catalog.HasCode(valueSet, coding.Text("system"), coding.Text("code") ?? "");

    private static bool IsKnown(ValidationRun run, string valueSet) =>
        run.Catalog.HasCode(valueSet, null, "") is not null;
}
