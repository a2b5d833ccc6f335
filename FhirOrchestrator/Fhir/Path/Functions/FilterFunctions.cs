using FhirOrchestrator.Fhir.Path.Ast;

namespace FhirOrchestrator.Fhir.Path.Functions;

/// <summary>
/// FHIRPath N1, 5.2 Filtering and projection, 5.8 Tree navigation, 7 Aggregates; and <c>sort</c> of the draft.
/// </summary>
internal static class FilterFunctions
{
    public static ImmutableArray<FunctionEntry> All { get; } =
    [
        new("where", 1, 1, Where),
        new("select", 1, 1, Select),
        new("repeat", 1, 1, (call, scope, input) => Repeat(call, scope, input, isDistinct: true)),
        new("repeatAll", 1, 1, (call, scope, input) => Repeat(call, scope, input, isDistinct: false)),
        new("coalesce", 1, 16, Coalesce),
        new("children", 0, 0, Children),
        new("descendants", 0, 0, Descendants),
        new("aggregate", 1, 2, Aggregate),
        new("sort", 0, 16, Sort),
    ];

    private static Sequence Where(CallExpr call, Scope scope, Sequence input)
    {
        var kept = new SequenceBuilder(scope.Run);
        var inner = scope.Inner();
        for (var at = 0; at < input.Count; at++)
        {
            if (ExistenceFunctions.Holds(call, inner, scope, input, at))
            {
                kept.Add(input[at]);
            }
        }

        return kept.Build();
    }

    private static Sequence Select(CallExpr call, Scope scope, Sequence input)
    {
        var made = new SequenceBuilder(scope.Run);
        var inner = scope.Inner();
        for (var at = 0; at < input.Count; at++)
        {
            made.Add(Project(call.Arguments[0], inner, scope, input[at], at));
        }

        return made.Build();
    }

    private static Sequence Project(Expr projection, Scope inner, Scope outer, PathItem item, int at)
    {
        inner.This = new Sequence(item);
        inner.Index = at;
        inner.Defined = outer.Defined;
        return projection.Evaluate(inner);
    }

    // Of repeat each new item is projected once: equal items end the repetition. What goes on for ever, as repeatAll
    // may, ends with the budget.
    private static Sequence Repeat(CallExpr call, Scope scope, Sequence input, bool isDistinct)
    {
        var found = new SequenceBuilder(scope.Run);
        var seen = new Equality.ItemSet(scope.Run, int.MaxValue);
        var inner = scope.Inner();
        var waiting = new Queue<PathItem>();
        foreach (var item in input)
        {
            waiting.Enqueue(item);
        }

        while (waiting.TryDequeue(out var item))
        {
            foreach (var each in Project(call.Arguments[0], inner, scope, item, 0))
            {
                if (!isDistinct || seen.Add(each))
                {
                    found.Add(each);
                    waiting.Enqueue(each);
                }
            }
        }

        return found.Build();
    }

    private static Sequence Coalesce(CallExpr call, Scope scope, Sequence input)
    {
        for (var at = 0; at < call.Arguments.Length; at++)
        {
            if (call.Argument(at, scope) is { IsEmpty: false } found)
            {
                return found;
            }
        }

        return default;
    }

    private static Sequence Children(CallExpr call, Scope scope, Sequence input)
    {
        var found = new SequenceBuilder(scope.Run);
        foreach (var item in input)
        {
            item.AddAllChildren(ref found);
        }

        return found.Build();
    }

    private static Sequence Descendants(CallExpr call, Scope scope, Sequence input)
    {
        var found = new SequenceBuilder(scope.Run);
        foreach (var item in input)
        {
            AddDescendants(item, ref found, call.Position);
        }

        return found.Build();
    }

    // JSON nests at most 128 levels (JsonText.DepthMax), so recursion is safe.
    private static void AddDescendants(PathItem item, ref SequenceBuilder found, int position)
    {
        found.Run.Step(position);
        var children = new SequenceBuilder(found.Run);
        item.AddAllChildren(ref children);
        foreach (var child in children.Build())
        {
            found.Add(child);
            AddDescendants(child, ref found, position);
        }
    }

    private static Sequence Aggregate(CallExpr call, Scope scope, Sequence input)
    {
        var inner = scope.Inner();
        inner.Total = call.Argument(1, scope);
        for (var at = 0; at < input.Count; at++)
        {
            inner.Total = Project(call.Arguments[0], inner, scope, input[at], at);
        }

        return inner.Total;
    }

    // A key with a minus before it sorts downwards; items without a key come first.
    private static Sequence Sort(CallExpr call, Scope scope, Sequence input)
    {
        if (input.Count < 2)
        {
            return input;
        }

        var inner = scope.Inner();
        var rows = new (PathItem Item, PathItem?[] Keys)[input.Count];
        for (var at = 0; at < rows.Length; at++)
        {
            var item = input[at];
            rows[at] = (item, call.Arguments.IsEmpty
                ? [item]
                : [.. call.Arguments.Select(key =>
                    call.One(Project(KeyOf(key), inner, scope, item, at), "sort key"))]);
        }

        var sorted = new SequenceBuilder(scope.Run);
        foreach (var (item, _) in Merged(call, scope.Run, rows))
        {
            sorted.Add(item);
        }

        return sorted.Build();
    }

    // A stable merge sort of its own: the library's wraps what a comparison throws, and trusts it to be total.
    private static (PathItem Item, PathItem?[] Keys)[] Merged(
        CallExpr call, Evaluation run, (PathItem Item, PathItem?[] Keys)[] rows)
    {
        if (rows.Length < 2)
        {
            return rows;
        }

        var left = Merged(call, run, rows[..(rows.Length / 2)]);
        var right = Merged(call, run, rows[(rows.Length / 2)..]);
        var (fromLeft, fromRight) = (0, 0);
        for (var at = 0; at < rows.Length; at++)
        {
            run.Step(call.Position);
            var isLeft = fromRight == right.Length
                || (fromLeft < left.Length && Compare(call, run, left[fromLeft].Keys, right[fromRight].Keys) <= 0);
            rows[at] = isLeft ? left[fromLeft++] : right[fromRight++];
        }

        return rows;
    }

    private static Expr KeyOf(Expr key) => key switch
    {
        SignExpr { IsNegative: true } sign => sign.Operand,
        SortKeyExpr directed => directed.Key,
        _ => key,
    };

    private static int Compare(CallExpr call, Evaluation run, PathItem?[] left, PathItem?[] right)
    {
        for (var at = 0; at < left.Length; at++)
        {
            int? order;
            if (left[at] is not { } first || right[at] is not { } second)
            {
                order = (left[at] is not null).CompareTo(right[at] is not null);
            }
            else if (!Equality.TryCompare(first, second, run, out order))
            {
                throw call.Fail(
                    $"expected sort keys of one ordered type, got {first.FullTypeName} and {second.FullTypeName}");
            }

            var isDown = at < call.Arguments.Length
                && call.Arguments[at] is SignExpr { IsNegative: true } or SortKeyExpr { IsDown: true };
            if (order is not (null or 0))
            {
                return isDown ? -order.Value : order.Value;
            }
        }

        return 0;
    }
}
