using System.Collections.Immutable;
using System.Threading.Channels;
using FhirOrchestrator.Fhir.Json;
using FhirOrchestrator.Fhir.Notifications;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace FhirOrchestrator.Tests.Sandbox.Publisher;

/// <summary>A call that an endpoint got.</summary>
internal sealed record ReceivedCall(string Method, string Path, ImmutableDictionary<string, string> Headers,
    byte[] Body)
{
    /// <summary>The body as a resource, null where it is empty.</summary>
    public Resource? Resource => Body.Length > 0
        && FhirOrchestrator.Fhir.Json.Resource.Read(Body).Succeeded(out var read) ? read : null;

    /// <summary>The body as a notification.</summary>
    public Notification? Notification => Resource is { } resource ? NotificationReader.Read(resource) : null;
}

/// <summary>A subscriber's endpoint on a loopback port, which answers as a test says.</summary>
internal sealed class HookListener : IAsyncDisposable
{
    private static readonly TimeSpan HangGuard = TimeSpan.FromSeconds(20);

    private readonly Channel<ReceivedCall> _calls = Channel.CreateUnbounded<ReceivedCall>();
    private readonly WebApplication _app;
    private int _count;

    private HookListener(WebApplication app) => _app = app;

    public string Url { get; private set; } = "";

    /// <summary>The status for the call of a number, from 1.</summary>
    public Func<int, int> Answer { get; set; } = _ => 200;

    public int Count => Volatile.Read(ref _count);

    public static async Task<HookListener> StartAsync()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        var app = builder.Build();
        var listener = new HookListener(app);
        app.Run(listener.TakeAsync);
        await app.StartAsync();
        listener.Url = app.Urls.Single();
        return listener;
    }

    /// <summary>The next call; fails the test where none comes.</summary>
    public async Task<ReceivedCall> NextAsync()
    {
        using var guard = new CancellationTokenSource(HangGuard);
        return await _calls.Reader.ReadAsync(guard.Token);
    }

    /// <summary>The next calls.</summary>
    public async Task<ImmutableArray<ReceivedCall>> NextAsync(int count)
    {
        var calls = ImmutableArray.CreateBuilder<ReceivedCall>();
        for (var at = 0; at < count; at++)
        {
            calls.Add(await NextAsync());
        }

        return calls.DrainToImmutable();
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private async Task TakeAsync(HttpContext context)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body, context.RequestAborted);
        var headers = context.Request.Headers.ToImmutableDictionary(
            each => each.Key, each => each.Value.ToString(), StringComparer.OrdinalIgnoreCase);
        context.Response.StatusCode = Answer(Interlocked.Increment(ref _count));
        await _calls.Writer.WriteAsync(
            new ReceivedCall(context.Request.Method, context.Request.Path, headers, body.ToArray()));
    }
}
