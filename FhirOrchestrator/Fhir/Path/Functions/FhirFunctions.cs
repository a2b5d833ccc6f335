using FhirOrchestrator.Fhir.Definitions;
using FhirOrchestrator.Fhir.Json;
using FhirOrchestrator.Fhir.Path.Ast;

namespace FhirOrchestrator.Fhir.Path.Functions;

/// <summary>The functions that FHIR R4 adds (R4, FHIRPath, "Additional functions").</summary>
internal static class FhirFunctions
{
    public static ImmutableArray<FunctionEntry> All { get; } =
    [
        new("extension", 1, 1, Extension),
        new("hasValue", 0, 0, (_, _, input) => Sequence.Of(input.Count == 1 && HasValue(input[0]))),
        new("getValue", 0, 0, (call, _, input) =>
            input.Count == 1 && HasValue(input[0]) ? new Sequence(input[0].Value) : default),
        new("resolve", 0, 0, Resolve),
        new("memberOf", 1, 1, MemberOf),
        new("conformsTo", 1, 1, ConformsTo),
        new("checkModifiers", 1, 1, CheckModifiers),
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

    private static Sequence MemberOf(CallExpr call, Scope scope, Sequence input)
    {
        var item = call.One(input, "input of memberOf");
        if (call.TextArgument(0, scope) is not { } valueSet || item is null)
        {
            return default;
        }

        if (item is ElementItem { Node: ObjectNode node })
        {
            return item.TypeName switch
            {
                "Coding" => Sequence.Of(IsMember(call, scope, valueSet, node)),
                "CodeableConcept" => Sequence.Of(
                    node.Children("coding").Any(coding => IsMember(call, scope, valueSet, coding))),
                _ => throw call.Fail(
                    $"expected a code, Coding or CodeableConcept for memberOf, got {item.FullTypeName}"),
            };
        }

        return item.Value is StringItem code ? Sequence.Of(Lookup(call, scope, valueSet, null, code.Text)) : default;
    }

    private static Sequence CheckModifiers(CallExpr call, Scope scope, Sequence input)
    {
        var known = (call.TextArgument(0, scope) ?? "").Split(',', StringSplitOptions.TrimEntries);
        foreach (var item in input)
        {
            if (item.Node is ObjectNode node && node.Children("modifierExtension").Any(
                extension => !known.Contains(extension.Text("url"), StringComparer.Ordinal)))
            {
                throw call.Fail($"expected no modifier extensions but those named, got another on {item.FullTypeName}");
            }
        }

        return input;
    }

    private static Sequence ConformsTo(CallExpr call, Scope scope, Sequence input)
    {
        var item = call.One(input, "input of conformsTo");
        if (call.TextArgument(0, scope) is not { } profile || item is null)
        {
            return default;
        }

        var conforms = scope.Run.Context.Conforms
            ?? throw call.Fail("expected a context that can validate for conformsTo, got one without");
        return Sequence.Of(conforms(item, profile)
            ?? throw call.Fail($"expected a profile that is known here for conformsTo, got {profile}"));
    }

    private static bool IsMember(CallExpr call, Scope scope, string valueSet, ObjectNode coding) =>
        coding.Text("code") is { } code && Lookup(call, scope, valueSet, coding.Text("system"), code);

    private static bool Lookup(CallExpr call, Scope scope, string valueSet, string? system, string code) =>
        scope.Run.Context.Codes(valueSet, system, code)
        ?? throw call.Fail($"expected a value set whose codes are known here, got {valueSet}");
}
