namespace FhirOrchestrator.Fhir.Path;

/// <summary>How strictly an expression is held to the specification.</summary>
internal enum PathDialect
{
    /// <summary>
    /// As the definitions of R4 need it: <c>as</c> filters a collection (dom-3 and eight search expressions apply it to
    /// one), a criterion that is a single non-boolean counts as true.
    /// </summary>
    Lenient,

    /// <summary>
    /// As FHIRPath N1 says: <c>as</c> takes one item, a criterion is a boolean, a type at the root must fit.
    /// </summary>
    Strict,
}
