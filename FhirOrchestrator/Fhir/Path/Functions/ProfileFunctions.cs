using FhirOrchestrator.Fhir.Definitions;
using FhirOrchestrator.Fhir.Json;
using FhirOrchestrator.Fhir.Path.Ast;

namespace FhirOrchestrator.Fhir.Path.Functions;

/// <summary>
/// The functions of R4 that ask what the definitions say of an item (R4, FHIRPath, "Additional functions").
/// </summary>
internal static class ProfileFunctions
{
    private const int ModifiersMax = 64;
    private const int StepsPerSlice = 100;

    public static ImmutableArray<FunctionEntry> All { get; } =
    [
        new("conformsTo", 1, 1, ConformsTo),
        new("slice", 2, 2, Slice),
        new("elementDefinition", 0, 0, (_, scope, input) => ElementDefinitions(scope, input)),
        new("checkModifiers", 0, ModifiersMax, CheckModifiers),
        new("htmlChecks", 0, 0, HtmlChecks),
    ];

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

    // The items that are of the slice: R4 leaves open what is returned, later versions say it.
    private static Sequence Slice(CallExpr call, Scope scope, Sequence input)
    {
        if (call.TextArgument(0, scope) is not { } structure || call.TextArgument(1, scope) is not { } name
            || input.IsEmpty)
        {
            return default;
        }

        var slices = scope.Run.Context.Slices
            ?? throw call.Fail("expected a context that can validate for slice, got one without");
        var found = new SequenceBuilder(scope.Run);
        foreach (var item in input)
        {
            scope.Run.Charge(StepsPerSlice, call.Position);
            if (slices(item, structure, name)
                ?? throw call.Fail($"expected a slice that is known here, got {name} of {structure}"))
            {
                found.Add(item);
            }
        }

        return found.Build();
    }

    // What R4 itself says of the element; of a resource, of its type. What is no element has no definition.
    private static Sequence ElementDefinitions(Scope scope, Sequence input)
    {
        var type = FhirDefinitions.R4.Type("ElementDefinition");
        var found = new SequenceBuilder(scope.Run);
        foreach (var item in input)
        {
            if (item is ElementItem element && PathOf(element) is { } path
                && StandardProfiles.R4.Element(path) is { } definition)
            {
                found.Add(new ElementItem(definition, null, type, "ElementDefinition", null, null));
            }
        }

        return found.Build();
    }

    private static string? PathOf(ElementItem item) => item.IsResource ? item.TypeName : item.Element?.Path;

    // Each argument is one URL, or several with commas between them, as later versions have it.
    private static Sequence CheckModifiers(CallExpr call, Scope scope, Sequence input)
    {
        var known = new HashSet<string>(StringComparer.Ordinal);
        for (var at = 0; at < call.Arguments.Length; at++)
        {
            known.UnionWith((call.TextArgument(at, scope) ?? "").Split(',', StringSplitOptions.TrimEntries));
        }

        foreach (var item in input)
        {
            if (item.Node is ObjectNode node && node.Children("modifierExtension").Any(
                extension => extension.Text("url") is not { } url || !known.Contains(url)))
            {
                throw call.Fail($"expected no modifier extensions but those named, got another on {item.FullTypeName}");
            }
        }

        return input;
    }

    private static Sequence HtmlChecks(CallExpr call, Scope scope, Sequence input)
    {
        if (call.One(input, "input of htmlChecks") is not ElementItem { Node: TextNode markup } item
            || !item.IsFhir("xhtml"))
        {
            return default;
        }

        scope.Run.CheckText(markup.Value.Length, call.Position);
        return Sequence.Of(NarrativeMarkup.Faults(markup.Value).IsEmpty);
    }
}
