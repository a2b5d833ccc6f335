using FhirOrchestrator.Fhir.Json;

namespace FhirOrchestrator.Sandbox.Publisher;

/// <summary>What the gate says about a Subscription that a client submits.</summary>
internal abstract record Admission
{
    private Admission()
    {
    }

    /// <summary>To be stored in this form.</summary>
    public sealed record Accepted(Resource Resource) : Admission;

    /// <summary>To be answered with 422.</summary>
    public sealed record Refused(ImmutableArray<SubscriptionRefusal> Refusals) : Admission;
}

/// <summary>
/// Judges Subscriptions as clients write them, and hides their header values from readers (Backport 1.1.0, security:
/// secrets of a channel are not for other clients to read).
/// </summary>
internal sealed class SubscriptionGate(SubscriptionReader reader, TimeProvider time)
{
    /// <summary>What readers see in place of a header's value.</summary>
    public const string Mask = "********";

    /// <summary>
    /// Judges a create (<paramref name="current"/> null) or an update. A client submits <c>requested</c> or <c>off</c>;
    /// the rest of the status is the server's, and so is <c>error</c>.
    /// </summary>
    public Admission Admit(Resource proposed, Resource? current)
    {
        var refusals = ImmutableArray.CreateBuilder<SubscriptionRefusal>();
        var status = proposed.Root.Text("status");
        if (status is not ("requested" or "off"))
        {
            refusals.Add(new("Subscription.status", $"expected requested or off, got {status ?? "nothing"}"));
        }

        var restored = Unmask(proposed, current).With("error", null);
        var reading = reader.Read(restored);
        refusals.AddRange(reading.Refusals.Where(each => each.Path != "Subscription.status"));
        if (status == "requested" && reading.Subscription?.End is { } end && end <= time.GetUtcNow())
        {
            refusals.Add(new("Subscription.end", "expected an instant to come, got a past one"));
        }

        if (Headers(restored).Any(line => line.EndsWith(Mask, StringComparison.Ordinal)))
        {
            refusals.Add(new("Subscription.channel.header", "expected a header's value, got the mask shown in its place"));
        }

        return refusals.Count == 0 ? new Admission.Accepted(restored) : new Admission.Refused(refusals.DrainToImmutable());
    }

    /// <summary>The Subscription as readers see it.</summary>
    public static Resource Masked(Resource subscription) =>
        WithHeaders(subscription, [.. Headers(subscription).Select(line => $"{Name(line)}: {Mask}")]);

    // A client that reads, edits and writes back sends the masks; they stand for what was there.
    private static Resource Unmask(Resource proposed, Resource? current)
    {
        if (current is null)
        {
            return proposed;
        }

        var known = Headers(current).ToLookup(Name, StringComparer.OrdinalIgnoreCase);
        return WithHeaders(proposed, [.. Headers(proposed).Select(line =>
            line.EndsWith(Mask, StringComparison.Ordinal) ? known[Name(line)].FirstOrDefault() ?? line : line)]);
    }

    private static Resource WithHeaders(Resource subscription, ImmutableArray<string> lines) =>
        lines.IsEmpty || subscription.Root.Child("channel") is not { } channel
            ? subscription
            : subscription.With("channel", channel.With("header", Node.Array(lines.Select(line => new TextNode(line)))));

    private static IEnumerable<string> Headers(Resource subscription) =>
        subscription.Root.Child("channel")?.Items("header").Select(each => each.AsText).OfType<string>() ?? [];

    private static string Name(string line) => line.Split(':', 2)[0].Trim();
}
