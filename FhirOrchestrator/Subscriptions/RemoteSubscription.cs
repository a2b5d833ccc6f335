using FhirOrchestrator.Facts;
using FhirOrchestrator.Fhir.Json;
using FhirOrchestrator.Remote;

namespace FhirOrchestrator.Subscriptions;

/// <summary>What one step at an EHR came to.</summary>
/// <param name="Registration">The registration as it stands now.</param>
/// <param name="RetryAfter">How long the EHR wants to be left alone; null where it did not say.</param>
internal sealed record Reconciled(Registration Registration, TimeSpan? RetryAfter = null);

/// <summary>
/// Brings the Subscription at one EHR in line with a registration. Every step may fail half-way and be repeated: our
/// own is found again by its endpoint, which nobody else has, or by its id.
/// </summary>
internal sealed class RemoteSubscription(EhrClient client, KindProfile kind, TimeSpan watermarkAhead)
{
    /// <summary>Submits what the EHR does not have yet; adopts our own where an earlier reply was lost.</summary>
    public async Task<Reconciled> SubmitAsync(
        Registration registration, Resource wanted, string hash, CancellationToken ct)
    {
        if (kind.Search)
        {
            var (own, failure) = await FindOwnAsync(Endpoint(wanted), ct);
            if (failure is { IsPassing: true })
            {
                return Failed(registration, failure);
            }

            if (!own.IsEmpty)
            {
                await DropAsync(own.RemoveAt(0), ct);
                return await UpdateAsync(registration with { RemoteId = own[0].Id }, own[0], wanted, hash, ct);
            }
        }

        var reply = await client.CreateAsync(wanted, null, ct);
        return reply is { IsOk: true, Id: { } id }
            ? Accepted(registration with { RemoteId = id }, wanted, hash, reply)
            : Failed(registration, reply);
    }

    /// <summary>Looks how it stands at the EHR, and repairs what is not as it should be.</summary>
    /// <param name="isOverdue">True where it has been <c>requested</c> for longer than its kind may take.</param>
    /// <param name="isHeard">True where notifications come.</param>
    public async Task<Reconciled> CheckAsync(
        Registration registration, Resource wanted, string hash, bool isOverdue, bool isHeard, CancellationToken ct)
    {
        var id = registration.RemoteId ?? throw new ArgumentException(
            "expected an id at the EHR, got none", nameof(registration));
        var reply = await client.ReadAsync("Subscription", id, ct);
        if (reply.Outcome is FhirOutcome.NotFound or FhirOutcome.Gone)
        {
            // It forgot (a restart without storage, an administrator): the watermark stays, so the sweep closes the
            // gap.
            return await SubmitAsync(registration with { RemoteId = null }, wanted, hash, ct);
        }

        if (reply is not { IsOk: true, Body: { } there })
        {
            return Failed(registration, reply);
        }

        if (registration.ContentHash != hash || Differs(there, wanted) || EndsSoon(there, reply.Date))
        {
            return await UpdateAsync(registration, there, wanted, hash, ct);
        }

        var status = StatusOf(there);
        return status switch
        {
            RegistrationStatus.Active => new(Stamped(registration, reply) with { Status = status, Problem = null }),
            RegistrationStatus.Requested when isHeard && kind.ActiveWhenHeard =>
                new(Stamped(registration, reply) with { Status = RegistrationStatus.Active, Problem = null }),
            RegistrationStatus.Requested when !isOverdue =>
                new(Stamped(registration, reply) with { Status = status, Problem = null }),
            _ => await ReviveAsync(registration, there, wanted, hash, ct),
        };
    }

    /// <summary>Takes it away at the EHR; null where it is gone for good, else why not.</summary>
    public async Task<FhirReply?> WithdrawAsync(Registration registration, CancellationToken ct)
    {
        if (registration.RemoteId is not { } id)
        {
            return null;
        }

        var reply = kind.Delete ? await client.DeleteAsync("Subscription", id, null, ct) : null;
        if (reply is { Outcome: FhirOutcome.Ok or FhirOutcome.NotFound or FhirOutcome.Gone })
        {
            return null;
        }

        if (reply is { IsPassing: true } || !kind.Update)
        {
            return reply;
        }

        var read = await client.ReadAsync("Subscription", id, ct);
        if (read.Outcome is FhirOutcome.NotFound or FhirOutcome.Gone)
        {
            return null;
        }

        var off = read is { IsOk: true, Body: { } there }
            ? await client.UpdateAsync(there.With("status", "off"), read.Version, ct)
            : read;
        return off.IsOk ? null : off;
    }

    private async Task<Reconciled> ReviveAsync(
        Registration registration, Resource there, Resource wanted, string hash, CancellationToken ct)
    {
        var was = StatusOf(there);
        var revived = kind is { Reactivate: ReactivateBy.Update, Update: true }
            ? await UpdateAsync(registration, there, wanted.With("status", kind.ReactivateStatus), hash, ct)
            : await RecreateAsync(registration, there, wanted, hash, ct);
        return revived.Registration.Status is RegistrationStatus.Active
            ? revived
            : revived with
            {
                Registration = revived.Registration with
                {
                    Problem = revived.Registration.Problem ?? Why(was),
                    Status = was is RegistrationStatus.Requested ? revived.Registration.Status : was,
                },
            };
    }

