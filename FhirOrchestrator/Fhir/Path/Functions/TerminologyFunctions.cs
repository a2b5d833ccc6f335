using FhirOrchestrator.Fhir.Json;
using FhirOrchestrator.Fhir.Path.Ast;

namespace FhirOrchestrator.Fhir.Path.Functions;

/// <summary>
/// The functions of R4 that ask a terminology: <c>memberOf</c>, <c>subsumes</c>, <c>subsumedBy</c> (R4, FHIRPath,
/// "Additional functions").
/// </summary>
internal static class TerminologyFunctions
{
    public static ImmutableArray<FunctionEntry> All { get; } =
    [
        new("memberOf", 1, 1, MemberOf),
        new("subsumes", 1, 1, (call, scope, input) => Subsumes(call, scope, input, isReversed: false)),
        new("subsumedBy", 1, 1, (call, scope, input) => Subsumes(call, scope, input, isReversed: true)),
    ];

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

    private static bool IsMember(CallExpr call, Scope scope, string valueSet, ObjectNode coding) =>
        coding.Text("code") is { } code && Lookup(call, scope, valueSet, coding.Text("system"), code);

    private static bool Lookup(CallExpr call, Scope scope, string valueSet, string? system, string code) =>
        scope.Run.Context.Codes(valueSet, system, code)
        ?? throw call.Fail($"expected a value set whose codes are known here, got {valueSet}");

    private static Sequence Subsumes(CallExpr call, Scope scope, Sequence input, bool isReversed)
    {
        var own = call.One(input, $"input of {call.Name}");
        var given = call.One(call.Argument(0, scope), $"argument of {call.Name}");
        if (own is null || given is null)
        {
            return default;
        }

        var (above, below) = isReversed ? (given, own) : (own, given);
        return Sequence.Of(IsAnyAbove(call, scope, Codings(call, above), Codings(call, below)));
    }

    private static ImmutableArray<ObjectNode> Codings(CallExpr call, PathItem item) => item switch
    {
        { TypeName: "Coding", Node: ObjectNode coding } => [coding],
        { TypeName: "CodeableConcept", Node: ObjectNode concept } => [.. concept.Children("coding")],
        _ => throw call.Fail($"expected a Coding or CodeableConcept for {call.Name}, got {item.FullTypeName}"),
    };

    // Concepts are mostly coded in several systems: what of one cannot be set against the other tells nothing, as long
    // as something else does. Where nothing does, how the systems relate is not defined here (R4: an error).
    private static bool IsAnyAbove(
        CallExpr call, Scope scope, ImmutableArray<ObjectNode> above, ImmutableArray<ObjectNode> below)
    {
        var isTold = above.IsEmpty || below.IsEmpty;
        string? unknown = null;
        foreach (var one in above)
        {
            foreach (var other in below)
            {
                scope.Run.Step(call.Position);
                if (one.Text("system") != other.Text("system"))
                {
                    continue;
                }

                switch (IsAbove(scope, one, other))
                {
                    case true:
                        return true;
                    case false:
                        isTold = true;
                        break;
                    default:
                        unknown ??= one.Text("system") ?? "none";
                        break;
                }
            }
        }

        return unknown is not null
            ? throw call.Fail($"expected codes of a system that is known here for {call.Name}, got {unknown}")
            : !isTold
                ? throw call.Fail($"expected codes of one system for {call.Name}, got different systems")
                : false;
    }

    private static bool? IsAbove(Scope scope, ObjectNode one, ObjectNode other)
    {
        if (one.Text("code") is not { } code || other.Text("code") is not { } below)
        {
            return null;
        }

        return one.Text("system") is { } system
            ? scope.Run.Context.Subsumes(system, code, below)
            : code == below ? true : null;
    }
}
