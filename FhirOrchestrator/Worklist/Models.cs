using FhirOrchestrator.Chains;
using FhirOrchestrator.Plans;

namespace FhirOrchestrator.Worklist;

/// <summary>What the list shows.</summary>
internal sealed record ListModel
{
    public required ImmutableArray<TaskRow> Rows { get; init; }

    public required ImmutableArray<Code> Pools { get; init; }

    public required string? Pool { get; init; }

    public required string? Show { get; init; }

    public required string? Person { get; init; }

    public required bool HasSandbox { get; init; }

    /// <summary>What is wrong with the whole: an EHR that cannot be reached, a package that was refused.</summary>
    public required ImmutableArray<string> Notices { get; init; }
}

/// <summary>What the page of one task shows.</summary>
internal sealed record TaskModel
{
    public required TaskRow Row { get; init; }

    public required StepTemplate Template { get; init; }

    public required ImmutableArray<StepLine> Steps { get; init; }

    public required Uri ChartUrl { get; init; }

    public required string? Person { get; init; }

    public required bool HasSandbox { get; init; }

    /// <summary>What became of the act that led here, null where none did.</summary>
    public Said? Said { get; init; }

    /// <summary>True where a person can work on the Task itself.</summary>
    public bool IsOpen => Row.Item.Phase is StepPhase.Waiting or StepPhase.NeedsReview;

    /// <summary>What a person may decide now: the act, and the words on its button.</summary>
    public ImmutableArray<(string Act, string Words)> Decisions => (Row.Chain.State.Phase, Row.Item.Phase) switch
    {
        (ChainPhase.Held, _) => [("resume", "Resume the chain"), ("cancel", "Cancel the chain"), ("void", "Void the chain")],
        (_, StepPhase.Failed) => [("retry", "Try again"), ("skip", "Go on without it"), ("cancel", "Cancel the chain")],
        (_, StepPhase.NeedsReview) => [("accept", "Accept as it is"), ("skip", "Go on without it")],
        (_, StepPhase.Held) => [("resume", "Resume"), ("cancel", "Cancel the chain")],
        _ => [("hold", "Hold the chain"), ("cancel", "Cancel the chain")],
    };
}

/// <summary>An answer to what a person just did.</summary>
internal sealed record Said(string Text, bool IsRefusal);

/// <summary>A step of the chain, for the list of all.</summary>
internal sealed record StepLine(string Title, string Phase, string Words);