    private string Why(RegistrationStatus was) => was switch
    {
        RegistrationStatus.Requested => kind.Handshake
            ? "requested for too long: no handshake was accepted; submitted again"
            : "requested for too long; submitted again",
        RegistrationStatus.Off => "the EHR switched it off; submitted again",
        _ => "the EHR reports an error of this subscription; submitted again",
    };

    private async Task<Reconciled> UpdateAsync(
        Registration registration, Resource there, Resource wanted, string hash, CancellationToken ct)
    {
        if (!kind.Update)
        {
            return await RecreateAsync(registration, there, wanted, hash, ct);
        }

        var reply = await client.UpdateAsync(wanted.WithId(there.Id), there.VersionId, ct);
        return reply.Outcome switch
        {
            FhirOutcome.Ok => Accepted(registration with { RemoteId = there.Id }, wanted, hash, reply),
            FhirOutcome.Refused => await RecreateAsync(registration, there, wanted, hash, ct),
            FhirOutcome.NotFound or FhirOutcome.Gone => Failed(registration with { RemoteId = null }, reply),
            _ => Failed(registration, reply),
        };
    }

    private async Task<Reconciled> RecreateAsync(
        Registration registration, Resource there, Resource wanted, string hash, CancellationToken ct)
    {
        await DropAsync([there], ct);
        var reply = await client.CreateAsync(wanted, null, ct);
        return reply is { IsOk: true, Id: { } id }
            ? Accepted(registration with { RemoteId = id }, wanted, hash, reply)
            : Failed(registration with { RemoteId = null }, reply);
    }

    // Best effort: what stays behind at the EHR notifies the same hook, and the same version counts once.
    private async Task DropAsync(ImmutableArray<Resource> superfluous, CancellationToken ct)
    {
        foreach (var each in superfluous)
        {
            if (kind.Delete && each.Id is { } id)
            {
                await client.DeleteAsync("Subscription", id, null, ct);
            }
        }
    }

    private async Task<(ImmutableArray<Resource> Own, FhirReply? Failure)> FindOwnAsync(
        string endpoint, CancellationToken ct)
    {
        var reply = await client.SearchAsync($"Subscription?url={Uri.EscapeDataString(endpoint)}", ct);
        if (!reply.IsOk)
        {
            return ([], reply);
        }

        var own = reply.Body?.Root.Children("entry")
            .Select(entry => Resource.From(entry["resource"])).OfType<Resource>()
            .Where(each => each is { Type: "Subscription", Id: not null } && Endpoint(each) == endpoint)
            .OrderBy(each => StatusOf(each) != RegistrationStatus.Active);
        return ([.. own ?? Enumerable.Empty<Resource>()], null);
    }

    private Registration Stamped(Registration registration, FhirReply reply) =>
        registration.Watermark is not null || WatermarkAt(reply) is not { } at
            ? registration
            : registration with { Watermark = at };

    // Sweeps look from the watermark less their overlap: put ahead by as much, the first one begins at the
    // registration.
    private DateTimeOffset? WatermarkAt(FhirReply reply) => (client.Settings.Since ?? reply.Date) + watermarkAhead;

    private Reconciled Accepted(Registration registration, Resource wanted, string hash, FhirReply reply)
    {
        var there = reply.Body is { Type: "Subscription" } body ? body : wanted;
        var differs = Differs(there, wanted);
        return new(Stamped(registration, reply) with
        {
            ContentHash = hash,
            Status = differs ? RegistrationStatus.Error : StatusOf(there),
            Problem = differs ? "expected the criteria and endpoint that were submitted, the EHR keeps others" : null,
        });
    }

    private Reconciled Failed(Registration registration, FhirReply reply) => new(
        Stamped(registration, reply) with
        {
            Status = registration.RemoteId is null ? RegistrationStatus.Wanted : registration.Status,
            Problem = reply.Words,
        },
        reply.RetryAfter);

    private static string Endpoint(Resource subscription) => subscription.Root.Child("channel")?.Text("endpoint") ?? "";

    private static bool Differs(Resource there, Resource wanted) =>
        Endpoint(there) != Endpoint(wanted) || there.Root.Text("criteria") != wanted.Root.Text("criteria");

    private static bool EndsSoon(Resource there, DateTimeOffset? now) =>
        Resource.Instant(there.Root.Text("end")) is { } end && now is { } at && end < at + TimeSpan.FromHours(1);

    private static RegistrationStatus StatusOf(Resource subscription) => subscription.Root.Text("status") switch
    {
        "active" => RegistrationStatus.Active,
        "requested" => RegistrationStatus.Requested,
        "off" => RegistrationStatus.Off,
        _ => RegistrationStatus.Error,
    };
}
