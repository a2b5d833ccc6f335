using System.Security.Cryptography;
using FhirOrchestrator.Facts;
using FhirOrchestrator.Plans;
using FhirOrchestrator.Remote;
using FhirOrchestrator.Settings;
using FhirOrchestrator.Storage;
using FhirOrchestrator.Telemetry;

namespace FhirOrchestrator.Subscriptions;

/// <summary>
/// Keeps at every configured EHR the subscriptions that the packages want: registers, watches, repairs, withdraws. An
/// EHR that cannot be reached is tried again with growing pauses and holds up no other; why is kept in the
/// registration.
/// </summary>
internal sealed class Registrar(
    EhrClients clients,
    KindProfiles kinds,
    IRegistrations registrations,
    Func<WantedSubscriptions> wanted,
    ServerSettings settings,
    TimeProvider time,
    ILogger<Registrar> logger)
{
    private readonly RegistrarPace _pace = new(time, settings.Subscriptions.CheckEvery);

    /// <summary>Keeps on until cancelled, which throws; every EHR by itself.</summary>
    public Task RunAsync(CancellationToken ct) => Task.WhenAll(clients.All.Select(client => RunAsync(client, ct)));

    /// <summary>One round over every EHR: what is due, and nothing else.</summary>
    public async Task RunRoundAsync(CancellationToken ct)
    {
        foreach (var client in clients.All)
        {
            await RunRoundAsync(client, ct);
        }
    }

    /// <summary>One round over one EHR; returns how long nothing is due. Only one replica does it at a time.</summary>
    public async Task<TimeSpan> RunRoundAsync(EhrClient client, CancellationToken ct)
    {
        var pause = settings.Subscriptions.CheckEvery;
        await registrations.WhileLeaderAsync(
            $"registrar:{client.Settings.Name}",
            async inner => pause = await ReconcileAsync(client, inner),
            ct);
        return pause;
    }

    private async Task RunAsync(EhrClient client, CancellationToken ct)
    {
        while (!ct.IsCancellationRequested)
        {
            TimeSpan pause;
            try
            {
                pause = await RunRoundAsync(client, ct);
            }
            catch (Exception fault) when (!ct.IsCancellationRequested)
            {
                SubscriptionLog.RoundFailed(logger, client.Settings.Name.Value, fault);
                pause = TimeSpan.FromSeconds(5);
            }

            // At least a moment, at most a few seconds: a package that changed is noticed soon.
            await Task.Delay(TimeSpan.FromSeconds(Math.Clamp(pause.TotalSeconds, 0.25, 5)), time, ct);
        }
    }

    private async Task<TimeSpan> ReconcileAsync(EhrClient client, CancellationToken ct)
    {
        var now = wanted();
        var kind = kinds[client.Settings.Kind];
        var known = (await registrations.ListAsync(ct))
            .Where(each => each.Ehr == client.Settings.Name).ToImmutableArray();
        var kept = ImmutableArray.CreateBuilder<Registration>();
        foreach (var (package, template) in now.All)
        {
            var stored = known.FirstOrDefault(each => each.Package == package && each.Name == template.Name)
                ?? await registrations.SaveAsync(New(client.Settings.Name, package, template), ct);
            kept.Add(_pace.IsDue(stored) ? await ReconcileAsync(client, kind, stored, template, ct) : stored);
        }

        foreach (var withdrawn in known.Where(each => now.IsWithdrawn(each.Package, each.Name) && _pace.IsDue(each)))
        {
            await WithdrawAsync(client, kind, withdrawn, ct);
        }

        return _pace.UntilNext(kept);
    }

    private async Task<Registration> ReconcileAsync(
        EhrClient client, KindProfile kind, Registration stored, SubscriptionTemplate template, CancellationToken ct)
    {
        var submission = Submission.Of(template, kind, settings.UnderPublicUrl($"hooks/{stored.Token}"), stored.Secret);
        var before = stored with { Criteria = template.Criteria };
        var activationMax = kind.ActivationMax < settings.Subscriptions.ActivationMax
            ? kind.ActivationMax
            : settings.Subscriptions.ActivationMax;
        var remote = new RemoteSubscription(client, kind, settings.Sweeps.Overlap);
        var reconciled = submission.Resource is not { } resource
            ? await OnlySweepAsync(client, before, submission, ct)
            : before.RemoteId is null
                ? await remote.SubmitAsync(before, resource, submission.Hash, ct)
                : await remote.CheckAsync(
                    before, resource, submission.Hash, _pace.IsOverdue(before, activationMax), _pace.IsHeard(before),
                    ct);
        var after = reconciled.Registration;
        if (after is { Status: RegistrationStatus.Active, Problem: null } && submission.Problem is { } narrow)
        {
            after = after with { Problem = narrow };
        }

        _pace.Note(before, after, reconciled.RetryAfter, activationMax);
        Say(stored, after);
        return after == stored ? stored : await registrations.SaveAsync(after, ct);
    }

    // It cannot be subscribed to there: the sweep has to find everything, and needs to know from when on.
    private async Task<Reconciled> OnlySweepAsync(
        EhrClient client, Registration before, Submission submission, CancellationToken ct)
    {
        var after = before with { Status = RegistrationStatus.Wanted, Problem = submission.Problem };
        if (after.Watermark is null)
        {
            var since = client.Settings.Since ?? (await client.CapabilitiesAsync(ct)).Date;
            after = after with { Watermark = since + settings.Sweeps.Overlap };
        }

        return new(after);
    }

    private async Task WithdrawAsync(EhrClient client, KindProfile kind, Registration withdrawn, CancellationToken ct)
    {
        var failure = await new RemoteSubscription(client, kind, settings.Sweeps.Overlap).WithdrawAsync(withdrawn, ct);
        if (failure is null)
        {
            await registrations.RemoveAsync(withdrawn, ct);
            SubscriptionLog.Withdrawn(logger, withdrawn.Ehr.Value, withdrawn.Package, withdrawn.Name);
            return;
        }

        var after = withdrawn with { Problem = $"no longer wanted, but the EHR keeps it: {failure.Words}" };
        _pace.Note(withdrawn, after with { Status = RegistrationStatus.Error }, failure.RetryAfter, TimeSpan.MaxValue);
        if (after != withdrawn)
        {
            await registrations.SaveAsync(after, ct);
        }
    }

    private void Say(Registration before, Registration after)
    {
        if (after.Status == RegistrationStatus.Active && before.Status != RegistrationStatus.Active)
        {
            SubscriptionLog.Active(logger, after.Ehr.Value, after.Package, after.Name);
        }

        if (after.Problem is { } problem && problem != before.Problem)
        {
            SubscriptionLog.Problem(
                logger, after.Ehr.Value, after.Package, after.Name, after.Status.ToString(), problem);
        }
    }

    private static Registration New(EhrId ehr, string package, SubscriptionTemplate template) => new()
    {
        Ehr = ehr,
        Package = package,
        Name = template.Name,
        Token = RandomText(),
        Secret = RandomText(),
        Criteria = template.Criteria,
        ContentHash = "",
        Status = RegistrationStatus.Wanted,
    };

    private static string RandomText() =>
        System.Buffers.Text.Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));
}
