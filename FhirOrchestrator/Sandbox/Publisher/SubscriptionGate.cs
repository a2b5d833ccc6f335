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
/// Judges Subscriptions as clients submit them, and seals their header values before they are stored.
/// </summary>
internal sealed class SubscriptionGate(SubscriptionReader reader, IPublisherLedger ledger, TimeProvider time)
{
    /// <summary>
    /// Judges a create or an update. A client submits <c>requested</c> or <c>off</c>; every other status is the
    /// server's to set, and so is <c>error</c>.
    /// </summary>
    public async Task<Admission> AdmitAsync(Resource proposed, CancellationToken ct)
    {
        var refusals = ImmutableArray.CreateBuilder<SubscriptionRefusal>();
        var status = proposed.Root.Text("status");
        if (status is not ("requested" or "off"))
        {
            refusals.Add(new("Subscription.status", $"expected requested or off, got {status ?? "nothing"}"));
        }

        var seal = await ledger.ReadSealAsync(ct);
        var reading = reader.Read(proposed, seal);
        refusals.AddRange(reading.Refusals.Where(each => each.Path != "Subscription.status"));
        if (status == "requested" && reading.Subscription?.End is { } end && end <= time.GetUtcNow())
        {
            refusals.Add(new("Subscription.end", "expected an instant to come, got a past one"));
        }

        return refusals.Count == 0
            ? new Admission.Accepted(Sealed(proposed.With("error", null), seal))
            : new Admission.Refused(refusals.DrainToImmutable());
    }

    private static Resource Sealed(Resource subscription, HeaderSeal seal)
    {
        if (subscription.Root.Child("channel") is not { } channel || channel["header"] is null)
        {
            return subscription;
        }

        var endpoint = channel.Text("endpoint") ?? "";
        var lines = channel.Items("header").Select(each =>
            (Node)new TextNode(SealedLine(each.AsText ?? "", endpoint, seal)));
        return subscription.With("channel", channel.With("header", Node.Array(lines)));
    }

    private static string SealedLine(string line, string endpoint, HeaderSeal seal) =>
        line.Split(':', 2, StringSplitOptions.TrimEntries) is [var name, var value] && !HeaderSeal.IsSealed(value)
            ? $"{name}: {seal.Seal(endpoint, name, value)}"
            : line;
}
