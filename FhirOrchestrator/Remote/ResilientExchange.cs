using System.Net;
using System.Threading.RateLimiting;
using Polly;
using Polly.CircuitBreaker;
using Polly.Retry;
using Polly.Timeout;

namespace FhirOrchestrator.Remote;

/// <summary>
/// One EHR's exchanges: a bounded number at once, a deadline that covers the body too, a breaker, and silence for as
/// long as the EHR asked for it (429, 503). A read whose connection failed is repeated; a write never is.
/// </summary>
internal sealed class ResilientExchange : DelegatingHandler
{
    /// <summary>Set on a request once it is handed to the network: from then on it may have been done.</summary>
    public static readonly HttpRequestOptionsKey<bool> Sent = new("sent");

    private readonly RemoteLimits _limits;
    private readonly TimeProvider _time;
    private readonly ConcurrencyLimiter _places;
    private readonly ResiliencePipeline<HttpResponseMessage> _outer;
    private readonly ResiliencePipeline<HttpResponseMessage> _inner;
    private long _silentUntil;

    public ResilientExchange(HttpMessageHandler inner, TimeProvider time, RemoteLimits limits)
        : base(inner)
    {
        _limits = limits;
        _time = time;
        _places = new ConcurrencyLimiter(new ConcurrencyLimiterOptions
        {
            PermitLimit = limits.ConcurrentMax,
            QueueLimit = limits.WaitingMax,
            QueueProcessingOrder = QueueProcessingOrder.OldestFirst,
        });
        _outer = new ResiliencePipelineBuilder<HttpResponseMessage> { TimeProvider = time }
            .AddTimeout(new TimeoutStrategyOptions { Timeout = limits.TotalMax })
            .Build();
        _inner = Inner(time, limits);
    }

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken ct) =>
        await _outer.ExecuteAsync(
            static async (state, token) => await state.Self.SendInTurnAsync(state.Request, token),
            (Self: this, Request: request),
            ct);

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _places.Dispose();
        }

        base.Dispose(disposing);
    }

    private static ResiliencePipeline<HttpResponseMessage> Inner(TimeProvider time, RemoteLimits limits)
    {
        var pipeline = new ResiliencePipelineBuilder<HttpResponseMessage> { TimeProvider = time };
        if (limits.SafeRetriesMax > 0)
        {
            pipeline.AddRetry(new RetryStrategyOptions<HttpResponseMessage>
            {
                MaxRetryAttempts = limits.SafeRetriesMax,
                Delay = TimeSpan.FromMilliseconds(200),
                BackoffType = DelayBackoffType.Exponential,
                ShouldHandle = static args => new(args.Outcome.Exception is HttpRequestException
                    && args.Context.Properties.TryGetValue(SafeRequest, out var isSafe) && isSafe),
            });
        }

        return pipeline
            .AddCircuitBreaker(new CircuitBreakerStrategyOptions<HttpResponseMessage>
            {
                FailureRatio = 0.5,
                MinimumThroughput = Math.Max(2, limits.BreakerFailuresMin),
                SamplingDuration = limits.BreakerWindow,
                BreakDuration = limits.BreakerPause,
                // 503 and 429 are the throttle's; 500 is often the answer to one bad request, not a sick server.
                ShouldHandle = static args => new(
                    args.Outcome.Exception is HttpRequestException or TimeoutRejectedException
                    || args.Outcome.Result?.StatusCode is HttpStatusCode.BadGateway or HttpStatusCode.GatewayTimeout),
            })
            .AddTimeout(new TimeoutStrategyOptions { Timeout = limits.ExchangeMax })
            .Build();
    }

    private static readonly ResiliencePropertyKey<bool> SafeRequest = new("safe");

    private async Task<HttpResponseMessage> SendInTurnAsync(HttpRequestMessage request, CancellationToken ct)
    {
        using var place = await _places.AcquireAsync(1, ct);
        if (!place.IsAcquired)
        {
            throw new NoPlaceException();
        }

        if (Silence() is { } silence)
        {
            return Silent(request, silence);
        }

        var context = ResilienceContextPool.Shared.Get(ct);
        try
        {
            context.Properties.Set(SafeRequest, request.Method == HttpMethod.Get);
            var reply = await _inner.ExecuteAsync(
                static async (inner, state) => await state.Self.ExchangeAsync(state.Request, inner.CancellationToken),
                context,
                (Self: this, Request: request));
            NoteThrottle(reply);
            return reply;
        }
        finally
        {
            ResilienceContextPool.Shared.Return(context);
        }
    }

    private async Task<HttpResponseMessage> ExchangeAsync(HttpRequestMessage request, CancellationToken ct)
    {
        request.Options.Set(Sent, value: true);
        var reply = await base.SendAsync(request, ct);
        try
        {
            // Read under the same deadline: a server that drips its body is a server that hangs.
            var body = await CappedReader.ReadAsync(reply.Content, _limits.ReplyBytesMax, ct);
            var old = reply.Content;
            reply.Content = new ByteArrayContent(body);
            reply.Content.Headers.ContentType = old.Headers.ContentType;
            old.Dispose();
            return reply;
        }
        catch
        {
            reply.Dispose();
            throw;
        }
    }

    private TimeSpan? Silence()
    {
        var left = new DateTimeOffset(Interlocked.Read(ref _silentUntil), TimeSpan.Zero) - _time.GetUtcNow();
        return left > TimeSpan.Zero ? left : null;
    }

    private void NoteThrottle(HttpResponseMessage reply)
    {
        var asked = RetryAfter.Of(reply, _time.GetUtcNow());
        var isThrottled = reply.StatusCode == HttpStatusCode.TooManyRequests
            || (reply.StatusCode == HttpStatusCode.ServiceUnavailable && asked is not null);
        if (!isThrottled)
        {
            return;
        }

        var pause = asked ?? _limits.ThrottlePauseDefault;
        pause = pause > _limits.ThrottlePauseMax ? _limits.ThrottlePauseMax : pause;
        reply.Headers.RetryAfter = RetryAfter.Header(pause);
        var until = (_time.GetUtcNow() + pause).UtcTicks;
        var known = Interlocked.Read(ref _silentUntil);
        while (until > known)
        {
            var before = Interlocked.CompareExchange(ref _silentUntil, until, known);
            if (before == known)
            {
                return;
            }

            known = before;
        }
    }

    private static HttpResponseMessage Silent(HttpRequestMessage request, TimeSpan left) =>
        new(HttpStatusCode.TooManyRequests)
        {
            RequestMessage = request,
            Headers = { RetryAfter = RetryAfter.Header(left) },
        };
}

/// <summary>Too many requests to one EHR wait already.</summary>
internal sealed class NoPlaceException() : Exception("too many requests to this EHR wait already");
