using FhirOrchestrator.Fhir.Definitions;
using FhirOrchestrator.Fhir.Json;
using FhirOrchestrator.Fhir.Path.Ast;

namespace FhirOrchestrator.Fhir.Path.Functions;

/// <summary>
/// The functions that FHIR R4 adds (R4, FHIRPath, "Additional functions"): extensions, values and references.
/// </summary>
internal static class FhirFunctions
{
    public static ImmutableArray<FunctionEntry> All { get; } =
    [
        new("extension", 1, 1, Extension),
        new("hasValue", 0, 0, (_, _, input) => Sequence.Of(input.Count == 1 && HasValue(input[0]))),
        new("getValue", 0, 0, (call, _, input) =>
            input.Count == 1 && HasValue(input[0]) ? new Sequence(input[0].Value) : default),
        new("resolve", 0, 0, Resolve),
    ];

    /// <summary>
    /// The resource type that a reference names without being resolved: in its <c>type</c>, or in a literal reference.
    /// Null where it names none.
    /// </summary>
    public static string? TypeOfReference(PathItem item)
    {
        if (item.Node is ObjectNode node && node.Text("type") is { } type && FhirDefinitions.R4.IsResource(type))
        {
            return type;
        }

        return TextOf(item) is { } text && ResourceReference.Parse(text) is { Type: { } named }
            && FhirDefinitions.R4.IsResource(named)
                ? named
                : null;
    }

    private static bool HasValue(PathItem item) => item is not ElementItem element || element.HasValue;

    private static Sequence Extension(CallExpr call, Scope scope, Sequence input)
    {
        if (call.TextArgument(0, scope) is not { } url)
        {
            return default;
        }

        var found = new SequenceBuilder(scope.Run);
        foreach (var item in input)
        {
            var extensions = new SequenceBuilder(scope.Run);
            item.AddChildren("extension", ref extensions);
            foreach (var extension in extensions.Build())
            {
                if (extension.Node is ObjectNode node && node.Text("url") == url)
                {
                    found.Add(extension);
                }
            }
        }

        return found.Build();
    }

    private static string? TextOf(PathItem item) => item switch
    {
        { Value: StringItem text } => text.Text,
        { Node: ObjectNode node } when item.IsFhir("Reference") => node.Text("reference"),
        _ => null,
    };

    // What cannot be found is left out (R4: "items that cannot be resolved are ignored").
    private static Sequence Resolve(CallExpr call, Scope scope, Sequence input)
    {
        var found = new SequenceBuilder(scope.Run);
        foreach (var item in input)
        {
            if (TextOf(item) is { } text
                && scope.Run.Resolve(text, item as ElementItem ?? scope.Run.Focus as ElementItem) is { } resource)
            {
                found.Add(resource);
            }
        }

        return found.Build();
    }
}
