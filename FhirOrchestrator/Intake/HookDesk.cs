using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using System.Threading.RateLimiting;
using FhirOrchestrator.Facts;
using FhirOrchestrator.Fhir;
using FhirOrchestrator.Settings;
using FhirOrchestrator.Storage;
using FhirOrchestrator.Subscriptions;
using FhirOrchestrator.Telemetry;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Primitives;

namespace FhirOrchestrator.Intake;

/// <summary>
/// Takes in what EHRs send: who is it, is it small enough, is it durable, then exactly 200. What it says is read later,
/// so that neither its form nor its content can keep an EHR waiting or make it switch the subscription off.
/// </summary>
internal sealed class HookDesk : IDisposable
{
    /// <summary>The header of a deletion that comes as a POST of <c>{}</c>.</summary>
    public const string DeletedHeader = "X-Medplum-Deleted-Resource";

    private const int TokenLength = 43;
    private const int AtOnceMax = 64;
    private const int WaitingMax = 2048;
    private static readonly TimeSpan KnownFor = TimeSpan.FromSeconds(10);

    private readonly IRegistrations _registrations;
    private readonly IInbox _inbox;
    private readonly KindProfiles _kinds;
    private readonly ServerSettings _settings;
    private readonly TimeProvider _time;
    private readonly ILogger<HookDesk> _logger;
    private readonly ConcurrentDictionary<string, Known> _known = new(StringComparer.Ordinal);
    private readonly ConcurrencyLimiter _places = new(new ConcurrencyLimiterOptions
    {
        PermitLimit = AtOnceMax,
        QueueLimit = WaitingMax,
        QueueProcessingOrder = QueueProcessingOrder.OldestFirst,
    });

    public HookDesk(
        IRegistrations registrations, IInbox inbox, KindProfiles kinds, ServerSettings settings,
        TimeProvider time, ILogger<HookDesk> logger)
    {
        _registrations = registrations;
        _inbox = inbox;
        _kinds = kinds;
        _settings = settings;
        _time = time;
        _logger = logger;
    }

    /// <summary>Answers one call of a hook.</summary>
    /// <param name="type">The resource type in the address, null where it has none.</param>
    /// <param name="id">The id in the address.</param>
    public async Task HandleAsync(HttpContext call, string token, string? type, string? id)
    {
        var ct = call.RequestAborted;
        try
        {
            using var place = await _places.AcquireAsync(1, ct);
            if (place.IsAcquired)
            {
                await TakeInAsync(call, token, type, id, ct);
            }
            else
            {
                await BusyAsync(call, "too many deliveries at once");
            }
        }
        catch (BadHttpRequestException broken)
        {
            await AnswerAsync(call, broken.StatusCode, "invalid", "the request broke off or is too large");
        }
        catch (Exception fault) when (!ct.IsCancellationRequested)
        {
            // The store is gone, most likely: nothing was acknowledged, the EHR comes again or the sweep finds it.
            IntakeLog.NotDurable(_logger, fault);
            await BusyAsync(call, "cannot be kept right now");
        }
    }

    public void Dispose() => _places.Dispose();

    private async Task TakeInAsync(HttpContext call, string token, string? type, string? id, CancellationToken ct)
    {
        if (await FindAsync(token, ct) is not { } registration || KindOf(registration) is not { } kind)
        {
            await AnswerAsync(call, StatusCodes.Status404NotFound, "not-found", "no such hook");
            return;
        }

        if (!IsSecret(call.Request, registration.Secret))
        {
            IntakeLog.WrongSecret(_logger, registration.Ehr.Value, registration.Package, registration.Name);
            await AnswerAsync(call, StatusCodes.Status401Unauthorized, "login", "expected the subscription's secret");
            return;
        }

        var bytesMax = _settings.Intake.BodyBytesMax;
        if (call.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit)
        {
            limit.MaxRequestBodySize = bytesMax + 1L;
        }

        var body = await HookBody.ReadAsync(call.Request, bytesMax, ct);
        switch (body.State)
        {
            case BodyState.TooLarge:
                IntakeLog.TooLarge(_logger, registration.Ehr.Value, registration.Package, registration.Name, bytesMax);
                await AnswerAsync(
                    call, StatusCodes.Status413PayloadTooLarge, "too-long",
                    $"expected at most {bytesMax} bytes, got more");
                return;
            case BodyState.UnknownCoding:
                await AnswerAsync(
                    call, StatusCodes.Status415UnsupportedMediaType, "not-supported",
                    "expected Content-Encoding gzip, br or identity, got another one");
                return;
            case BodyState.Whole or BodyState.BrokenCoding:
                await KeepAsync(call, registration, kind, body, (type, id), ct);
                return;
            default:
                throw new System.Diagnostics.UnreachableException();
        }
    }

