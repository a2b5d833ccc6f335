using FhirOrchestrator.Fhir.Json;

namespace FhirOrchestrator.Sandbox.Hospital;

/// <summary>
/// One thing that somebody does in the hospital. Whatever is not named, chance chooses among what would do.
/// </summary>
/// <param name="Named">What was asked for, by name: <c>patient</c>, <c>encounter</c>, <c>disposition</c> …</param>
internal sealed record ActCall(IReadOnlyDictionary<string, string> Named, Dice Dice, DateTimeOffset Now)
{
    /// <summary>A call that leaves everything to chance.</summary>
    public static ActCall Random(Dice dice, DateTimeOffset now) =>
        new(ImmutableDictionary<string, string>.Empty, dice, now);

    /// <summary>What was asked for under a name, null for nothing or empty text.</summary>
    public string? this[string name] => Named.TryGetValue(name, out var value) && value.Length > 0 ? value : null;

    /// <summary>The id under a name, whether it was given alone or as <c>Type/id</c>.</summary>
    public string? Id(string name) =>
        this[name] is { } text ? text[(text.IndexOf('/', StringComparison.Ordinal) + 1)..] : null;
}

/// <summary>What became of an act: what was written, or why it cannot be done.</summary>
internal sealed record ActOutcome
{
    /// <summary>Somebody wrote one of the resources meanwhile: the act may be tried again.</summary>
    public static readonly ActOutcome Conflict =
        Refused("expected the records unchanged during the act, got a newer version of one");

    private ActOutcome(ImmutableArray<Resource> written, string? refusal) => (Written, Refusal) = (written, refusal);

    /// <summary>The resources as stored; the one that the act is about stands first.</summary>
    public ImmutableArray<Resource> Written { get; }

    /// <summary>Why nothing was done; null where it was.</summary>
    public string? Refusal { get; }

    public static ActOutcome Done(ImmutableArray<Resource> written) => new(written, null);

    public static ActOutcome Refused(string why) => new([], why);
}

/// <summary>A resource that an act needs, or why there is none.</summary>
internal sealed record Found(Resource? Resource, string? Problem)
{
    /// <summary>The act's answer where nothing was found.</summary>
    public ActOutcome Refusal => ActOutcome.Refused(Problem ?? "expected a resource to act on, got none");

    public static implicit operator Found(Resource resource) => new(resource, null);

    public static Found Nothing(string problem) => new(null, problem);
}
