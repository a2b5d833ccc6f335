using System.Globalization;
using System.Text;

namespace FhirOrchestrator.Fhir.Profiles;

/// <summary>
/// Where a validation stands: a stack of steps from the root, written out as FHIRPath only when an issue needs it.
/// </summary>
internal sealed class ElementTrail
{
    private Step[] _steps = new Step[32];
    private int _count;

    /// <summary>Goes down to an element; -1 as index of one that does not repeat.</summary>
    public void Down(string name, int index = -1, string? choice = null)
    {
        if (_count == _steps.Length)
        {
            Array.Resize(ref _steps, _count * 2);
        }

        _steps[_count++] = new Step(name, index, choice);
    }

    /// <summary>Goes back up.</summary>
    public void Up() => _count--;

    /// <summary>The way from the root as FHIRPath.</summary>
    public override string ToString()
    {
        var text = new StringBuilder(64);
        foreach (var step in _steps.AsSpan(0, _count))
        {
            if (text.Length > 0)
            {
                text.Append('.');
            }

            text.Append(step.Name);
            if (step.Choice is not null)
            {
                text.Append(".ofType(").Append(step.Choice).Append(')');
            }

            if (step.Index >= 0)
            {
                text.Append('[').Append(step.Index.ToString(CultureInfo.InvariantCulture)).Append(']');
            }
        }

        return text.ToString();
    }

    private readonly record struct Step(string Name, int Index, string? Choice);
}
