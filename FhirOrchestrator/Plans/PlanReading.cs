using FhirOrchestrator.Chains;
using FhirOrchestrator.Fhir.Path;

namespace FhirOrchestrator.Plans;

/// <summary>A start, and where it stands.</summary>
internal sealed record PlacedStart(StartRule Rule, string Path);

/// <summary>A stop, and where it stands.</summary>
internal sealed record PlacedStop(StopRule Rule, string Path);

/// <summary>A watch, and where it stands.</summary>
internal sealed record PlacedWatch(WatchRule Rule, string Path);

/// <summary>A plan, compiled as far as it could be.</summary>
internal sealed record PlanReading
{
    public required Placed Plan { get; init; }

    public required ImmutableArray<PlacedStart> Starts { get; init; }

    public required ImmutableArray<PlacedStop> Stops { get; init; }

    public required ImmutableArray<PlacedWatch> Watches { get; init; }

    public required ExpressionKey? SuspendWhile { get; init; }

    public required ImmutableArray<InputQuery> Inputs { get; init; }

    public required PathExpression? BusinessKey { get; init; }

    public required PathExpression? Subject { get; init; }

    public required ImmutableArray<CompiledStep> Steps { get; init; }

    public required ImmutableDictionary<ExpressionKey, PathExpression> Expressions { get; init; }

    public required string? WhyNot { get; init; }

    /// <summary>The code lists that were put into the expressions.</summary>
    public required ImmutableArray<string> Lists { get; init; }
}
