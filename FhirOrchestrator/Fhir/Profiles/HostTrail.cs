using FhirOrchestrator.Fhir.Definitions;
using FhirOrchestrator.Fhir.Json;

namespace FhirOrchestrator.Fhir.Profiles;

/// <summary>The values that a walk is in, outermost first: an extension stands on the last of them.</summary>
internal sealed class HostTrail
{
    private readonly List<Step> _steps = [];

    /// <summary>Goes into a value of an element, or into a resource, which has none.</summary>
    public void Down(ElementDefinition? element, TypeDefinition type, Node node) =>
        _steps.Add(new Step(element, type, node));

    /// <summary>Goes back out.</summary>
    public void Up() => _steps.RemoveAt(_steps.Count - 1);

    /// <summary>The innermost value.</summary>
    public Host Here(ResourceFrame frame)
    {
        var (element, type, node) = _steps[^1];
        var start = _steps.FindLastIndex(step => step.Element is null);
        var path = string.Join('.', _steps.Skip(start).Select(step => step.Element?.Name ?? step.Type.Name));
        return new Host(element, type, path, node, _steps.Count > 1 ? _steps[^2].Node : null, frame);
    }

    private readonly record struct Step(ElementDefinition? Element, TypeDefinition Type, Node Node);
}
