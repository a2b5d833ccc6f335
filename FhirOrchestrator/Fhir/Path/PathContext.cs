using FhirOrchestrator.Fhir.Definitions;
using FhirOrchestrator.Fhir.Json;

namespace FhirOrchestrator.Fhir.Path;

/// <summary>What an evaluation may know besides its input, and its budgets.</summary>
internal sealed record PathContext
{
    /// <summary>The default of <see cref="StepsMax"/>.</summary>
    public const int StepsMaxDefault = 1_000_000;

    /// <summary>The default of <see cref="ItemsMax"/>.</summary>
    public const int ItemsMaxDefault = 200_000;

    private static readonly Func<string, string?, string, bool?> CodesOfR4 = FhirDefinitions.R4.Codes;
    private static readonly Func<string, string, string, bool?> HierarchiesOfR4 = FhirDefinitions.R4.Subsumes;

    /// <summary>
    /// What <c>now()</c>, <c>today()</c> and <c>timeOfDay()</c> say. An expression that asks for it fails where it was
    /// not set.
    /// </summary>
    public DateTimeOffset Now { get; init; }

    /// <summary>
    /// The zone on whose clock, besides its own, a dateTime with an offset is compared with a date; null for the offset
    /// of <see cref="Now"/>, whatever the season. The zone of the machine is never used.
    /// </summary>
    public TimeZoneInfo? Zone { get; init; }

    /// <summary>Measures <see cref="TimeMax"/>.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <summary>The longest that an evaluation may take; beyond it fails.</summary>
    public TimeSpan TimeMax { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// Values of <c>%name</c>, by name without the <c>%</c>; <c>resource</c>, <c>rootResource</c> and <c>context</c>
    /// given here replace the built-in ones.
    /// </summary>
    public ImmutableDictionary<string, ImmutableArray<PathItem>> Variables { get; init; } =
        ImmutableDictionary<string, ImmutableArray<PathItem>>.Empty;

    /// <summary>
    /// Says for <c>memberOf</c> whether a value set (first) has a code (last) of a system, or of any for null; null
    /// where the value set's codes are not known. Default: the value sets of R4.
    /// </summary>
    public Func<string, string?, string, bool?> Codes { get; init; } = CodesOfR4;

    /// <summary>
    /// Says for <c>subsumes</c> and <c>subsumedBy</c> whether, in a code system (first), a code is another one or
    /// stands above it; null where that is not known. Default: the code systems of R4.
    /// </summary>
    public Func<string, string, string, bool?> Subsumes { get; init; } = HierarchiesOfR4;

    /// <summary>
    /// Finds the resource of a literal reference or canonical URL for <c>resolve()</c>; null where it is not known.
    /// Contained resources and the entries of the same Bundle are found without it.
    /// </summary>
    public Func<string, Resource?>? Resolve { get; init; }

    /// <summary>The most steps that an evaluation may take; beyond it fails.</summary>
    public int StepsMax { get; init; } = StepsMaxDefault;

    /// <summary>The most items that a collection may hold; beyond it the evaluation fails.</summary>
    public int ItemsMax { get; init; } = ItemsMaxDefault;

    /// <summary>Receives what <c>trace(name)</c> sees; null to drop it. May be patient data.</summary>
    public Action<string, IReadOnlyList<PathItem>>? Trace { get; init; }

    /// <summary>
    /// Says for <c>conformsTo(url)</c> whether an item conforms to the profile or base type of a canonical URL; null
    /// where the URL is not known, which is an error of the expression. Without it <c>conformsTo</c> fails.
    /// </summary>
    public Func<PathItem, string, bool?>? Conforms { get; init; }

    /// <summary>
    /// Says for <c>slice(structure, name)</c> whether an item is of a profile's slice: the profile's canonical URL,
    /// then the slice's name or its element id; null where there is no such profile or slice, which is an error of the
    /// expression. Without it <c>slice</c> fails.
    /// </summary>
    public Func<PathItem, string, string, bool?>? Slices { get; init; }

    /// <summary>A context at this instant, in the zone of the clock.</summary>
    public static PathContext At(TimeProvider clock) =>
        new() { Now = clock.GetLocalNow(), Zone = clock.LocalTimeZone, Clock = clock };

    /// <summary>This context with a variable of a single value.</summary>
    public PathContext With(string name, PathItem value) => this with { Variables = Variables.SetItem(name, [value]) };

    /// <summary>This context with a variable of any number of values.</summary>
    public PathContext With(string name, ImmutableArray<PathItem> values) =>
        this with { Variables = Variables.SetItem(name, values) };
}
