using System.Net.Http.Headers;
using System.Text;
using FhirOrchestrator.Fhir.Json;
using FhirOrchestrator.Sandbox;
using FhirOrchestrator.Tests.Support;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace FhirOrchestrator.Tests.Sandbox.Doors;

/// <summary>The whole sandbox EHR on a loopback port over a database of its own.</summary>
internal sealed class SandboxApp : IAsyncDisposable
{
    private readonly TestDatabase _database;
    private readonly WebApplication _app;

    private SandboxApp(TestDatabase database, WebApplication app)
    {
        (_database, _app) = (database, app);
        Http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false })
        {
            BaseAddress = new Uri(app.Urls.Single()),
        };
    }

    public HttpClient Http { get; }

    public IRecords Records => _app.Services.GetRequiredService<IRecords>();

    public static async Task<SandboxApp> StartAsync()
    {
        var database = await TestDatabase.CreateAsync();
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        builder.Services.AddRoutingCore();
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddSingleton(database.Source);
        WebApplication? app = null;
        SandboxServices.Add(builder.Services, new SandboxSettings
        {
            BaseUrl = () => $"{app!.Urls.Single()}/sandbox/fhir",
            Day = new() { Lives = false },
        });
        app = builder.Build();
        app.UseRouting();
        SandboxServices.Map(app);
        await app.StartAsync();
        var started = new SandboxApp(database, app);
        await started.WhenAsync("Organization/hospital", _ => true);
        return started;
    }

    /// <summary>Sends JSON and reads the answer.</summary>
    public async Task<(int Status, ObjectNode? Body)> SendAsync(HttpMethod method, string path, string? json = null)
    {
        using var request = new HttpRequestMessage(method, path);
        if (json is not null)
        {
            var type = path.Contains("/fhir", StringComparison.Ordinal) ? "application/fhir+json" : "application/json";
            request.Content = new ByteArrayContent(Encoding.UTF8.GetBytes(json));
            request.Content.Headers.ContentType = new MediaTypeHeaderValue(type);
        }

        using var answer = await Http.SendAsync(request);
        var body = await answer.Content.ReadAsByteArrayAsync();
        return ((int)answer.StatusCode, body.Length > 0 ? JsonText.Read(body).Value as ObjectNode : null);
    }

    /// <summary>A resource once it is as expected; fails the test where it never is.</summary>
    public async Task<Resource> WhenAsync(string path, Func<Resource, bool> isSo)
    {
        using var guard = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        var parts = path.Split('/');
        while (true)
        {
            if (await Records.ReadAsync(parts[0], parts[1], guard.Token) is { } resource && isSo(resource))
            {
                return resource;
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await _app.StopAsync();
        await _app.DisposeAsync();
        await _database.DisposeAsync();
    }
}
