using FhirOrchestrator.Chains;
using FhirOrchestrator.Fhir.Json;
using FhirOrchestrator.Fhir.Path;

namespace FhirOrchestrator.Plans;

/// <summary>
/// A workflow package, checked and compiled: what to subscribe to, what starts a chain, what its steps make. Immutable;
/// a running chain keeps the one that it started with.
/// </summary>
internal sealed record WorkflowPackage
{
    /// <summary>The folder's name, such as <c>discharge-follow-up</c>.</summary>
    public required string Name { get; init; }

    /// <summary>What people call the workflow (PlanDefinition.title).</summary>
    public required string Title { get; init; }

    public required ChainDefinition Definition { get; init; }

    public required ImmutableArray<SubscriptionTemplate> Subscriptions { get; init; }

    public required ImmutableArray<StartRule> Starts { get; init; }

    /// <summary>The business key over <c>%trigger</c>; one chain a key and EHR, for ever.</summary>
    public required PathExpression BusinessKey { get; init; }

    /// <summary>Gives the reference of the Patient over <c>%trigger</c>.</summary>
    public required PathExpression Subject { get; init; }

    /// <summary>What to read into the dossier when a chain starts, in order.</summary>
    public ImmutableArray<InputQuery> Inputs { get; init; } = [];

    /// <summary>Which other resources concern a live chain.</summary>
    public ImmutableArray<WatchRule> Watches { get; init; } = [];

    /// <summary>Every expression that the definition names.</summary>
    public required ImmutableDictionary<ExpressionKey, PathExpression> Expressions { get; init; }

    /// <summary>What each step makes.</summary>
    public required ImmutableDictionary<StepName, StepTemplate> Templates { get; init; }

    /// <summary>False where the PlanDefinition is not active or lacks an approvalDate: nothing starts.</summary>
    public required bool MayStart { get; init; }

    /// <summary>Why nothing may start, in words; null where something may.</summary>
    public string? WhyNot { get; init; }

    /// <summary>The files that it was compiled from, by their paths below its folder.</summary>
    public ImmutableSortedDictionary<string, byte[]> Files { get; init; } =
        ImmutableSortedDictionary<string, byte[]>.Empty;

    /// <summary>The package's own tests.</summary>
    public ImmutableArray<Scenario> Scenarios { get; init; } = [];
}

/// <summary>A Subscription to register, without endpoint and secret: the server fills them in.</summary>
/// <param name="Name">The file's name without <c>.json</c>.</param>
/// <param name="Resource">The Subscription as the file has it.</param>
/// <param name="Criteria">The search that it stands for (<c>Type?query</c>), also swept.</param>
internal sealed record SubscriptionTemplate(string Name, Resource Resource, string Criteria);

/// <summary>What starts a chain.</summary>
internal sealed record StartRule
{
    /// <summary>The type whose resources may start it.</summary>
    public required string ResourceType { get; init; }

    /// <summary>
    /// Which resource the chain is about, as a reference over the announced one (a Task's focus); null: the announced
    /// one itself. The conditions look at that resource.
    /// </summary>
    public PathExpression? TriggerReference { get; init; }

    /// <summary>
    /// Must hold of the announced resource before anything else is read; the first false one is the reason.
    /// </summary>
    public ImmutableArray<StartCondition> Screens { get; init; } = [];

    /// <summary>Must hold over <c>%trigger</c> and <c>%patient</c>; the first false one is the reason.</summary>
    public required ImmutableArray<StartCondition> Conditions { get; init; }

    /// <summary>The clinical instant that the window counts from, over <c>%trigger</c>.</summary>
    public required PathExpression ClinicalInstant { get; init; }

    /// <summary>How long after the clinical instant a chain may start; default 7 days.</summary>
    public required TimeSpan StartWithin { get; init; }
}

/// <summary>A start condition: its code and words are the recorded reason where it does not hold.</summary>
internal sealed record StartCondition(string Reason, string Words, PathExpression Expression);

/// <summary>A search to run at the start, or a reference to read; its results join the dossier under a name.</summary>
/// <param name="Name">The variable's name without %.</param>
/// <param name="Query">
/// Gives <c>Type?query</c> or <c>Type/id</c> over the dossier so far; empty: nothing is read.
/// </param>
/// <param name="ItemsMax">The most resources that are kept, 1 to 50.</param>
internal sealed record InputQuery(string Name, PathExpression Query, int ItemsMax);

/// <summary>
/// A resource of <paramref name="ResourceType"/> whose top-level element <paramref name="Element"/> refers to the
/// dossier's <paramref name="Of"/> (<c>trigger</c> or <c>patient</c>) concerns the chain, as <paramref name="Name"/>.
/// </summary>
internal sealed record WatchRule(string Name, string ResourceType, string Element, string Of);

/// <summary>What a step makes.</summary>
internal sealed record StepTemplate
{
    /// <summary>The ActivityDefinition that it was compiled from, as <c>url|version</c>.</summary>
    public required string Activity { get; init; }

    /// <summary>What it is called, and why it exists, for people.</summary>
    public required string Title { get; init; }

    public string? Why { get; init; }

    /// <summary>What the Task or Communication is coded as.</summary>
    public required Code Code { get; init; }

    /// <summary>FHIR request priority: routine, urgent, asap or stat.</summary>
    public string Priority { get; init; } = "routine";

    /// <summary>Who may do it (Task.performerType): the pool.</summary>
    public Code? Pool { get; init; }

    /// <summary>
    /// Constant elements of the resource to make (from the ActivityDefinition), overridden by the values.
    /// </summary>
    public required ObjectNode Fixed { get; init; }

    /// <summary>
    /// Elements set by expressions over dossier and step variables, in order: ActivityDefinition's, then the plan's.
    /// </summary>
    public ImmutableArray<TemplateValue> Values { get; init; } = [];

    /// <summary>What the Task must say when it is completed.</summary>
    public ImmutableArray<OutputRule> Outputs { get; init; } = [];

    /// <summary>True for a message that corrects an earlier one: it goes out although the trigger was voided.</summary>
    public bool IsCorrection { get; init; }
}

/// <summary>
/// An element of the resource to make, as a simple path (<c>payload.contentString</c>), and its value. Nothing is set
/// where the expression gives nothing; a repeating element takes all that it gives, any other the first. A path may
/// occur again: the last one that gives something wins. The path <c>priority</c> overrides <see
/// cref="StepTemplate.Priority"/>.
/// </summary>
internal sealed record TemplateValue(string Path, PathExpression Expression);

/// <summary>An output that a Task must or may have.</summary>
/// <param name="Type">
/// Its code in our CodeSystem: <c>outcome</c>, or a resource type such as <c>Appointment</c>.
/// </param>
/// <param name="Title">What people call it.</param>
/// <param name="Choices">The codes allowed; none: a reference to a resource of that type, or text.</param>
/// <param name="IsRequired">True where a completed Task without it needs review.</param>
internal sealed record OutputRule(string Type, string Title, ImmutableArray<Code> Choices, bool IsRequired);
