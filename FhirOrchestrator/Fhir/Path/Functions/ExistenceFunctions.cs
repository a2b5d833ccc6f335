using FhirOrchestrator.Fhir.Path.Ast;

namespace FhirOrchestrator.Fhir.Path.Functions;

/// <summary>FHIRPath N1, 5.1 Existence.</summary>
internal static class ExistenceFunctions
{
    public static ImmutableArray<FunctionEntry> All { get; } =
    [
        new("empty", 0, 0, (_, _, input) => Sequence.Of(input.IsEmpty)),
        new("exists", 0, 1, Exists),
        new("all", 1, 1, ForAll),
        new("allTrue", 0, 0, (call, _, input) => Sequence.Of(!Any(call, input, wanted: false))),
        new("anyTrue", 0, 0, (call, _, input) => Sequence.Of(Any(call, input, wanted: true))),
        new("allFalse", 0, 0, (call, _, input) => Sequence.Of(!Any(call, input, wanted: true))),
        new("anyFalse", 0, 0, (call, _, input) => Sequence.Of(Any(call, input, wanted: false))),
        new("subsetOf", 1, 1, (call, scope, input) => Sequence.Of(IsSubset(input, call.Argument(0, scope), scope.Run))),
        new("supersetOf", 1, 1, (call, scope, input) =>
            Sequence.Of(IsSubset(call.Argument(0, scope), input, scope.Run))),
        new("count", 0, 0, (_, _, input) => Sequence.Of(input.Count)),
        new("distinct", 0, 0, (_, scope, input) => Equality.Distinct(input, scope.Run)),
        new("isDistinct", 0, 0, (_, scope, input) =>
            Sequence.Of(Equality.Distinct(input, scope.Run).Count == input.Count)),
        new("not", 0, 0, (call, _, input) => Sequence.Of(!call.Truth(input, "input of not"))),
    ];

    private static Sequence Exists(CallExpr call, Scope scope, Sequence input)
    {
        if (call.Arguments.IsEmpty)
        {
            return Sequence.Of(!input.IsEmpty);
        }

        var inner = scope.Inner();
        for (var at = 0; at < input.Count; at++)
        {
            if (Holds(call, inner, scope, input, at))
            {
                return Sequence.True;
            }
        }

        return Sequence.False;
    }

    private static Sequence ForAll(CallExpr call, Scope scope, Sequence input)
    {
        var inner = scope.Inner();
        for (var at = 0; at < input.Count; at++)
        {
            if (!Holds(call, inner, scope, input, at))
            {
                return Sequence.False;
            }
        }

        return Sequence.True;
    }

    /// <summary>The first argument as a criterion on one item.</summary>
    public static bool Holds(CallExpr call, Scope inner, Scope outer, Sequence input, int at)
    {
        inner.This = new Sequence(input[at]);
        inner.Index = at;
        inner.Defined = outer.Defined;
        var criterion = call.Arguments[0];
        return criterion.IsTrue(criterion.Evaluate(inner), inner.Run);
    }

    private static bool Any(CallExpr call, Sequence input, bool wanted)
    {
        var found = false;
        foreach (var item in input)
        {
            found |= item.Value is BooleanItem boolean
                ? boolean.IsTrue == wanted
                : throw call.Fail($"expected booleans as input of {call.Name}, got {item.FullTypeName}");
        }

        return found;
    }

    private static bool IsSubset(Sequence part, Sequence whole, Evaluation run)
    {
        foreach (var item in part)
        {
            if (!Equality.Contains(whole, item, run))
            {
                return false;
            }
        }

        return true;
    }
}