    private async Task KeepAsync(
        HttpContext call, Registration registration, KindProfile kind, HookBody body,
        (string? Type, string? Id) address,
        CancellationToken ct)
    {
        var (method, target) = Meaning(call.Request, address);
        await _inbox.AppendAsync(
            new Delivery
            {
                Ehr = registration.Ehr,
                Package = registration.Package,
                Subscription = registration.Name,
                Origin = Origin.Notification,
                Method = method,
                Target = target,
                ContentType = Bounded(call.Request.ContentType),
                Body = body.Bytes,
            },
            ct);
        if (!kind.Verbs.Contains(call.Request.Method))
        {
            IntakeLog.UnexpectedMethod(
                _logger, registration.Ehr.Value, registration.Package, registration.Name, call.Request.Method);
        }

        var reply = body.State == BodyState.Whole
            ? HookReply.Success(kind, call.Request.Method, body.Bytes)
            : HookReply.Success(kind, call.Request.Method, default);
        await WriteAsync(call, StatusCodes.Status200OK, reply);
    }

    // A deletion may be told in a header: from here on it is a DELETE of that resource.
    private static (string Method, string? Target) Meaning(HttpRequest request, (string? Type, string? Id) address)
    {
        if (request.Headers[DeletedHeader] is [{ } deleted]
            && ResourceReference.Parse(deleted) is { Base: null, Path: { } path })
        {
            return (HttpMethods.Delete, path);
        }

        var isPlain = address is { Type: { } type, Id: { } id }
            && ResourceReference.Parse($"{type}/{id}") is { Base: null, Version: null, Type: not null };
        return (request.Method.ToUpperInvariant(), isPlain ? $"{address.Type}/{address.Id}" : null);
    }

    private KindProfile? KindOf(Registration registration)
    {
        var ehr = _settings.Ehrs.FirstOrDefault(each => each.Name == registration.Ehr);
        var kind =
            ehr?.Kind ?? (_settings.UsesSandbox && registration.Ehr == EhrId.Sandbox ? EhrId.Sandbox.Value : null);
        return kind is null ? null : _kinds[kind];
    }

    private async Task<Registration?> FindAsync(string token, CancellationToken ct)
    {
        if (token.Length != TokenLength
            || token.Any(each => !char.IsAsciiLetterOrDigit(each) && each is not ('-' or '_')))
        {
            return null;
        }

        // A busy hour would ask the store the same question for each notification. What is unknown is asked every time.
        if (_known.TryGetValue(token, out var known) && known.Until > _time.GetUtcNow())
        {
            return known.Registration;
        }

        var found = await _registrations.FindByTokenAsync(token, ct);
        if (found is null)
        {
            _known.TryRemove(token, out _);
            return null;
        }

        _known[token] = new Known(found, _time.GetUtcNow() + KnownFor);
        return found;
    }

    /// <summary>
    /// True where the request carries the secret in our header or as a bearer token. Digests of equal length are
    /// compared in constant time; a registration without a secret accepts nobody.
    /// </summary>
    private static bool IsSecret(HttpRequest request, string secret) => secret.Length > 0
        && (IsSame(request.Headers[Submission.SecretHeader], "", secret)
            | IsSame(request.Headers.Authorization, "Bearer ", secret));

    private static bool IsSame(StringValues given, string scheme, string secret)
    {
        var text = given is [{ } only] && only.StartsWith(scheme, StringComparison.OrdinalIgnoreCase)
            ? only[scheme.Length..]
            : "";
        Span<byte> left = stackalloc byte[SHA256.HashSizeInBytes];
        Span<byte> right = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes(text), left);
        SHA256.HashData(Encoding.UTF8.GetBytes(secret), right);
        return CryptographicOperations.FixedTimeEquals(left, right);
    }

    private static string? Bounded(string? contentType) =>
        contentType is { Length: > 200 } ? contentType[..200] : contentType;

    private static Task BusyAsync(HttpContext call, string why)
    {
        if (!call.Response.HasStarted)
        {
            call.Response.Headers.RetryAfter = "5";
        }

        return AnswerAsync(call, StatusCodes.Status503ServiceUnavailable, "transient", why);
    }

    private static Task AnswerAsync(HttpContext call, int status, string code, string why) =>
        WriteAsync(call, status, HookReply.Outcome("error", code, why));

    private static async Task WriteAsync(HttpContext call, int status, byte[] body)
    {
        if (call.Response.HasStarted)
        {
            return;
        }

        call.Response.StatusCode = status;
        call.Response.ContentType = HookReply.MediaType;
        call.Response.ContentLength = body.Length;
        await call.Response.Body.WriteAsync(body, call.RequestAborted);
    }

    private sealed record Known(Registration Registration, DateTimeOffset Until);
}
