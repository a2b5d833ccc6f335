using FhirOrchestrator.Facts;
using FhirOrchestrator.Plans;
using FhirOrchestrator.Storage;

namespace FhirOrchestrator.Operations;

/// <summary>
/// The probes: <c>/health/live</c> (the process answers) and <c>/health/ready</c> (the database too). They carry counts,
/// never patients or addresses, because they answer whoever asks.
/// </summary>
internal static class HealthDoors
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    public static void Map(IEndpointRouteBuilder doors)
    {
        MapLive(doors);
        doors.MapGet("/health/ready", ReadyAsync);
    }

    /// <summary>Only that the process answers.</summary>
    public static void MapLive(IEndpointRouteBuilder doors) =>
        doors.MapGet("/health/live", () => Results.Json(new { status = "live" }));

    private static async Task<IResult> ReadyAsync(
        IRegistrations registrations, PackageShelf shelf, TimeProvider clock, CancellationToken ct)
    {
        using var patience = new CancellationTokenSource(Patience, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(ct, patience.Token);
        try
        {
            var all = await registrations.ListAsync(either.Token);
            return Results.Json(new
            {
                status = "ready",
                packages = shelf.Current.Length,
                packagesBroken = shelf.Broken.Count,
                subscriptions = all.Length,
                subscriptionsActive = all.Count(each => each.Status == RegistrationStatus.Active),
                subscriptionsTroubled = all.Count(each => each.Problem is not null),
            });
        }
        catch (Exception fault) when (IsOutage(fault, patience.Token))
        {
            return Results.Json(
                new { status = "unready", because = "the database does not answer" },
                statusCode: StatusCodes.Status503ServiceUnavailable);
        }
    }

    private static bool IsOutage(Exception fault, CancellationToken patience) =>
        StorageFault.IsUnavailable(fault) || (fault is OperationCanceledException && patience.IsCancellationRequested);
}
