namespace FhirOrchestrator.Intake;

/// <summary>The door for notifications: <c>/hooks/{token}</c> and <c>/hooks/{token}/{Type}/{id}</c>.</summary>
internal static class HookEndpoints
{
    private static readonly string[] Methods = ["POST", "PUT", "DELETE"];

    /// <summary>Maps the door. Needs <see cref="HookDesk"/>.</summary>
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapMethods(
            "/hooks/{token}",
            Methods,
            static (HttpContext call, string token, HookDesk desk) => desk.HandleAsync(call, token, null, null));
        routes.MapMethods(
            "/hooks/{token}/{type}/{id}",
            Methods,
            static (HttpContext call, string token, string type, string id, HookDesk desk) =>
                desk.HandleAsync(call, token, type, id));
    }
}
