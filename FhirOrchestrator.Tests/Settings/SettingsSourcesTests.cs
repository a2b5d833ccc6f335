using FhirOrchestrator.Settings;
using FhirOrchestrator.Tests.EndToEnd;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;

namespace FhirOrchestrator.Tests.Settings;

/// <summary>The sources in the builder that the server really uses.</summary>
[NonParallelizable] // sets environment variables of the process: other tests' children would inherit them
internal sealed class SettingsSourcesTests
{
    [Test]
    public async Task Use_WebApplicationBuilder_OurUrlsAndNobodyElses()
    {
        using var bench = new SettingsBench();
        bench.SetEnvironment("ASPNETCORE_URLS", "http://localhost:1");
        bench.SetEnvironment("ASPNETCORE_HTTP_PORTS", "2");
        bench.SetEnvironment("Logging__LogLevel__Default", "None");
        var url = $"http://localhost:{FreePort.Next()}";
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { ContentRootPath = bench.ContentRoot });

        SettingsSources.Use(
            builder.Configuration,
            AppContext.BaseDirectory,
            builder.Environment.ContentRootPath,
            builder.Environment.EnvironmentName,
            [$"--Urls={url}"]);
        var surroundings = new SettingsSurroundings(bench.ContentRoot, ["hapi"], SettingsBench.Now);
        var settings = ((SettingsResult.Ready)SettingsReader.Read(builder.Configuration, surroundings)).Settings;
        builder.WebHost.UseUrls([.. settings.Urls]);
        await using var server = builder.Build();
        server.MapGet("/", () => "in");
        await server.StartAsync();
        using var http = new HttpClient();

        Assert.That(await http.GetStringAsync(new Uri(url)), Is.EqualTo("in"));
        Assert.That(server.Urls, Is.EqualTo([url]));
        Assert.That(builder.Configuration["Logging:LogLevel:Default"], Is.EqualTo("None"));
    }
}
