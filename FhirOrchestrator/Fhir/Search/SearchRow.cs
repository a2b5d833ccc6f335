namespace FhirOrchestrator.Fhir.Search;

/// <summary>
/// One value of one resource for one parameter, in the form in which it is compared. An element that has no value of
/// the parameter's kind (a CodeableConcept of mere text) gives a row of empty texts: the parameter is not missing.
/// </summary>
internal abstract record SearchRow(int Parameter)
{
    /// <summary>Of a composite's parts: rows of one item belong together; 0 of all others.</summary>
    public int Item { get; init; }

    /// <summary>A code, an identifier's value, or the text of a simple value.</summary>
    /// <param name="System">Empty where the value has none.</param>
    internal sealed record Token(int Parameter, string System, string Code) : SearchRow(Parameter);

    /// <summary>A reference, or an element that refers by URI.</summary>
    /// <param name="TargetType">Empty where the reference is no literal one to a resource.</param>
    /// <param name="Base">The server's URL of an absolute reference, empty for a relative one.</param>
    /// <param name="Other">The text of a canonical or another URI, empty for a literal reference.</param>
    internal sealed record Reference(int Parameter, string TargetType, string TargetId, string Base, string Other)
        : SearchRow(Parameter);

    /// <summary>A part of a name, an address, or any text.</summary>
    /// <param name="Folded">See <see cref="FoldedText"/>.</param>
    internal sealed record Text(int Parameter, string Folded, string Exact) : SearchRow(Parameter);

    /// <summary>See <see cref="DateSpan"/>.</summary>
    internal sealed record Date(int Parameter, long Low, long High) : SearchRow(Parameter);

    internal sealed record Uri(int Parameter, string Value) : SearchRow(Parameter);

    /// <summary>A number or a quantity; both bounds belong to it.</summary>
    /// <param name="Unit">The unit in people's words, folded: <c>cL/s</c> is shown, not compared by a machine.</param>
    internal sealed record Quantity(int Parameter, decimal Low, decimal High, string System, string Code, string Unit)
        : SearchRow(Parameter);
}
