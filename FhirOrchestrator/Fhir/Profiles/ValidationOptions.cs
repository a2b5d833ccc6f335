namespace FhirOrchestrator.Fhir.Profiles;

/// <summary>What a validation asks for, and its budgets.</summary>
internal sealed record ValidationOptions
{
    /// <summary>The canonical URLs of profiles that the resource must conform to, besides those in its meta.</summary>
    public ImmutableArray<string> Profiles { get; init; } = [];

    /// <summary>True to skip what is in <c>contained</c>, beyond its shape as seen from outside.</summary>
    public bool IsContainedSkipped { get; init; }

    /// <summary>True to take the form of literal references as it is.</summary>
    public bool AreReferencesTrusted { get; init; }

    /// <summary>Invariants that are only good practice are left out; otherwise they are warnings or hints.</summary>
    public bool IsBestPracticeSkipped { get; init; }

    /// <summary>
    /// The most errors, at which the validation ends, and the most warnings and hints, of which the rest is left out;
    /// the report says so. Default 500.
    /// </summary>
    public int IssuesMax { get; init; } = 500;

    /// <summary>The most elements that are looked at, each with every profile that applies to it.</summary>
    public int ElementsMax { get; init; } = 2_000_000;

    /// <summary>How long a validation may take; beyond it stops with an error.</summary>
    public TimeSpan TimeMax { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>The clock of <see cref="TimeMax"/> and of <c>now()</c> in invariants.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;
}
