using FhirOrchestrator.Fhir.Definitions;
using FhirOrchestrator.Fhir.Json;
using FhirOrchestrator.Fhir.Path.Ast;
using FhirOrchestrator.Fhir.Path.Values;

namespace FhirOrchestrator.Fhir.Path.Functions;

/// <summary>FHIRPath N1, 5.9 Utility functions and 10.2 Reflection; <c>defineVariable</c> of the draft.</summary>
internal static class EnvironmentFunctions
{
    public static ImmutableArray<FunctionEntry> All { get; } =
    [
        new("trace", 1, 2, Trace),
        new("now", 0, 0, (call, scope, _) =>
            new Sequence(new TemporalItem(Temporal.Instant(scope.Run.Now(call.Position))))),
        new("today", 0, 0, (call, scope, _) =>
            new Sequence(new TemporalItem(Temporal.Day(DateOnly.FromDateTime(scope.Run.Now(call.Position).DateTime))))),
        new("timeOfDay", 0, 0, (call, scope, _) =>
            new Sequence(new TemporalItem(Temporal.TimeOfDay(scope.Run.Now(call.Position))))),
        new("defineVariable", 1, 2, DefineVariable),
        new("type", 0, 0, Type),
    ];

    private static Sequence Trace(CallExpr call, Scope scope, Sequence input)
    {
        if (call.TextArgument(0, scope) is { } name && scope.Run.Context.Trace is { } trace)
        {
            var inner = scope.Inner();
            inner.This = input;
            trace(name, (call.Arguments.Length == 2 ? Projected(call, inner, input) : input).ToItems());
        }

        return input;
    }

    private static Sequence Projected(CallExpr call, Scope inner, Sequence input)
    {
        var made = new SequenceBuilder(inner.Run);
        for (var at = 0; at < input.Count; at++)
        {
            inner.This = new Sequence(input[at]);
            inner.Index = at;
            made.Add(call.Arguments[1].Evaluate(inner));
        }

        return made.Build();
    }

    // The variable lives for the rest of the path; operands, arguments and loops end it.
    private static Sequence DefineVariable(CallExpr call, Scope scope, Sequence input)
    {
        var name = call.TextArgument(0, scope)
            ?? throw call.Fail("expected a name for defineVariable, got nothing");
        if (PathVocabulary.IsBuiltIn(name) || scope.Defined.ContainsKey(name)
            || scope.Run.Context.Variables.ContainsKey(name))
        {
            throw call.Fail($"expected a new name for defineVariable, got %{name}, which is there");
        }

        var inner = scope.Inner();
        inner.This = input;
        scope.Defined = scope.Defined.SetItem(name, call.Arguments.Length == 2 ? call.Argument(1, inner) : input);
        return input;
    }

    private static Sequence Type(CallExpr call, Scope scope, Sequence input)
    {
        var types = new SequenceBuilder(scope.Run);
        foreach (var item in input)
        {
            var node = Node.Object(
                ("namespace", item.TypeNamespace), ("name", item.TypeName), ("baseType", BaseOf(item)));
            types.Add(new ElementItem(node, null, null, ElementItem.TypeInfoType, null, null));
        }

        return types.Build();
    }

    private static string? BaseOf(PathItem item) => item is not ElementItem element ? "System.Any"
        : FhirDefinitions.R4.Type(element.TypeName)?.Base is { } above ? "FHIR." + above
        : null;
}
