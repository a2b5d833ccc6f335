using FhirOrchestrator.Chains;
using FhirOrchestrator.Fhir;
using FhirOrchestrator.Fhir.Json;

namespace FhirOrchestrator.Outcomes;

/// <summary>FHIR elements as we write and compare them.</summary>
internal static class Elements
{
    public static ObjectNode Coding(Code code) => Node.Object(
        ("system", code.System), ("code", code.Value), ("display", code.Display));

    /// <summary>A CodeableConcept of one code, with words for people.</summary>
    public static ObjectNode Concept(Code code, string? text = null) => Node.Object(
        ("coding", Node.Array(Coding(code))), ("text", text ?? code.Display));

    public static ObjectNode Identifier(string system, string value) =>
        Node.Object(("system", system), ("value", value));

    /// <summary>A literal reference, <c>Type/id</c>.</summary>
    public static ObjectNode Reference(string path) => Node.Object(("reference", path));

    /// <summary>A reference by identifier, for a resource whose id is not known (R4, references, logical).</summary>
    public static ObjectNode Logical(string type, string system, string value) => Node.Object(
        ("type", type), ("identifier", Identifier(system, value)));

    public static Node Instant(DateTimeOffset at) => new TextNode(Resource.InstantText(at));

    /// <summary>The first coding of a CodeableConcept as a code; its text alone where it has no coding.</summary>
    public static Code? FirstCode(ObjectNode? concept)
    {
        if (concept is null)
        {
            return null;
        }

        foreach (var coding in concept.Children("coding"))
        {
            if (coding.Text("code") is { Length: > 0 } value)
            {
                return new Code(coding.Text("system"), value, coding.Text("display") ?? concept.Text("text"));
            }
        }

        return concept.Text("text") is { Length: > 0 } text ? new Code(null, text, text) : null;
    }

    /// <summary>
    /// What a Reference points at, in one form: <c>Type/id</c> at this EHR, the whole URL elsewhere, or
    /// <c>system|value</c> of a logical one. Null where it points at nothing.
    /// </summary>
    /// <param name="reference">The Reference element.</param>
    /// <param name="baseUrl">The EHR's base; a reference that starts with it is local.</param>
    public static string? Target(ObjectNode? reference, Uri baseUrl)
    {
        if (ResourceReference.Of(reference) is { } literal)
        {
            return Target(literal, baseUrl);
        }

        return reference?.Child("identifier") is { } logical && logical.Text("value") is { } value
            ? $"{logical.Text("system")}|{value}"
            : null;
    }

    /// <summary>What a literal reference points at, in one form.</summary>
    public static string Target(ResourceReference reference, Uri baseUrl)
    {
        if (reference.Path is not { } path)
        {
            return reference.Text;
        }

        return reference.Base is null || IsBase(reference.Base, baseUrl) ? path : $"{reference.Base}/{path}";
    }

    /// <summary>True where two elements are the same JSON, whatever the order of their members.</summary>
    public static bool AreSame(Node? one, Node? other) =>
        (one, other) switch
        {
            (null, null) => true,
            (null, _) or (_, null) => false,
            _ => ReferenceEquals(one, other)
                || ContentHash.Canonical(one).ToString() == ContentHash.Canonical(other).ToString(),
        };

    private static bool IsBase(string text, Uri baseUrl) =>
        Uri.TryCreate(text, UriKind.Absolute, out var parsed)
        && string.Equals(
            parsed.AbsoluteUri.TrimEnd('/'), baseUrl.AbsoluteUri.TrimEnd('/'), StringComparison.Ordinal);
}
