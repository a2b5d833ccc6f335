using FhirOrchestrator.Fhir.Json;

namespace FhirOrchestrator.Fhir.Profiles;

/// <summary>What kind of JSON a value is, in words that give nothing of it away.</summary>
internal static class JsonKind
{
    public static string Of(Node value) => value switch
    {
        ObjectNode => "an object",
        ArrayNode => "an array",
        TextNode => "another text",
        NumberNode => "another number",
        BooleanNode => "a boolean",
        _ => "null",
    };
}
