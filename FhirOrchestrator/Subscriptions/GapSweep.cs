using FhirOrchestrator.Facts;
using FhirOrchestrator.Remote;
using FhirOrchestrator.Settings;
using FhirOrchestrator.Storage;
using FhirOrchestrator.Telemetry;

namespace FhirOrchestrator.Subscriptions;

/// <summary>What one sweep of one registration came to.</summary>
/// <param name="Found">How many versions no notification had announced.</param>
/// <param name="Watermark">Up to where everything has been looked at now.</param>
/// <param name="Problem">Why it is incomplete; null where it is not.</param>
internal sealed record SweepReport(int Found, DateTimeOffset Watermark, string? Problem);

/// <summary>
/// Looks for what no notification announced: deliveries are lost everywhere, and no EHR tells. What changed only just
/// now is left to its notification; the watermark moves by the EHR's own clock and never past what was not looked at.
/// </summary>
internal sealed class GapSweep(
    EhrClients clients, IRegistrations registrations, IInbox inbox, SweepSettings settings, TimeProvider time,
    ILogger<GapSweep> logger)
{
    // Bounds the rate at which history is taken in: 20 pages of 200 a round.
    private const int PagesMax = 20;

    /// <summary>Keeps on until cancelled, which throws; every EHR by itself.</summary>
    public Task RunAsync(CancellationToken ct) => Task.WhenAll(clients.All.Select(client => RunAsync(client, ct)));

    /// <summary>One round over every EHR.</summary>
    public async Task RunRoundAsync(CancellationToken ct)
    {
        foreach (var client in clients.All)
        {
            await RunRoundAsync(client, ct);
        }
    }

    /// <summary>One round over one EHR; only one replica does it at a time.</summary>
    public Task<bool> RunRoundAsync(EhrClient client, CancellationToken ct) => registrations.WhileLeaderAsync(
        $"sweep:{client.Settings.Name}",
        async inner =>
        {
            foreach (var registration in await registrations.ListAsync(inner))
            {
                if (registration.Ehr == client.Settings.Name && registration.Watermark is not null)
                {
                    Say(registration, await SweepAsync(client, registration, inner));
                }
            }
        },
        ct);

    /// <summary>Sweeps one registration from its watermark on.</summary>
    public async Task<SweepReport> SweepAsync(EhrClient client, Registration registration, CancellationToken ct)
    {
        var watermark = registration.Watermark ?? throw new ArgumentException(
            "expected a watermark, got none", nameof(registration));
        var (count, youngest) = (0, (DateTimeOffset?)null);
        var search = new ChangeSearch(client, PagesMax);
        await foreach (var stretch in search.RunAsync(registration.Criteria, watermark - settings.Overlap, ct))
        {
            // An EHR without a Date header: our own clock, a minute behind, stands in for its clock.
            youngest ??= (stretch.Now ?? time.GetUtcNow() - TimeSpan.FromMinutes(1)) - settings.Grace;
            var due = stretch.Items.Where(item => item.UpdatedAt is null || item.UpdatedAt <= youngest);
            // The next sweep resumes at the watermark less the overlap: within old changes that is where this one
            // stood.
            var resume = stretch is { IsLast: true, Failure: null }
                ? youngest.Value
                : stretch.CompleteUpTo + settings.Overlap;
            var reached = resume > youngest ? youngest.Value : resume;
            watermark = reached > watermark ? reached : watermark;
            count += await inbox.AppendFoundAsync(registration, [.. due.Select(item => item.Found)], watermark, ct);
            if (stretch.IsLast)
            {
                return new(count, watermark, stretch.Failure);
            }
        }

        throw new System.Diagnostics.UnreachableException();
    }

    private async Task RunAsync(EhrClient client, CancellationToken ct)
    {
        while (!ct.IsCancellationRequested)
        {
            await Task.Delay(settings.Every, time, ct);
            try
            {
                await RunRoundAsync(client, ct);
            }
            catch (Exception fault) when (!ct.IsCancellationRequested)
            {
                SubscriptionLog.SweepFailed(logger, client.Settings.Name.Value, fault);
            }
        }
    }

    private void Say(Registration registration, SweepReport report)
    {
        var (ehr, package, name) = (registration.Ehr.Value, registration.Package, registration.Name);
        if (report.Found > 0)
        {
            SubscriptionLog.Swept(logger, ehr, package, name, report.Found);
        }

        if (report.Problem is { } problem)
        {
            SubscriptionLog.SweepIncomplete(logger, ehr, package, name, problem);
        }
    }
}
