using FhirOrchestrator.Chains;
using FhirOrchestrator.Fhir.Json;

namespace FhirOrchestrator.Outcomes;

/// <summary>A resource that a chain writes to its EHR, and what is known of it there.</summary>
internal sealed record Effect
{
    public required StepName Step { get; init; }

    public required int Round { get; init; }

    /// <summary>Task or Communication.</summary>
    public required string Type { get; init; }

    /// <summary>Hash of the content last sent, noted before it is sent.</summary>
    public required string ContentHash { get; init; }

    /// <summary>The id at the EHR; null while the outcome is unknown.</summary>
    public string? Id { get; init; }

    /// <summary>
    /// The version that our last write made; null where the EHR named none, or where it is not known.
    /// </summary>
    public string? Version { get; init; }

    /// <summary>
    /// The resource as our last write left it, or as the chain last took it in from another hand; before any answer,
    /// as it is sent. Empty where the EHR no longer has it and the chain knows.
    /// </summary>
    public ReadOnlyMemory<byte> Body { get; init; }

    /// <summary>True where it is kept here instead of being written.</summary>
    public bool Withheld { get; init; }

    /// <summary><c>Type/id</c>, null while there is no id.</summary>
    public string? Path => Id is null ? null : $"{Type}/{Id}";

    /// <summary>The resource in <see cref="Body"/>, null where there is none.</summary>
    public Resource? Content => Body.IsEmpty ? null : Resource.Read(Body.Span).Value;
}

/// <summary>
/// What stands in <c>identifier</c> of everything we write: the installation's system and
/// <c>{chain}/{step}/{round}</c>, never the attempt, so that a second try finds what the first one made.
/// </summary>
internal sealed record EffectIdentity(ChainId Chain, StepName Step, int Round)
{
    /// <summary>The value of the identifier.</summary>
    public string Value => $"{Chain}/{Step}/{Round}";

    /// <summary>
    /// The search that finds it, also for <c>If-None-Exist</c>: <c>identifier=system|value</c>, escaped.
    /// </summary>
    public string Query(string installation) => $"identifier={Uri.EscapeDataString($"{installation}|{Value}")}";

    /// <summary>
    /// The identity that a resource carries, null where it is none of this installation's. It tells whose a resource is
    /// even where its id is not known yet (the answer to its creation was lost), and that one with another id than the
    /// one known is a duplicate.
    /// </summary>
    public static EffectIdentity? Of(Resource resource, string installation)
    {
        foreach (var identifier in resource.Root.Children("identifier"))
        {
            if (string.Equals(identifier.Text("system"), installation, StringComparison.Ordinal)
                && Parse(identifier.Text("value")) is { } identity)
            {
                return identity;
            }
        }

        return null;
    }

    private static EffectIdentity? Parse(string? value)
    {
        var parts = value?.Split('/');
        return parts is { Length: 3 }
            && Guid.TryParseExact(parts[0], "D", out var chain)
            && parts[1].Length > 0
            && int.TryParse(parts[2], System.Globalization.CultureInfo.InvariantCulture, out var round)
            && round > 0
            ? new(new ChainId(chain), new StepName(parts[1]), round)
            : null;
    }
}

/// <summary>
/// The human Task by which a message is sent where storing it in the EHR reaches nobody: the step's name and
/// <c>.send</c>. Where that one was cancelled because the chain was held, the next is <c>.send.2</c>, and so on.
/// </summary>
internal static class SendTask
{
    private const string Suffix = ".send";

    /// <summary>The name under which the send Task of a step is written.</summary>
    /// <param name="generation">1 the first.</param>
    public static StepName Of(StepName step, int generation = 1) =>
        new(generation == 1 ? $"{step}{Suffix}" : $"{step}{Suffix}.{generation}");

    /// <summary>
    /// The plan's step behind an effect's name, and which of its send Tasks it is (0: none, the step's own).
    /// </summary>
    public static (StepName Step, int Generation) Read(StepName effect)
    {
        var text = effect.Value;
        var at = text.LastIndexOf(Suffix, StringComparison.Ordinal);
        if (at <= 0)
        {
            return (effect, 0);
        }

        var rest = text.AsSpan(at + Suffix.Length);
        if (rest.IsEmpty)
        {
            return (new StepName(text[..at]), 1);
        }

        return rest[0] == '.'
            && int.TryParse(rest[1..], System.Globalization.CultureInfo.InvariantCulture, out var generation)
            && generation > 1
            ? (new StepName(text[..at]), generation)
            : (effect, 0);
    }

    /// <summary>The last send Task of a step's round that was begun, null where none was.</summary>
    public static Effect? Last(ImmutableArray<Effect> effects, StepName step, int round) => effects
        .Where(effect => effect.Round == round && Read(effect.Step) is { Generation: > 0 } read && read.Step == step)
        .MaxBy(effect => Read(effect.Step).Generation);
}
