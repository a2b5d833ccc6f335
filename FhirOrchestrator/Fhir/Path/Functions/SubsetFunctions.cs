namespace FhirOrchestrator.Fhir.Path.Functions;

/// <summary>FHIRPath N1, 5.3 Subsetting and 5.4 Combining.</summary>
internal static class SubsetFunctions
{
    public static ImmutableArray<FunctionEntry> All { get; } =
    [
        new("single", 0, 0, (call, _, input) => new Sequence(call.One(input, "input of single"))),
        new("first", 0, 0, (_, _, input) => input.Slice(0, 1)),
        new("last", 0, 0, (_, _, input) => input.Slice(input.Count - 1, input.IsEmpty ? 0 : 1)),
        new("tail", 0, 0, (_, _, input) => input.Slice(1, int.MaxValue)),
        new("skip", 1, 1, (call, scope, input) => call.IntegerArgument(0, scope) is { } count
            ? input.Slice(count, int.MaxValue)
            : default),
        new("take", 1, 1, (call, scope, input) => call.IntegerArgument(0, scope) is { } count
            ? input.Slice(0, Math.Max(0, count))
            : default),
        new("intersect", 1, 1, (call, scope, input) =>
            Equality.Distinct(Among(input, call.Argument(0, scope), scope.Run, isWanted: true), scope.Run)),
        new("exclude", 1, 1, (call, scope, input) => Among(input, call.Argument(0, scope), scope.Run, isWanted: false)),
        new("union", 1, 1, (call, scope, input) =>
            Equality.Distinct(Joined(input, call.Argument(0, scope), scope.Run), scope.Run)),
        new("combine", 1, 2, (call, scope, input) => Joined(input, call.Argument(0, scope), scope.Run)),
    ];

    private static Sequence Among(Sequence input, Sequence others, Evaluation run, bool isWanted)
    {
        var known = new Equality.ItemSet(run, others.Count);
        foreach (var other in others)
        {
            known.Add(other);
        }

        var kept = new SequenceBuilder(run);
        foreach (var item in input)
        {
            if (known.Has(item) == isWanted)
            {
                kept.Add(item);
            }
        }

        return kept.Build();
    }

    private static Sequence Joined(Sequence first, Sequence second, Evaluation run)
    {
        var all = new SequenceBuilder(run);
        all.Add(first);
        all.Add(second);
        return all.Build();
    }
}
