using FhirOrchestrator.Facts;
using FhirOrchestrator.Plans;
using FhirOrchestrator.Storage;
using Npgsql;

namespace FhirOrchestrator.Operations;

/// <summary>
/// The probes: <c>/health/live</c> (the process answers) and <c>/health/ready</c> (the database too). They carry
/// counts, never patients or addresses, because they answer whoever asks.
/// </summary>
internal static class HealthDoors
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    public static void Map(IEndpointRouteBuilder doors)
    {
        MapLive(doors);
        doors.MapGet("/health/ready", ReadyAsync);
    }

    /// <summary>The probes of the sandbox alone: the process, and its database.</summary>
    public static void MapSandbox(IEndpointRouteBuilder doors)
    {
        MapLive(doors);
        doors.MapGet("/health/ready", async (NpgsqlDataSource database, TimeProvider clock, CancellationToken ct) =>
            await AnswerAsync(
                async patience =>
                {
                    await using var command = database.CreateCommand("SELECT 1");
                    await command.ExecuteScalarAsync(patience);
                    return Results.Json(new { status = "ready" });
                },
                clock,
                ct));
    }

    private static void MapLive(IEndpointRouteBuilder doors) =>
        doors.MapGet("/health/live", () => Results.Json(new { status = "live" }));

    private static Task<IResult> ReadyAsync(
        IRegistrations registrations, PackageShelf shelf, TimeProvider clock, CancellationToken ct) =>
        AnswerAsync(
            async patience =>
            {
                var all = await registrations.ListAsync(patience);
                return Results.Json(new
                {
                    status = "ready",
                    packages = shelf.Current.Length,
                    packagesBroken = shelf.Broken.Count,
                    subscriptions = all.Length,
                    subscriptionsActive = all.Count(each => each.Status == RegistrationStatus.Active),
                    subscriptionsTroubled = all.Count(each => each.Problem is not null),
                });
            },
            clock,
            ct);

    private static async Task<IResult> AnswerAsync(
        Func<CancellationToken, Task<IResult>> answer, TimeProvider clock, CancellationToken ct)
    {
        using var patience = new CancellationTokenSource(Patience, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(ct, patience.Token);
        try
        {
            return await answer(either.Token);
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
