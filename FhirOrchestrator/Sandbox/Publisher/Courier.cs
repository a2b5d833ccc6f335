using System.Net;
using FhirOrchestrator.Telemetry;

namespace FhirOrchestrator.Sandbox.Publisher;

/// <summary>
/// Delivers what is due for one Subscription, in order: a delivery that fails is repeated with growing waits and holds
/// up the ones behind it; when it fails for good, the Subscription is set to <c>error</c>.
/// </summary>
internal sealed class Courier(
    IRecords records,
    IPublisherLedger ledger,
    SubscriberRegistry registry,
    PublisherSettings settings,
    HttpMessageInvoker http,
    TimeProvider time,
    ILogger<Courier> log)
{
    /// <summary>Works until nothing is due any more, or the Subscription's state forbids to go on.</summary>
    public async Task WorkAsync(string id, CancellationToken ct)
    {
        while (registry.TryGet(id, out var subscription))
        {
            if (subscription.End is { } end && end <= time.GetUtcNow()
                && subscription.State is SubscriptionState.Requested or SubscriptionState.Active)
            {
                await SetStateAsync(subscription, "off", error: null, ct);
                return;
            }

            switch (subscription.State)
            {
                case SubscriptionState.Requested:
                    await ActivateAsync(subscription, ct);
                    return;
                case SubscriptionState.Active when await DeliverBatchAsync(id, ct):
                    continue;
                default:
                    return;
            }
        }
    }

    // Classic subscriptions know no handshake (R4, subscription); a failed one is final until the client asks again.
    private async Task ActivateAsync(PublishedSubscription subscription, CancellationToken ct)
    {
        // What the registry knows may be old: an event that arrives during a handshake must not cause a second one.
        if (await records.ReadAsync("Subscription", subscription.Id, ct) is not { } current
            || current.VersionId != subscription.Version)
        {
            return;
        }

        string? fault = null;
        if (subscription.Content is not null)
        {
            var events = await ledger.CountEventsAsync(subscription.Id, ct) ?? 0;
            fault = await SendAsync(
                subscription, () => DeliveryRequest.Handshake(subscription, events, AddressNow()), ct);
        }

        log.HandshakeDone(subscription.Id, fault is null);
        await SetStateAsync(
            subscription, fault is null ? "active" : "error", fault is null ? null : $"handshake: {fault}", ct);
    }

    // True where there may be more to do.
    private async Task<bool> DeliverBatchAsync(string id, CancellationToken ct)
    {
        var queue = await ledger.ReadQueueAsync(id, settings.BatchMax, ct);
        var now = time.GetUtcNow();
        var ready = queue.Where(each => each.HeldUntil is not { } until || until <= now).ToImmutableArray();
        if (ready.IsEmpty)
        {
            if (queue.IsEmpty)
            {
                return false;
            }

            await Task.Delay(queue.Min(each => each.HeldUntil ?? now) - now, time, ct);
            return true;
        }

        foreach (var delivery in ready)
        {
            if (!await DeliverAsync(delivery, ct))
            {
                return false;
            }
        }

        return true;
    }

    // False where the Subscription may not be served any more.
    private async Task<bool> DeliverAsync(Delivery delivery, CancellationToken ct)
    {
        var change = delivery.Change;
        var resource = change.IsDeleted
            ? null
            : await records.ReadVersionAsync(change.Type, change.Id, change.Version, ct);
        for (var attempt = 1; ; attempt++)
        {
            if (!registry.TryGet(delivery.Subscription, out var subscription)
                || subscription.State != SubscriptionState.Active)
            {
                return false;
            }

            var fault = await SendAsync(
                subscription, () => DeliveryRequest.Event(subscription, delivery, resource, AddressNow()), ct);
            if (fault is null)
            {
                await ledger.DeliveredAsync(delivery.Sequence, ct);
                log.NotificationDelivered(subscription.Id, delivery.EventNumber, attempt);
                return true;
            }

            log.NotificationFailed(subscription.Id, delivery.EventNumber, attempt, fault);
            if (attempt >= settings.AttemptsMax)
            {
                await SetStateAsync(subscription, "error", $"{fault}, {attempt} times in a row", ct);
                return false;
            }

            await Task.Delay(settings.DelayAfter(attempt), time, ct);
        }
    }

    // Null for success: any 2xx. Never the answer's body, which is the subscriber's.
    private async Task<string?> SendAsync(
        PublishedSubscription subscription, Func<HttpRequestMessage> request, CancellationToken ct)
    {
        var usual = settings.AnswerTimeout;
        var timeout = subscription.Timeout is { } asked && asked < usual ? asked : usual;
        using var clock = new CancellationTokenSource(timeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(ct, clock.Token);
        try
        {
            using var message = request();
            using var answer = await http.SendAsync(message, either.Token);
            return answer.StatusCode is >= HttpStatusCode.OK and < HttpStatusCode.MultipleChoices
                ? null
                : $"expected 2xx from the endpoint, got {(int)answer.StatusCode}";
        }
        catch (HttpRequestException broken)
        {
            return $"expected an answer from the endpoint, got {broken.HttpRequestError}";
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            return $"expected an answer within {timeout.TotalSeconds:0.###} s, got none";
        }
    }

    // The new state comes back through the feed, which alone tells the registry. A client that wrote meanwhile wins.
    private async Task SetStateAsync(
        PublishedSubscription subscription, string status, string? error, CancellationToken ct)
    {
        if (await records.ReadAsync("Subscription", subscription.Id, ct) is { } resource
            && resource.VersionId == subscription.Version)
        {
            var edited = resource.With("status", status).With("error", error);
            var isStored = await records.WriteAsync([RecordWrite.Update(edited)], ct) is not null;
            log.SubscriptionStateSet(subscription.Id, status, isStored);
        }
    }

    private Address AddressNow() => new(settings.BaseUrl(), time.GetUtcNow());
}
