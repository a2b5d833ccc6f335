using FhirOrchestrator.Access;
using FhirOrchestrator.Operations;
using FhirOrchestrator.Sandbox;
using FhirOrchestrator.Sandbox.Hospital;
using FhirOrchestrator.Settings;

/// <summary>
/// The sandbox hospital: inside the server while no EHR is configured, or alone by the verb <c>sandbox</c>.
/// </summary>
internal partial class Program
{
    // Alone: no subscriber, no worklist; end-to-end tests and benches run it as the EHR of another process.
    private static async Task<int> SandboxAsync(WebApplicationBuilder builder, ServerSettings settings)
    {
        Configure(builder, settings);
        RequirePlaceToListen(settings);
        using var logs = LogsOfTheStart(builder);
        await using var database = await Database.OpenAsync(settings, logs, CancellationToken.None);
        builder.Services.AddSingleton(database.Source);
        AddSandbox(builder, settings);
        await using var app = builder.Build();
        app.UseMiddleware<LoopbackOnly>();
        HealthDoors.MapSandbox(app);
        SandboxServices.Map(app);
        app.Lifetime.ApplicationStarted.Register(() =>
            Console.Out.WriteLine($"The sandbox EHR is ready at {settings.Urls[0].TrimEnd('/')}/sandbox/fhir"));
        await RunAsync(app, settings);
        return 0;
    }

    private static void AddSandbox(WebApplicationBuilder builder, ServerSettings settings)
    {
        var url = $"{settings.Urls[0].Replace("*", "localhost", StringComparison.Ordinal).TrimEnd('/')}/sandbox/fhir";
        SandboxServices.Add(builder.Services, new SandboxSettings
        {
            BaseUrl = () => url,
            ProfilesFolder = Path.GetFullPath(Path.Combine(settings.Workflows.Folder, "..", "profiles")),
            HasHospital = settings.Hospital != HospitalLife.Empty,
            Day = new HospitalDaySettings { Lives = settings.Hospital == HospitalLife.Living },
        });
    }
}
