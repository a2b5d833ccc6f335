namespace FhirOrchestrator.Intake;

/// <summary>Registers this station.</summary>
internal static class IntakeServices
{
    /// <summary>
    /// Adds <see cref="HookDesk"/>. It needs <c>IRegistrations</c>, <c>IInbox</c>, <c>KindProfiles</c>,
    /// <c>ServerSettings</c> and <c>TimeProvider</c>.
    /// </summary>
    public static IServiceCollection AddIntake(this IServiceCollection services) => services.AddSingleton<HookDesk>();
}
