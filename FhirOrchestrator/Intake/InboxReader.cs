using FhirOrchestrator.Facts;
using FhirOrchestrator.Fhir;
using FhirOrchestrator.Fhir.Json;
using FhirOrchestrator.Fhir.Notifications;
using FhirOrchestrator.Storage;

namespace FhirOrchestrator.Intake;

/// <summary>
/// Reads a raw delivery: pure, lenient with form, strict with what could be misread. Whatever the content says is a
/// hint; only which resources are meant is taken from it.
/// </summary>
internal static class InboxReader
{
    /// <summary>What the delivery says.</summary>
    /// <param name="address">The base of the EHR that it came from: references elsewhere are opaque.</param>
    public static ReadDelivery Read(Delivery delivery, EhrAddress address)
    {
        var target = delivery.Target is { } path ? ResourceReference.Parse(path) : null;
        if (delivery.Origin != Origin.Notification)
        {
            return target is { Type: { } type, Id: { } id }
                ? new ReadDelivery.News([new Hint(new(delivery.Ehr, type, id), delivery.Version, false)], false, 0)
                : new ReadDelivery.Unreadable(
                    UnreadableReasons.NoTarget, "expected Type/id of what was found, got none");
        }

        if (delivery.Method == "DELETE")
        {
            return target is null
                ? new ReadDelivery.Unreadable(
                    UnreadableReasons.NoTarget, "expected Type/id of what was deleted, got none")
                : OfClassic(delivery, address, target, null, isDeleted: true);
        }

        var body = delivery.Body.Span;
        if (IsBlank(body))
        {
            return OfClassic(delivery, address, target, null, isDeleted: false);
        }

        return OfBody(delivery, address, target, body);
    }

    private static ReadDelivery OfBody(
        Delivery delivery, EhrAddress address, ResourceReference? target, ReadOnlySpan<byte> body)
    {
        var (value, problem) = JsonText.Read(body);
        if (value is null)
        {
            return new ReadDelivery.Unreadable(
                UnreadableReasons.NotJson,
                $"{problem?.Message ?? "expected JSON, got something else"} at byte {problem?.Offset ?? 0}");
        }

        // Says no more than an empty body does.
        if (value is ObjectNode { Members.IsEmpty: true })
        {
            return OfClassic(delivery, address, target, null, isDeleted: false);
        }

        if (Resource.From(value) is not { } resource)
        {
            return new ReadDelivery.Unreadable(
                UnreadableReasons.NotFhir, "expected an object with a resourceType, got none");
        }

        if (NotificationReader.Read(resource) is { } notification)
        {
            return Of(delivery, address, notification);
        }

        if (resource.Type == "Bundle" && resource.Root.Text("type") is not ("transaction" or "batch"))
        {
            return new ReadDelivery.Unreadable(
                UnreadableReasons.UnknownForm, "expected a notification or a transaction, got another Bundle");
        }

        return OfClassic(delivery, address, target, resource, isDeleted: false);
    }

    private static ReadDelivery OfClassic(
        Delivery delivery, EhrAddress address, ResourceReference? target, Resource? body, bool isDeleted) =>
        NotificationReader.ReadClassic(target?.Type, target?.Id, body, isDeleted) is { } notification
            ? Of(delivery, address, notification)
            : new ReadDelivery.Unreadable(
                UnreadableReasons.Contradiction,
                target is null
                    ? "expected a resource with an id, got one without"
                    : "expected the resource that the address names, got another one");

    private static ReadDelivery Of(Delivery delivery, EhrAddress address, Notification notification)
    {
        if (!notification.IsNews)
        {
            return new ReadDelivery.Nothing(NotificationWords.Code(notification.Type));
        }

        var hints = new Dictionary<ResourceKey, Hint>();
        var (look, foreign) = (notification.Events.IsEmpty, 0);
        foreach (var told in notification.Events)
        {
            if (told.Focus is not { } focus)
            {
                look = true;
            }
            else if (address.Own(focus.Text) is { Type: { } type, Id: { } id })
            {
                // The last word on a resource counts; it keeps its place, so that the order of events shows through.
                var key = new ResourceKey(delivery.Ehr, type, id);
                hints[key] = new Hint(key, told.Version ?? focus.Version, told.IsDeleted);
            }
            else
            {
                foreign++;
            }
        }

        return hints.Count == 0 && !look
            ? new ReadDelivery.Unreadable(
                UnreadableReasons.ForeignReference,
                $"expected references to the EHR's own resources, got {foreign} to others; they are not followed")
            : new ReadDelivery.News([.. hints.Values], look, foreign);
    }

    private static bool IsBlank(ReadOnlySpan<byte> body) => body.IndexOfAnyExcept(" \t\r\n"u8) < 0;
}
