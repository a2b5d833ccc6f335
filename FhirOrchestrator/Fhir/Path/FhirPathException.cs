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
}
