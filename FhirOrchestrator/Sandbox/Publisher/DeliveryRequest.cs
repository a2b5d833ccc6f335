using System.Net.Http.Headers;
using FhirOrchestrator.Fhir;
using FhirOrchestrator.Fhir.Json;
using FhirOrchestrator.Fhir.Notifications;

namespace FhirOrchestrator.Sandbox.Publisher;

/// <summary>Builds the HTTP requests that go to endpoints.</summary>
internal static class DeliveryRequest
{
    /// <summary>
    /// A change, in the form that the Subscription asks for. Classic (R4, rest-hook): the resource by PUT to
    /// <c>{endpoint}/{Type}/{id}</c>, or an empty POST. Backport: a bundle by POST.
    /// </summary>
    /// <param name="resource">The version that changed; null where it is deleted.</param>
    public static HttpRequestMessage Event(
        PublishedSubscription subscription, Delivery delivery, Resource? resource, Address address)
    {
        var change = delivery.Change;
        if (subscription.Content is null)
        {
            return subscription.Payload is { } payload && resource is not null
                ? Request(HttpMethod.Put, $"{Endpoint(subscription)}/{change.Type}/{change.Id}", resource, payload, subscription)
                : Request(HttpMethod.Post, subscription.Endpoint.AbsoluteUri, body: null, payload: null, subscription);
        }

        var told = new NotificationEvent
        {
            Number = delivery.EventNumber,
            At = change.At,
            Focus = ResourceReference.Parse($"{change.Type}/{change.Id}"),
            Resource = resource,
            Version = change.Version,
            IsDeleted = change.IsDeleted,
        };

        // The count as it was at this event, this one included: a later one would look like a gap.
        return Bundle(
            subscription, NotificationType.EventNotification, "active", delivery.EventNumber, [told], address);
    }

    /// <summary>The handshake of a Backport subscription.</summary>
    public static HttpRequestMessage Handshake(PublishedSubscription subscription, long events, Address address) =>
        Bundle(subscription, NotificationType.Handshake, "requested", events, [], address);

    private static HttpRequestMessage Bundle(
        PublishedSubscription subscription,
        NotificationType type,
        string status,
        long events,
        ImmutableArray<NotificationEvent> told,
        Address address)
    {
        var notification = new Notification
        {
            Type = type,
            Subscription = $"Subscription/{subscription.Id}",
            Topic = subscription.Topic,
            Status = status,
            EventsSinceStart = events,
            Events = told,
        };
        var shape = new NotificationShape(
            address.BaseUrl, subscription.Content ?? PayloadContent.Empty, Guid.NewGuid(), address.Now);
        return Request(
            HttpMethod.Post,
            subscription.Endpoint.AbsoluteUri,
            NotificationWriter.Write(notification, shape),
            subscription.Payload,
            subscription);
    }

    private static HttpRequestMessage Request(
        HttpMethod method, string url, Resource? body, string? payload, PublishedSubscription subscription)
    {
        var request = new HttpRequestMessage(method, url) { Content = new ByteArrayContent(body?.ToUtf8() ?? []) };
        if (payload is not null)
        {
            request.Content.Headers.ContentType = MediaTypeHeaderValue.Parse(payload);
        }

        foreach (var header in subscription.Headers)
        {
            if (!request.Headers.TryAddWithoutValidation(header.Name, header.Value))
            {
                request.Content.Headers.TryAddWithoutValidation(header.Name, header.Value);
            }
        }

        return request;
    }

    private static string Endpoint(PublishedSubscription subscription) => subscription.Endpoint.AbsoluteUri.TrimEnd('/');
}

/// <summary>Who tells, and when.</summary>
/// <param name="BaseUrl">The sandbox's FHIR base.</param>
internal readonly record struct Address(string BaseUrl, DateTimeOffset Now);
