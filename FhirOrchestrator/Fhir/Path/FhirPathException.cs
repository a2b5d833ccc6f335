namespace FhirOrchestrator.Fhir.Path;

/// <summary>
/// An expression that cannot be compiled, or not be evaluated over the input given. The message names the expression's
/// parts and types, never values of the input.
/// </summary>
internal sealed class FhirPathException(string message, int position = -1, Exception? inner = null)
    : Exception(position < 0 ? message : $"{message} at character {position + 1}", inner)
{
    /// <summary>The character of the expression that it is about, from 0; -1 where unknown.</summary>
    public int Position { get; } = position;

    /// <summary>True where the expression was stopped by a budget: it may be right, and was too much.</summary>
    public bool IsBudget { get; init; }

    /// <summary>Line and column in the expression, from 1; its start where the place is unknown.</summary>
    public (int Line, int Column) PlaceIn(string expression)
    {
        var before = expression.AsSpan(0, Math.Clamp(Position, 0, expression.Length));
        var line = before.Count('\n') + 1;
        return (line, before.Length - before.LastIndexOf('\n'));
    }

    /// <summary>The error of a budget that is spent.</summary>
    public static FhirPathException Budget(string message, int position = -1) =>
        new(message, position) { IsBudget = true };
}
