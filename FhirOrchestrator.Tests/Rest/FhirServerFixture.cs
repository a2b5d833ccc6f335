using System.Net;
using System.Net.Http.Headers;
using System.Text;
using FhirOrchestrator.Fhir.Json;
using FhirOrchestrator.Rest;
using FhirOrchestrator.Storage.Resources;
using FhirOrchestrator.Tests.Support;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace FhirOrchestrator.Tests.Rest;

/// <summary>A FHIR server on a free port of this machine, over a database of its own, and a client to it.</summary>
internal sealed class FhirServerFixture : IAsyncDisposable
{
    private readonly TestDatabase _database;
    private readonly WebApplication _app;

    private FhirServerFixture(TestDatabase database, WebApplication app, ResourceStore store)
    {
        (_database, _app, Store) = (database, app, store);
        Base = _app.Urls.First() + "/fhir";
        Client = new HttpClient { BaseAddress = new Uri(Base + "/") };
    }

    public string Base { get; }

    public HttpClient Client { get; }

    public ResourceStore Store { get; }

    public TestDatabase Database => _database;

    public static async Task<FhirServerFixture> StartAsync(Func<RestServer, RestServer>? configure = null)
    {
        var database = await TestDatabase.CreateAsync();
        var store = new ResourceStore(database.Source, "sandbox");
        var server = new RestServer
        {
            Name = "test",
            Store = store,
            Log = NullLogger.Instance,
            StartedAt = DateTimeOffset.UnixEpoch,
        };
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        var app = builder.Build();
        FhirEndpoints.Map(app, "/fhir", configure is null ? server : configure(server));
        await app.StartAsync();
        return new FhirServerFixture(database, app, store);
    }

    public async Task<Answer> SendAsync(
        string method, string url, string? json = null, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), url.Length == 0 ? Base : $"{Base}/{url}");
        if (json is not null)
        {
            request.Content = new ByteArrayContent(Encoding.UTF8.GetBytes(json));
            request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/fhir+json");
        }

        foreach (var (name, value) in headers)
        {
            if (name == "Content-Type" && request.Content is not null)
            {
                request.Content.Headers.ContentType = MediaTypeHeaderValue.Parse(value);
            }
            else
            {
                request.Headers.TryAddWithoutValidation(name, value);
            }
        }

        using var response = await Client.SendAsync(request);
        var bytes = await response.Content.ReadAsByteArrayAsync();
        return new Answer(
            response.StatusCode,
            bytes.Length == 0 ? null : Resource.Read(bytes).Value,
            response.Headers.ETag?.ToString(),
            response.Headers.Location?.ToString(),
            response.Content.Headers.LastModified,
            string.Join(", ", response.Content.Headers.Allow),
            response.Content.Headers.ContentType?.ToString());
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _app.DisposeAsync();
        await _database.DisposeAsync();
    }

    internal sealed record Answer(
        HttpStatusCode Status, Resource? Body, string? ETag, string? Location, DateTimeOffset? LastModified,
        string Allow,
        string? ContentType)
    {
        public int Code => (int)Status;

        public string Words => Body?.Root.Children("issue").FirstOrDefault()?.Text("diagnostics") ?? "";

        public IReadOnlyList<ObjectNode> Entries => [.. Body?.Root.Children("entry") ?? []];

        public IEnumerable<string?> Ids => Entries.Select(each => each.Child("resource")?.Text("id"));

        public string? Link(string relation) => Body?.Root.Children("link")
            .FirstOrDefault(each => each.Text("relation") == relation)?.Text("url");
    }
}
