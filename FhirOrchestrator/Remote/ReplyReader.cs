using System.Net;
using FhirOrchestrator.Fhir;
using FhirOrchestrator.Fhir.Json;
using Polly.CircuitBreaker;
using Polly.Timeout;

namespace FhirOrchestrator.Remote;

/// <summary>What was asked, as far as judging the reply needs it.</summary>
/// <param name="Name">The request in words without ids of patients: <c>GET Patient</c>.</param>
/// <param name="IsSafe">True for a read: whatever goes wrong, nothing was done.</param>
/// <param name="Expects">The type that a 2xx reply must carry; null: any resource, or none.</param>
/// <param name="ExpectsId">The id that it must carry; null: any.</param>
internal sealed record Asked(string Name, bool IsSafe, string? Expects, string? ExpectsId);

/// <summary>
/// Turns HTTP replies and failures into <see cref="FhirReply"/>: the one place that decides what may have been done.
/// </summary>
internal static class ReplyReader
{
    /// <summary>A reply that came.</summary>
    public static FhirReply Read(Asked asked, HttpResponseMessage reply, byte[] body, DateTimeOffset now)
    {
        var parsed = body.Length == 0 ? default : Resource.Read(body);
        var resource = parsed.Value;
        var status = (int)reply.StatusCode;
        var outcome = status is >= 200 and < 300
            ? OfSuccess(asked, reply, resource, isEmpty: body.Length == 0)
            : OfFailure(asked, reply, now);
        return new FhirReply
        {
            Outcome = outcome,
            Status = status,
            Body = resource,
            Version = VersionOf(reply, resource),
            Id = IdOf(reply, resource),
            Date = reply.Headers.Date,
            RetryAfter = RetryAfter.Of(reply, now),
            Words = Words(asked, outcome, status, resource, isEmpty: body.Length == 0),
        };
    }

    /// <summary>No reply came, or none that could be read to its end.</summary>
    public static FhirReply Failed(Asked asked, Exception failure, bool wasSent)
    {
        var surelyNotSent = !wasSent || failure
            is BrokenCircuitException
            or NoPlaceException
            or HttpRequestException
            {
                HttpRequestError: HttpRequestError.NameResolutionError or HttpRequestError.ConnectionError
                    or HttpRequestError.SecureConnectionError,
            };
        var why = failure switch
        {
            BrokenCircuitException => "the EHR failed too often lately, it is left alone for a while",
            NoPlaceException => failure.Message,
            TimeoutRejectedException or OperationCanceledException => "no reply in time",
            ReplyTooLargeException => failure.Message,
            HttpRequestException { HttpRequestError: var error } => $"no reply ({error})",
            _ => $"no reply ({failure.GetType().Name})",
        };
        var isDone = asked.IsSafe || surelyNotSent;
        return new FhirReply
        {
            Outcome = isDone ? FhirOutcome.Unavailable : FhirOutcome.Unknown,
            RetryAfter = (failure as BrokenCircuitException)?.RetryAfter,
            Words = $"{asked.Name}: {why}{(isDone ? "" : "; it may have been done")}",
        };
    }

    /// <summary>A request that this client does not send.</summary>
    public static FhirReply NotSent(string name, string words) =>
        new() { Outcome = FhirOutcome.Refused, Words = $"{name}: {words}" };

    // A page of a proxy with status 200, or another resource than was asked for, is no answer: of a read we then know
    // nothing, of a write not what became of it.
    private static FhirOutcome OfSuccess(Asked asked, HttpResponseMessage reply, Resource? body, bool isEmpty)
    {
        if (reply.StatusCode == HttpStatusCode.Accepted && asked.Expects is not null)
        {
            return asked.IsSafe ? FhirOutcome.Unavailable : FhirOutcome.Unknown;
        }

        var fits = body is not null
            && (asked.Expects is null
                || body.Type == asked.Expects
                || (!asked.IsSafe && body.Type == "OperationOutcome"))
            && (asked.ExpectsId is null || body.Type == "OperationOutcome" || body.Id == asked.ExpectsId);
        if (asked.IsSafe)
        {
            return fits ? FhirOutcome.Ok : FhirOutcome.Unavailable;
        }

        // A create is only done for us where we learn the id.
        var isNamed = asked.Expects is null || asked.ExpectsId is not null || IdOf(reply, body) is not null;
        return (fits || isEmpty) && isNamed ? FhirOutcome.Ok : FhirOutcome.Unknown;
    }

    private static FhirOutcome OfFailure(
        Asked asked, HttpResponseMessage reply, DateTimeOffset now) => (int)reply.StatusCode switch
    {
        401 or 403 => FhirOutcome.Unauthorized,
        404 => FhirOutcome.NotFound,
        409 => FhirOutcome.Conflict,
        410 => FhirOutcome.Gone,
        412 => FhirOutcome.PreconditionFailed,
        408 => FhirOutcome.Unavailable,
        429 => FhirOutcome.Throttled,
        503 when RetryAfter.Of(reply, now) is not null => FhirOutcome.Throttled,
        501 => FhirOutcome.Refused,
        // A gateway answers 502, 503 and 504 for a server that has the request already; a 500 may come after the
        // commit.
        >= 500 => asked.IsSafe ? FhirOutcome.Unavailable : FhirOutcome.Unknown,
        _ => FhirOutcome.Refused,
    };

    private static string? VersionOf(HttpResponseMessage reply, Resource? body) =>
        reply.Headers.ETag?.Tag.Trim('"') is { Length: > 0 } tag && body?.Type is not "Bundle" ? tag : body?.VersionId;

    private static string? IdOf(HttpResponseMessage reply, Resource? body)
    {
        if (body is { Id: { } id } && body.Type is not ("OperationOutcome" or "Bundle"))
        {
            return id;
        }

        return reply.Headers.Location is { } location
            ? ResourceReference.Parse(location.OriginalString.TrimEnd('/')).Id
            : null;
    }

    private static string Words(Asked asked, FhirOutcome outcome, int status, Resource? body, bool isEmpty)
    {
        if (outcome == FhirOutcome.Ok)
        {
            return $"{asked.Name}: {status}";
        }

        if (status is >= 200 and < 300)
        {
            var expected = asked.ExpectsId is null ? asked.Expects ?? "a resource" : $"the {asked.Expects} asked for";
            var got = isEmpty ? "nothing" : body is null ? "something that is not FHIR JSON"
                : body.Type == asked.Expects ? "another one" : "another type";
            return $"{asked.Name}: expected {expected}, got {got} (status {status})";
        }

        var redirect = status is >= 300 and < 400 ? "; redirects are not followed" : "";
        var codes = body?.Type == "OperationOutcome"
            ? string.Join(", ", body.Root.Children("issue").Select(issue => issue.Text("code")).OfType<string>()
                .Where(IsCode).Distinct().Take(5))
            : "";
        return $"{asked.Name}: status {status}{(codes.Length == 0 ? "" : $" ({codes})")}{redirect}";
    }

    // Issue codes are a closed FHIR value set; anything longer or richer than a code could carry data.
    private static bool IsCode(string text) =>
        text.Length <= 32 && text.All(each => char.IsAsciiLetterLower(each) || each == '-');
}
