using FhirOrchestrator.Access;
using FhirOrchestrator.Operations.Pages;
using Microsoft.AspNetCore.Http.HttpResults;

namespace FhirOrchestrator.Operations;

/// <summary>The operators' page, <c>/operations</c>: read only, without script.</summary>
internal static class OperationsDoors
{
    public static void Map(IEndpointRouteBuilder doors) => doors.MapGet(
        "/operations",
        async (OperationsReader reader, CancellationToken ct) =>
            new RazorComponentResult<OperationsPage>(new { Shown = await reader.ReadAsync(ct) }))
        .AddEndpointFilter<PageHeaders>();
}
